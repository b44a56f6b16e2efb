"""Rooms for all who arrive on a date, and for those whose room was withdrawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import events
from apps.bookings.services._assigning import AssignRoom, assign_room
from apps.bookings.services._audit import record_room
from apps.bookings.services._changing import revise, stay_facts
from apps.bookings.services._desk_rooms import live_nights, put_in_rooms
from apps.bookings.services._locking import lock_for_platform
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import clock, principals
from apps.platform.db import fetch_all
from apps.platform.events import publish

_HANDLER = accounts.Caller(principal=principals.system("rooms"))


@dataclass(frozen=True, kw_only=True)
class ArrivalsAssigned:
    """What became of the stays of a date: how many got a room, and the numbers of those that have none."""

    assigned: int
    left: tuple[str, ...]


_WITHOUT_ROOM = """
SELECT stay.id, booking.confirmation_number || '-' || stay.position AS number
  FROM bookings_reservation AS stay JOIN bookings_booking AS booking ON booking.id = stay.booking_id
 WHERE stay.hotel_id = %(hotel)s AND stay.arrival = %(day)s AND stay.status = 'confirmed'
   AND EXISTS (SELECT 1 FROM bookings_reservationnight AS night
                WHERE night.reservation_id = stay.id AND night.released_at IS NULL AND night.room_id IS NULL)
 ORDER BY stay.departure DESC, stay.id
"""


def assign_arrivals(hotel_id: UUID, *, day: date | None, caller: accounts.Caller, key: str) -> ArrivalsAssigned:
    """Give every confirmed stay that arrives on `day` (None: the business date) a room, each by a command of its own.

    The longest come first, because fewest gaps are long enough for them. A stay that has a room keeps it.

    :param key: the same key goes on where it was interrupted.
    :raises NotFound: if the caller is not of the hotel's staff.
    """
    inventory.require(accounts.rights_of(caller), accounts.Permission.MANAGE_BOOKINGS, hotel_id)
    day = day or inventory.today_at(hotel_id)
    stays = fetch_all(_WITHOUT_ROOM, {"hotel": hotel_id, "day": day})
    left = []
    for stay in stays:
        command = AssignRoom(reservation_id=stay["id"])
        if assign_room(command, caller=caller, key=f"{key}.{stay['id'].hex}").refused:
            left.append(stay["number"])
    return ArrivalsAssigned(assigned=len(stays) - len(left), left=tuple(left))


_ASSIGNED = """
SELECT DISTINCT stay.booking_id, stay.id
  FROM bookings_reservationnight AS night JOIN bookings_reservation AS stay ON stay.id = night.reservation_id
 WHERE night.room_id = %(room)s AND night.released_at IS NULL AND night.night >= %(first)s
   AND (%(last)s::date IS NULL OR night.night <= %(last)s::date) AND stay.status IN ('pending', 'confirmed')
 ORDER BY stay.booking_id, stay.id
"""


def vacate_room(room_id: UUID, *, first: date, last: date | None) -> int:
    """Take a room that nobody can stay in on these nights from the stays that have not begun; returns from how many.

    Whoever is in it stays there until staff move them. Inside the caller's transaction; safe to run twice.
    """
    rows = fetch_all(_ASSIGNED, {"room": room_id, "first": first, "last": last})
    with clock.own_pace():
        for row in rows:
            _vacate(row, room_id)
    return len(rows)


def _vacate(row: Mapping[str, Any], room_id: UUID) -> None:
    locked = lock_for_platform(row["booking_id"])
    [stay] = [stay for stay in locked.stays if stay["id"] == row["id"]]
    rooms = {night["night"]: None for night in live_nights(stay) if night["room_id"] == room_id}
    if not rooms or Status(stay["status"]) not in {Status.PENDING, Status.CONFIRMED}:
        return
    put_in_rooms(stay, rooms)
    record_room(locked.booking, stay, Action.UNASSIGN, _HANDLER, rooms)
    booking = revise(locked, Action.UNASSIGN, actor=_HANDLER.principal)
    publish(events.RoomAssigned(hotel_id=locked.hotel_id, data=stay_facts(booking, stay, "room")))
