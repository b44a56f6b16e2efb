"""Tests: the same code on servers of the test run's own, or on those that the environment names."""

import os

from config.env import BASE_DIR, database, env, redis_database
from config.local.servers import start_for_tests
from config.local.state import new_secrets
from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, REST_FRAMEWORK, redis_settings

DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
INSTALLED_APPS = [*INSTALLED_APPS, "config.local"]

# The environment hands the servers on to the test workers and to the processes that a test starts.
if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
    _endpoints = start_for_tests(BASE_DIR)
    os.environ.setdefault("DATABASE_URL", _endpoints.database_url)
    os.environ.setdefault("REDIS_URL", _endpoints.redis_url)
if "JWT_SIGNING_KEY" not in os.environ:
    os.environ["JWT_SIGNING_KEY"] = new_secrets().jwt_signing_key

SECRET_KEY = "for tests only, and long enough to be accepted by every check there is"  # noqa: S105
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY")
DATABASES = {"default": database(os.environ["DATABASE_URL"])}
# Of the sixteen Redis databases each test worker has two of its own (the first eight), and so has the platform that it
# starts in processes (the others, by TEST_REDIS_PLACE).
_place = env.int("TEST_REDIS_PLACE", default=int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4)
_cache, _broker = (redis_database(os.environ["REDIS_URL"], _place * 2 + number) for number in range(2))
_locks = env.list("LOCK_REDIS_URLS", default=[_cache])
globals().update(redis_settings(cache_url=_cache, broker_url=_broker, lock_urls=_locks))

# A test that refreshes does not wait for others, unless it is about them.
REFRESH_RACE_MILLISECONDS = env.int("REFRESH_RACE_MILLISECONDS", default=0)
# Argon2 is slow on purpose; a test that signs a hundred people in does not need that.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = env.int("MAIL_PORT", default=8025)
LOCAL_PAGES = True
MAILBOX_DIR = env.path("MAILBOX_DIR", default=str(BASE_DIR / ".local" / "test-mailbox"))
REST_FRAMEWORK = REST_FRAMEWORK | {
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "100000/min"),
}
# Static files are found where they lie: a checkout under test has collected none.
WHITENOISE_AUTOREFRESH = True
