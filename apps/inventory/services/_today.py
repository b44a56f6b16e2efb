"""What the houses look like on their own business date: the first screen of the staff."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from apps.inventory.services._generation import BUSINESS_DATE
from apps.platform import clock
from apps.platform.db import fetch_all


@dataclass(frozen=True, kw_only=True)
class HouseToday:
    """A hotel on its business date: rooms in order, sold and held for the night that begins."""

    hotel_id: UUID
    name: str
    city: str
    time_zone: str
    business_date: date
    rooms: int
    sold: int
    held: int


# Archived room types sell nothing, but those who have booked them stay in the house.
_HOUSES = f"""
SELECT hotel.id AS hotel_id, hotel.name, hotel.city, hotel.time_zone, {BUSINESS_DATE} AS business_date,
       coalesce(sum(night.physical - night.out_of_order), 0)::int AS rooms,
       coalesce(sum(night.sold), 0)::int AS sold, coalesce(sum(night.held), 0)::int AS held
  FROM inventory_hotel AS hotel
  LEFT JOIN inventory_roomtype AS type ON type.hotel_id = hotel.id
  LEFT JOIN inventory_roomnight AS night
    ON night.room_type_id = type.id AND night.night = {BUSINESS_DATE}
   AND (type.archived_at IS NULL OR night.sold > 0)
 WHERE hotel.archived_at IS NULL AND (%(everywhere)s OR hotel.id = ANY(%(hotels)s::uuid[]))
 GROUP BY hotel.id
 ORDER BY hotel.name, hotel.id
"""  # noqa: S608 - a constant


def houses_today(hotel_ids: Collection[UUID] | None) -> tuple[HouseToday, ...]:
    """These hotels, or all for None, by name, with the occupancy of their business date. One statement."""
    parameters = {"instant": clock.system_now(), "everywhere": hotel_ids is None, "hotels": list(hotel_ids or ())}
    return tuple(HouseToday(**row) for row in fetch_all(_HOUSES, parameters))
