"""Development and demo: embedded servers unless the environment names others, readable logs, a local mailbox."""

import os

from config.env import BASE_DIR, database, env, redis_database
from config.local.servers import LocalServers
from config.local.state import local_secrets
from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, redis_settings
from config.settings.logging import logging_config

DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
INSTALLED_APPS = [*INSTALLED_APPS, "config.local"]

LOCAL_DIR = BASE_DIR / ".local"
if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
    _endpoints = LocalServers(LOCAL_DIR).start()
    os.environ.setdefault("DATABASE_URL", _endpoints.database_url)
    os.environ.setdefault("REDIS_URL", _endpoints.redis_url)

_secrets = local_secrets(LOCAL_DIR)
SECRET_KEY = env.str("SECRET_KEY", default=_secrets.secret_key)
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", default=_secrets.jwt_signing_key)
DATABASES = {"default": database(os.environ["DATABASE_URL"])}
_cache, _broker, _locks = (redis_database(os.environ["REDIS_URL"], number) for number in range(3))
globals().update(redis_settings(cache_url=_cache, broker_url=_broker, lock_urls=[_locks]))

EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = env.int("MAIL_PORT", default=8025)
LOCAL_PAGES = True
MAILBOX_DIR = LOCAL_DIR / "mailbox"
LOGGING = logging_config(pretty=True)
