"""Production: every secret comes from the environment, and a missing one refuses to start."""

from config.env import database, env
from config.settings.base import *  # noqa: F403
from config.settings.base import STORAGES, redis_settings

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", multiline=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
DATABASES = {"default": database(env.str("DATABASE_URL"))}
globals().update(
    redis_settings(
        cache_url=env.str("REDIS_URL"),
        broker_url=env.str("BROKER_URL"),
        lock_urls=env.list("LOCK_REDIS_URLS", default=[env.str("REDIS_URL")]),
    )
)
globals().update(env.email_url("EMAIL_URL"))

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
# Probes come from inside the network, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
