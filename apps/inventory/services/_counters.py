"""What the inventory has counted, for whoever compares it with what was sold. Streams in one fixed order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from apps.platform.db import stream


@dataclass(frozen=True, kw_only=True)
class NightCounters:
    """What is taken of a room type on one night, and how much may be."""

    room_type_id: UUID
    night: date
    sold: int
    held: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class HeldStay:
    """The nights that a pending reservation holds."""

    reservation_id: UUID
    room_type_id: UUID
    arrival: date
    departure: date
    expires_at: datetime


_TAKEN = """
SELECT room_type_id, night, sold, held, physical - out_of_order + overbooking_limit AS "limit"
  FROM inventory_roomnight
 WHERE sold <> 0 OR held <> 0
 ORDER BY room_type_id, night
"""
_HELD = "SELECT id AS reservation_id, room_type_id, arrival, departure, expires_at FROM inventory_hold ORDER BY id"


def counted_nights() -> Iterator[NightCounters]:
    """Every night of which something is sold or held, by room type and night. Inside the caller's transaction."""
    return (NightCounters(**row) for row in stream(_TAKEN))


def held_stays() -> Iterator[HeldStay]:
    """Every hold, by reservation. Inside the caller's transaction."""
    return (HeldStay(**row) for row in stream(_HELD))
