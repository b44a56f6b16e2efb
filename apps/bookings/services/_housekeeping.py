"""The rooms of a house as housekeeping sees them: no names of guests, only what is to be done where."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from apps.accounts import services as accounts
from apps.inventory import services as inventory
from apps.platform.db import fetch_all


class Serviceability(StrEnum):
    """Whether a room can be stayed in tonight."""

    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"
    OUT_OF_ORDER = "out_of_order"


class Occupancy(StrEnum):
    """What the guest of a room does today."""

    VACANT = "vacant"
    STAYS_OVER = "stays_over"
    DUE_OUT = "due_out"
    OVERSTAYS = "overstays"


@dataclass(frozen=True, kw_only=True)
class BoardRoom:
    """One room today.

    :param due_in: somebody who has not come yet is to have it tonight.
    """

    id: UUID
    number: str
    floor: str
    room_type: inventory.ProductName
    condition: inventory.RoomCondition
    occupancy: Occupancy
    due_in: bool
    service: Serviceability


@dataclass(frozen=True, kw_only=True)
class HousekeepingBoard:
    """The rooms of a hotel on its business date, by number."""

    hotel_id: UUID
    business_date: date
    rooms: tuple[BoardRoom, ...]


_WHO = """
SELECT DISTINCT ON (stay.id) night.room_id, stay.departure, stay.status = 'checked_in' AS is_in
  FROM bookings_reservation AS stay JOIN bookings_reservationnight AS night ON night.reservation_id = stay.id
 WHERE stay.hotel_id = %(hotel)s::uuid AND stay.status IN ('confirmed', 'checked_in') AND stay.arrival <= %(today)s
   AND night.released_at IS NULL AND night.night <= %(today)s
   AND (stay.status = 'checked_in' OR stay.departure > %(today)s)
 ORDER BY stay.id, night.night DESC
"""


def housekeeping_board(hotel_id: UUID, *, caller: accounts.Caller) -> HousekeepingBoard:
    """What is to be cleaned, and what comes and goes.

    :raises NotFound: if the caller is not of the hotel's staff.
    """
    inventory.require_staff(accounts.rights_of(caller), hotel_id)
    today = inventory.today_at(hotel_id)
    rooms = inventory.rooms_of(hotel_id)
    labels = inventory.labels_of(hotel_ids=[hotel_id], room_type_ids={room.room_type_id for room in rooms})
    closed = inventory.closed_nights(hotel_id, first=today, last=today + timedelta(days=1))
    who = fetch_all(_WHO, {"hotel": hotel_id, "today": today})
    inside = {row["room_id"]: row["departure"] for row in who if row["is_in"]}
    due_in = {row["room_id"] for row in who if not row["is_in"]}
    return HousekeepingBoard(
        hotel_id=hotel_id,
        business_date=today,
        rooms=tuple(
            BoardRoom(
                id=room.id,
                number=room.number,
                floor=room.floor,
                room_type=labels.room_types[room.room_type_id],
                condition=room.condition,
                occupancy=_occupancy(inside.get(room.id), today),
                due_in=room.id in due_in,
                service=_service(closed.get(room.id, {}).get(today)),
            )
            for room in rooms
        ),
    )


def _occupancy(departure: date | None, today: date) -> Occupancy:
    if departure is None:
        return Occupancy.VACANT
    if departure < today:
        return Occupancy.OVERSTAYS
    return Occupancy.DUE_OUT if departure == today else Occupancy.STAYS_OVER


def _service(out_of_order: bool | None) -> Serviceability:
    if out_of_order is None:
        return Serviceability.IN_SERVICE
    return Serviceability.OUT_OF_ORDER if out_of_order else Serviceability.OUT_OF_SERVICE
