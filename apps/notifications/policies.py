"""When a delivery is tried again, and when it is given up. Plain Python."""

from datetime import timedelta

MAX_ATTEMPTS = 8

_FIRST_DELAY = timedelta(seconds=30)
_GROWTH = 3.0
_JITTER = 0.2


def retry_delay(*, attempts: int, chance: float) -> timedelta:
    """How long to wait after so many failed attempts: 30 s, then three times as long each time, 9 hours in all.

    :param chance: 0 to 1, at random; it spreads the retries over 20 % either way, so that they do not come as one wave.
    """
    factor: float = _GROWTH ** (attempts - 1) * (1 + _JITTER * (2 * chance - 1))
    return _FIRST_DELAY * factor


def is_given_up(*, attempts: int) -> bool:
    """Whether a delivery that failed so many times is dead."""
    return attempts >= MAX_ATTEMPTS
