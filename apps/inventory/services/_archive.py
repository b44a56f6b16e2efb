"""Nights that are over, moved out of the way of the sale."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from apps.inventory.services._generation import BUSINESS_DATE
from apps.platform import clock
from apps.platform.db import fetch_all, fetch_one

_TYPES_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class KeptStay:
    """A stay that is not over yet, whatever its dates: its nights are left where they can move."""

    room_type_id: UUID
    arrival: date
    departure: date


_TYPES = "SELECT id FROM inventory_roomtype ORDER BY id"
_OVER = f"""
SELECT night.room_type_id, night.night FROM inventory_roomnight AS night
  JOIN inventory_roomtype AS type ON type.id = night.room_type_id
  JOIN inventory_hotel AS hotel ON hotel.id = type.hotel_id
 WHERE type.id = ANY(%(among)s::uuid[]) AND night.held = 0
   AND night.night < %(before)s AND night.night < {BUSINESS_DATE}
   AND NOT EXISTS (
       SELECT 1 FROM unnest(%(types)s::uuid[], %(arrivals)s::date[], %(departures)s::date[])
                  AS kept (room_type_id, arrival, departure)
        WHERE kept.room_type_id = night.room_type_id AND kept.arrival <= night.night AND kept.departure > night.night)
"""  # noqa: S608 - a constant
_COUNT = f"SELECT count(*) AS nights FROM ({_OVER}) AS over"  # noqa: S608 - a constant
# The rows are locked in the one order of all writers; a night that is in the archive already is no error.
_MOVE = f"""
WITH over AS MATERIALIZED ({_OVER} ORDER BY night.room_type_id, night.night FOR UPDATE OF night), gone AS (
    DELETE FROM inventory_roomnight AS night USING over
     WHERE night.room_type_id = over.room_type_id AND night.night = over.night
    RETURNING night.*
), kept AS (
    INSERT INTO inventory_archivednight (room_type_id, night, physical, out_of_order, overbooking_limit, sold,
           stop_sell, restrictions, archived_at)
    SELECT room_type_id, night, physical, out_of_order, overbooking_limit, sold, stop_sell, restrictions, %(instant)s
      FROM gone ON CONFLICT DO NOTHING
)
SELECT count(*) AS nights FROM gone
"""  # noqa: S608 - a constant


def archive_nights(
    *,
    before: date,
    kept: Sequence[KeptStay] = (),
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> int:
    """Move the nights before a date into the archive, some room types a transaction; as often as one likes.

    Left where they are: nights that are not over at their hotel, of which something is held, or of the kept stays.

    :param progress: told how many room types are done, of how many.
    :returns: how many nights were moved, or with `dry_run` would be.
    """
    room_types = [row["id"] for row in fetch_all(_TYPES)]
    parameters = {
        "before": before,
        "instant": clock.system_now(),
        "types": [stay.room_type_id for stay in kept],
        "arrivals": [stay.arrival for stay in kept],
        "departures": [stay.departure for stay in kept],
    }
    moved = 0
    for start in range(0, len(room_types), _TYPES_AT_ONCE):
        among = room_types[start : start + _TYPES_AT_ONCE]
        with transaction.atomic():
            found = fetch_one(_COUNT if dry_run else _MOVE, parameters | {"among": among})
        moved += found["nights"] if found else 0
        progress(start + len(among), len(room_types))
    return moved
