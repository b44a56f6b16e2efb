"""The platform's time. Nobody else asks the system for it, so that tests and replays own the clock.

There are two: `system_now` is what bookkeeping goes by (sessions, keys, the outbox, logs); `now` is what the business
goes by, and may be ahead of it where somebody tries the platform out in a sandbox.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.utils import timezone

_moved_to: ContextVar[datetime | None] = ContextVar("clock_moved_to", default=None)
_ahead: ContextVar[timedelta] = ContextVar("clock_ahead", default=timedelta())


def now() -> datetime:
    """The current instant, aware, in UTC, as the business has it."""
    return system_now() + _ahead.get()


def system_now() -> datetime:
    """The current instant, aware, in UTC, whatever a sandbox makes of it."""
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


@contextmanager
def own_pace() -> Iterator[None]:
    """Within the block `run_ahead` may be called; at its end the business is back at the system's time."""
    token = _ahead.set(timedelta())
    try:
        yield
    finally:
        _ahead.reset(token)


def run_ahead(by: timedelta) -> None:
    """Let the business be ahead of the system from here to the end of the block of `own_pace`."""
    _ahead.set(by)
