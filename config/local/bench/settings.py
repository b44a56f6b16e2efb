"""What the measured processes run with: production's middleware, logs and time-outs on the servers of the benchmark."""

from datetime import timedelta

from config.env import database, env, redis_database
from config.settings.base import *  # noqa: F403
from config.settings.base import REST_FRAMEWORK, SIMPLE_JWT, redis_settings

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", multiline=True)
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "config.local.bench.urls"
DATABASES = {"default": database(env.str("DATABASE_URL"))}
_cache, _broker = (redis_database(env.str("REDIS_URL"), number) for number in range(2))
globals().update(redis_settings(cache_url=_cache, broker_url=_broker, lock_urls=[_cache]))

# Counted as in production, but never full. By the second, because the throttle keeps every request of its period: a
# guest of the benchmark asks more often than one in production may, and would drag a longer list along.
REST_FRAMEWORK = REST_FRAMEWORK | {
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "1000000/s"),
}
# Guests are made before the run, and no run measures signing in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SIMPLE_JWT = SIMPLE_JWT | {"ACCESS_TOKEN_LIFETIME": timedelta(hours=12)}
