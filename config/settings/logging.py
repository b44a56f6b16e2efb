"""How the platform logs: one JSON object a line with the request id, and never a personal datum."""

from typing import Any

import structlog

# What our own lines may add to their text. Others add what they like (Django a whole request), and that stays out.
FACTS = ["handler", "topic", "message_id", "delivery_id", "attempt", "error"]
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
            "django.server": {"handlers": [], "propagate": True},
            # Mails and addresses travel in statements: they are never logged.
            "django.db.backends": {"level": "WARNING"},
        },
    }
