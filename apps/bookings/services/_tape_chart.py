"""Who sleeps where: the stays of a hotel as spans of nights in one room, for the chart of rooms by dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from apps.bookings.types import Status
from apps.inventory import services as inventory
from apps.platform.db import fetch_all


@dataclass(frozen=True, kw_only=True)
class StaySpan:
    """Nights of one stay that follow on each other in the same room, or in none yet.

    :param room_type_id: whose inventory the nights take; the room may be of another type.
    :param first, last: its first and last night; cut off the night before the chart begins, and where it ends.
    :param arrival, departure: of the whole stay.
    """

    reservation_id: UUID
    booking_id: UUID
    number: str
    guest_name: str
    status: Status
    adults: int
    children: int
    arrival: date
    departure: date
    do_not_move: bool
    room_type_id: UUID
    room_id: UUID | None
    first: date
    last: date


@dataclass(frozen=True, kw_only=True)
class TapeChart:
    """A hotel's rooms by dates, both ends included, and the stays in them by their first nights.

    The night before `first` is looked at too: who leaves on that morning is still in the house.
    """

    hotel_id: UUID
    first: date
    last: date
    room_types: tuple[inventory.HouseType, ...]
    stays: tuple[StaySpan, ...]


# Nights in a row have the same distance to their number among the nights in that room.
_SPANS = """
WITH live AS (
    SELECT night.reservation_id, night.night, night.room_type_id, night.room_id,
           night.night - row_number() OVER (
               PARTITION BY night.reservation_id, night.room_type_id, night.room_id ORDER BY night.night)::int AS island
      FROM bookings_reservation AS stay
      JOIN bookings_reservationnight AS night ON night.reservation_id = stay.id
     WHERE stay.hotel_id = %(hotel)s AND stay.arrival <= %(last)s AND stay.departure >= %(first)s
       AND stay.status NOT IN ('canceled', 'expired')
       AND night.night BETWEEN %(first)s::date - 1 AND %(last)s AND night.released_at IS NULL
), spans AS (
    SELECT reservation_id, room_type_id, room_id, min(night) AS first, max(night) AS last
      FROM live GROUP BY reservation_id, room_type_id, room_id, island
)
SELECT spans.*, stay.booking_id, booking.confirmation_number || '-' || stay.position AS number, stay.guest_name,
       stay.status, stay.adults, cardinality(stay.children_ages) AS children, stay.arrival, stay.departure,
       stay.do_not_move
  FROM spans
  JOIN bookings_reservation AS stay ON stay.id = spans.reservation_id
  JOIN bookings_booking AS booking ON booking.id = stay.booking_id
 ORDER BY spans.first, spans.last DESC, number
"""


def tape_chart(*, hotel_id: UUID, first: date, nights: int) -> TapeChart:
    """The rooms of a hotel on so many nights from `first` on, with everybody who sleeps in them. Two statements.

    Whoever calls this service is responsible for who may see it.
    """
    last = first + timedelta(days=nights - 1)
    spans = fetch_all(_SPANS, {"hotel": hotel_id, "first": first, "last": last})
    return TapeChart(
        hotel_id=hotel_id,
        first=first,
        last=last,
        room_types=inventory.house_of(hotel_id=hotel_id, first=first, last=last),
        stays=tuple(_span(row) for row in spans),
    )


def _span(row: Mapping[str, Any]) -> StaySpan:
    return StaySpan(**{**row, "status": Status(row["status"])})
