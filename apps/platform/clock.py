"""The platform's time. Nobody else asks the system for it, so that tests and replays own the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moved_to: ContextVar[datetime | None] = ContextVar("clock_moved_to", default=None)


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return _moved_to.get() or timezone.now()


@contextmanager
def moved_to(instant: datetime) -> Iterator[None]:
    """Within the block, and in this thread only, it is `instant`.

    :raises ValueError: if `instant` has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("the clock moves to an aware instant only")
    token = _moved_to.set(instant)
    try:
        yield
    finally:
        _moved_to.reset(token)
