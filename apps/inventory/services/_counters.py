"""What the inventory has counted, for whoever compares it with what was sold, and sets it right where it differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from apps.platform import clock
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
 UNION ALL
SELECT room_type_id, night, sold, 0, physical - out_of_order + overbooking_limit
  FROM inventory_archivednight
 WHERE sold <> 0
 ORDER BY room_type_id, night
"""
_HELD = "SELECT id AS reservation_id, room_type_id, arrival, departure, expires_at FROM inventory_hold ORDER BY id"


def counted_nights() -> Iterator[NightCounters]:
    """Every night of which something is sold or held, archived or not, by room type and night.

    Inside the caller's transaction.
    """
    return (NightCounters(**row) for row in stream(_TAKEN))


# What has come and gone cancels out before it is spread over its nights.
_TOLD = """
WITH stay AS (
    SELECT room_type_id, arrival, departure, sum(sold_delta) AS sold, sum(held_delta) AS held
      FROM inventory_movement
     GROUP BY room_type_id, arrival, departure
    HAVING sum(sold_delta) <> 0 OR sum(held_delta) <> 0
)
SELECT room_type_id, arrival + ahead AS night, sum(sold)::int AS sold, sum(held)::int AS held
  FROM stay CROSS JOIN LATERAL generate_series(0, departure - arrival - 1) AS ahead
 GROUP BY room_type_id, arrival + ahead
HAVING sum(sold) <> 0 OR sum(held) <> 0
 ORDER BY room_type_id, night
"""


@dataclass(frozen=True, kw_only=True)
class ToldNight:
    """What the movements of a night come to."""

    room_type_id: UUID
    night: date
    sold: int
    held: int


def told_nights() -> Iterator[ToldNight]:
    """Every night whose movements come to something, by room type and night. Inside the caller's transaction."""
    return (ToldNight(**row) for row in stream(_TOLD))


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
WITH counted AS MATERIALIZED (
    SELECT * FROM unnest(%(types)s::uuid[], %(nights)s::date[], %(sold)s::int[], %(held)s::int[])
               AS counted (room_type_id, night, sold, held)
), written AS (
    UPDATE inventory_roomnight AS night SET sold = counted.sold, held = counted.held
      FROM counted WHERE night.room_type_id = counted.room_type_id AND night.night = counted.night
)
INSERT INTO inventory_movement (at, room_type_id, arrival, departure, held_delta, sold_delta, cause)
SELECT %(now)s, counted.room_type_id, counted.night, counted.night + 1, counted.held - told.held,
       counted.sold - told.sold, 'correction'
  FROM counted CROSS JOIN LATERAL (
       SELECT coalesce(sum(sold_delta), 0) AS sold, coalesce(sum(held_delta), 0) AS held
         FROM inventory_movement AS movement
        WHERE movement.room_type_id = counted.room_type_id
          AND movement.arrival <= counted.night AND movement.departure > counted.night) AS told
 WHERE (counted.sold, counted.held) <> (told.sold, told.held)
"""


def lock_counters(nights: Sequence[tuple[UUID, date]]) -> dict[tuple[UUID, date], NightCounters]:
    """The counters of those of these nights that exist: nobody changes them until the caller's transaction ends.

    Whoever has changed them has committed, with the reservations that it did it for; whoever is about to has not
    counted yet. So the live nights that are counted after this, by a statement of their own, are the true counts.
    """
    parameters = {"types": [room_type_id for room_type_id, _ in nights], "nights": [night for _, night in nights]}
    return {(row["room_type_id"], row["night"]): NightCounters(**row) for row in fetch_all(_LOCK, parameters)}


def set_counters(truths: Mapping[tuple[UUID, date], tuple[int, int]]) -> None:
    """Let these nights, locked by the caller, count so many (sold, held), and let the ledger come to the same.

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
                "now": clock.now(),
            },
        )
