"""What the type checker's Django plugin loads: no server is started for it."""

from config.settings.base import *  # noqa: F403
from config.settings.base import BASE_DIR

SECRET_KEY = "the type checker signs nothing"  # noqa: S105
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "none"}}
JWT_SIGNING_KEY = ""
MAILBOX_DIR = BASE_DIR
LOCK_REDIS_URLS: list[str] = []
CELERY_BROKER_URL = "memory://"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
