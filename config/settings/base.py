"""Settings that every kind of deployment shares. What differs stands in development, test and production."""

from datetime import timedelta
from typing import Any

from config.env import BASE_DIR as BASE_DIR
from config.env import env
from config.settings.admin import ADMIN_ACCESS as ADMIN_ACCESS
from config.settings.admin import ADMIN_SCOPES as ADMIN_SCOPES
from config.settings.admin import UNFOLD as UNFOLD
from config.settings.logging import logging_config
from config.settings.schedules import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE

# Django --------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "apps.platform",
    "apps.accounts",
    "apps.inventory",
    "apps.bookings",
    "apps.notifications",
    "apps.reviews",
]
MIDDLEWARE = [
    "apps.platform.http.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "apps.platform.http.content_security.ContentSecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.platform.http.middleware.OptionalSlashMiddleware",
    "apps.platform.http.cookies.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "apps.platform.http.cookies.AuthenticationMiddleware",
    "apps.platform.http.cookies.MessageMiddleware",
    "apps.accounts.api.second_factor.SecondFactorMiddleware",
    "apps.inventory.api.sandbox.SandboxClockMiddleware",
    "apps.platform.http.audit.ReasonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.platform.http.pages.RefusalMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static-collected"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# Signing in ----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.api.backends.PasswordBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "full_name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.api.backends.EverythingEnds"},
]
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ADMINISTRATORS_NEED_SECOND_FACTOR = env.bool("ADMINISTRATORS_NEED_SECOND_FACTOR", default=False)
LOGIN_URL = "/api-auth/login/"
LOGIN_REDIRECT_URL = "/api/v1"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
JWT_ISSUER = env.str("JWT_ISSUER", default="https://reservations.example")
JWT_AUDIENCE = env.str("JWT_AUDIENCE", default="reservations")
# (The key is JWT_SIGNING_KEY, which each kind of deployment must bring; issuer and audience are read from above.)
# The answer to a refresh waits so long for others with the same token: who comes in time is in a race and no thief.
REFRESH_RACE_MILLISECONDS = env.int("REFRESH_RACE_MILLISECONDS", default=200)
SIMPLE_JWT = {
    "ALGORITHM": "RS256",
    "SIGNING_KEY": "",
    "USER_ID_CLAIM": "sub",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
}

# The HTTP interface --------------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.api.key_authentication.ApiKeyAuthentication",
        "apps.accounts.api.authentication.BearerAuthentication",
        "apps.bookings.api.callers.ManageSecretAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": [
        "apps.platform.http.json.JSONRenderer",
        "apps.platform.http.browsable.BrowsableRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["apps.platform.http.json.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "apps.platform.http.schema.Schema",
    "DEFAULT_VERSIONING_CLASS": None,
    "DEFAULT_THROTTLE_CLASSES": ["apps.platform.http.throttling.RouteClassThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "default": env.str("THROTTLE_DEFAULT", default="600/min"),
        "search": env.str("THROTTLE_SEARCH", default="120/min"),
        "book": env.str("THROTTLE_BOOK", default="60/min"),
        "sign_in": env.str("THROTTLE_SIGN_IN", default="20/min"),
    },
    "NUM_PROXIES": env.int("TRUSTED_PROXIES", default=0),
    "EXCEPTION_HANDLER": "apps.platform.http.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Distributed Reservation Infrastructure",
    "DESCRIPTION": "Search, book, stay, review. Every refusal is problem+json with a page that explains it.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["apps.platform.http.schema.plain_enums"],
    # (Without a validator: its badge would come from a host outside.)
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "displayRequestDuration": True, "validatorUrl": None},
}

# Celery and the outbox -----------------------------------------------------------------------------------------------
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_DEFAULT_QUEUE = "bulk"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Longer than any task may run, so that a task is not handed out again while it is still at work.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "retry_on_timeout": True,
    "health_check_interval": 25,
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"

# The platform --------------------------------------------------------------------------------------------------------
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
LOCK_POLICY = env.str("LOCK_POLICY", default="scarce")  # scarce, always or never
LOCK_SCARCE_ROOMS = env.int("LOCK_SCARCE_ROOMS", default=2)  # fewer than so many left after the sale: take the lock
# At least one: python-redis-lock takes 0 for a lock that never ends.
LOCK_TTL_SECONDS = max(1, env.int("LOCK_TTL_SECONDS", default=10))
LOCK_WHEN_UNAVAILABLE = env.str("LOCK_WHEN_UNAVAILABLE", default="degrade")  # or refuse
OUTBOX_LOST_AFTER_SECONDS = env.int("OUTBOX_LOST_AFTER_SECONDS", default=60)  # handed over and not handled: once more
DELIVERY_LEASE_SECONDS = env.int("DELIVERY_LEASE_SECONDS", default=60)  # a sender that takes longer is dead
HOLD_MINUTES = env.int("HOLD_MINUTES", default=15)
HOLD_MINUTES_IN_ALL = env.int("HOLD_MINUTES_IN_ALL", default=60)  # with every extension, from the first minute on
PENDING_BOOKINGS_PER_GUEST = env.int("PENDING_BOOKINGS_PER_GUEST", default=5)
# Who moves money for us, and the secret that we share with them. Without: none are offered.
PAYMENT_PROVIDER_URL = env.str("PAYMENT_PROVIDER_URL", "")
PAYMENT_PROVIDER_SECRET = env.str("PAYMENT_PROVIDER_SECRET", "")
PAYMENT_ASK_AFTER_SECONDS = env.int("PAYMENT_ASK_AFTER_SECONDS", default=60)  # told nothing for so long: we ask
INVENTORY_HORIZON_NIGHTS = env.int("INVENTORY_HORIZON_NIGHTS", default=500)
GUEST_DATA_YEARS = env.int("GUEST_DATA_YEARS", default=3)  # after the stay; then nobody is named any more. 0: never
LOCAL_PAGES = False  # the mailbox page and the demo's accounts: on a developer's machine only
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Reservations <reservations@reservations.example>")

LOGGING = logging_config(pretty=False)


def redis_settings(*, cache_url: str, broker_url: str, lock_urls: list[str]) -> dict[str, Any]:
    """The settings that name Redis: the cache (throttles), the Celery broker and the lock nodes."""
    return {
        "CACHES": {
            "default": {
                "BACKEND": "django_redis.cache.RedisCache",
                "LOCATION": cache_url,
                # Throttles stay open when Redis is away: a sale never waits for a counter.
                "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.2, "SOCKET_TIMEOUT": 0.2},
            },
        },
        "CELERY_BROKER_URL": broker_url,
        "LOCK_REDIS_URLS": lock_urls,
    }
