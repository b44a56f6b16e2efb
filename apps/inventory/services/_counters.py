"""What the inventory has counted, for whoever compares it with what was sold, and sets it right where it differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from apps.platform.db import fetch_all, stream


@dataclass(frozen=True, kw_only=True)
class NightCounters:
    """What is taken of a room type on one night, and how much may be."""

    room_type_id: UUID
    night: date
    sold: int
    held: int
    limit: int

    def allow(self, *, sold: int, held: int) -> bool:
        """Whether the night may count so many: what the constraints of the database say too."""
        return sold >= 0 and held >= 0 and sold + held <= self.limit


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


_LOCK = """
SELECT night.room_type_id, night.night, night.sold, night.held,
       night.physical - night.out_of_order + night.overbooking_limit AS "limit"
  FROM inventory_roomnight AS night
  JOIN unnest(%(types)s::uuid[], %(nights)s::date[]) AS wanted (room_type_id, night)
    ON wanted.room_type_id = night.room_type_id AND wanted.night = night.night
 ORDER BY night.room_type_id, night.night
   FOR NO KEY UPDATE OF night
"""
_SET = """
UPDATE inventory_roomnight AS night SET sold = counted.sold, held = counted.held
  FROM unnest(%(types)s::uuid[], %(nights)s::date[], %(sold)s::int[], %(held)s::int[])
       AS counted (room_type_id, night, sold, held)
 WHERE night.room_type_id = counted.room_type_id AND night.night = counted.night
"""


def lock_counters(nights: Sequence[tuple[UUID, date]]) -> dict[tuple[UUID, date], NightCounters]:
    """The counters of those of these nights that exist: nobody changes them until the caller's transaction ends.

    Whoever has changed them has committed, with the reservations that it did it for; whoever is about to has not
    counted yet. So the live nights that are counted after this, by a statement of their own, are the true counts.
    """
    parameters = {"types": [room_type_id for room_type_id, _ in nights], "nights": [night for _, night in nights]}
    return {(row["room_type_id"], row["night"]): NightCounters(**row) for row in fetch_all(_LOCK, parameters)}


def set_counters(truths: Mapping[tuple[UUID, date], tuple[int, int]]) -> None:
    """Let these nights, locked by the caller, count so many (sold, held).

    :raises IntegrityError: if a night would count more than it may.
    """
    if not truths:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SET,
            {
                "types": [room_type_id for room_type_id, _ in truths],
                "nights": [night for _, night in truths],
                "sold": [sold for sold, _ in truths.values()],
                "held": [held for _, held in truths.values()],
            },
        )
