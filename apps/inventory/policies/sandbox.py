"""Hotels for trying things out: which they are, and where their clocks may go."""

from datetime import datetime, timedelta
from uuid import UUID

# Keys are UUIDs of version 7, in order of time. Version 8 is left to applications (RFC 9562, section 5.8): here it is
# version 7 with another number, and says "sandbox".
_SANDBOX, _VERSION_BITS = 8, 76

FURTHEST_AHEAD = timedelta(days=730)
"""How far the clock of a sandbox can be ahead."""


def is_sandbox(hotel_id: UUID) -> bool:
    """Whether the hotel of this id is a sandbox; nothing needs to be read for it."""
    return hotel_id.version == _SANDBOX


def sandbox_id(given: UUID) -> UUID:
    """The id of a sandbox, as unique and as young as the UUID that is given."""
    return UUID(int=given.int & ~(0xF << _VERSION_BITS) | _SANDBOX << _VERSION_BITS)


def fault_of_advance(to: datetime, *, shown: datetime, system: datetime) -> str:
    """What is wrong with advancing a clock that shows `shown` to `to`, in a sentence; empty if nothing is."""
    if to < shown:
        return f"The clock shows {shown.isoformat()} already, and only goes forward."
    if to > system + FURTHEST_AHEAD:
        return f"At most {FURTHEST_AHEAD.days} days ahead of the real time."
    return ""
