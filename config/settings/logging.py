"""How the platform logs: one JSON object a line with the request id, and never a personal datum."""

import re
from typing import Any

import structlog
from structlog.typing import EventDict

# What our own lines may add to their text. Others add what they like (Django a whole request), and that stays out.
FACTS = ["handler", "topic", "message_id", "delivery_id", "attempt", "error"]
# What the text of an error may hold, of whatever library: addresses of mail, and what opens a door.
_SECRETS = re.compile(
    r"(?P<address>[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    r"|(?P<token>Bearer [A-Za-z0-9_.~+/-]+=*|\beyJ[A-Za-z0-9_.-]{10,}|\brsv_[0-9a-f]{8}_[0-9a-f]+"
    r"|\b(?:gst|cal)_[0-9a-f]{16,})"
)


def mask_secrets(_: Any, __: str, line: EventDict) -> EventDict:
    """Take out of a line's text what tells of people or lets somebody in; the frames of a traceback stay."""
    for name in ("event", "exception", "error"):
        if isinstance(text := line.get(name), str):
            line[name] = _SECRETS.sub(lambda found: f"<{found.lastgroup}>", text)
    return line


SHARED_PROCESSORS: list[Any] = [
    structlog.stdlib.ExtraAdder(allow=FACTS),
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(*, pretty: bool, level: str = "INFO") -> dict[str, Any]:
    """The `LOGGING` setting; `pretty` writes readable lines for a terminal instead of JSON."""
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False) if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED_PROCESSORS,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED_PROCESSORS,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    mask_secrets,
                    renderer,
                ],
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # python-redis-lock warns at every try that finds the lock taken, which is what a lock is for.
            "redis_lock": {"level": "ERROR"},
            # The platform logs each request itself, by its route.
            "django.request": {"level": "ERROR"},
            # It names the address of a refused form, which may hold a secret; our own line says 403 and the route.
            "django.security.csrf": {"level": "ERROR"},
            "django.server": {"handlers": [], "propagate": True},
            # Mails and addresses travel in statements: they are never logged.
            "django.db.backends": {"level": "WARNING"},
        },
    }
