"""Another room from a date on: of the same type, or of another one at the price that was agreed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings.services._assigning import require_agreed, require_desk, told
from apps.bookings.services._changing import answer
from apps.bookings.services._desk_rooms import (
    live_nights,
    look_around,
    put_in_rooms,
    require_free,
    require_ready,
    rooms_of_types,
    the_room,
)
from apps.bookings.services._locking import LockedBooking, lock_at_desk, run
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform.audit import because
from apps.platform.commands import Answer
from apps.platform.db import fetch_all
from apps.platform.errors import Invalid
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class MoveRoom:
    """One stay has another room from a date on, at the same price.

    :param from_date: the first night in it; None: tonight for a guest in house, else the arrival.
    :param keep_price: another price is another contract: that is an amendment.
    :param even_if_promised: the guest was promised the room, and agrees.
    """

    operation: ClassVar[str] = "reservations.move"

    reservation_id: UUID
    room_id: UUID
    from_date: date | None = None
    reason: str = ""
    keep_price: bool = True
    even_if_promised: bool = False


def move_room(command: MoveRoom, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let a stay have another room: outcome `moved`. Staff only.

    Of the same type only the room changes. Of another type the inventory of the nights does too; what is charged, and
    as what, stays: it is an upgrade. A guest in house leaves the old room dirty.

    :raises Invalid: if the date is none of the stay's nights that are left, or the price should change.
    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """
    if not command.keep_price:
        detail = "A move keeps the price: amend the stay for another one."
        raise Invalid(detail, items=[{"code": "invalid", "detail": detail, "pointer": "/keep_price"}])

    def core(_: int | None) -> Answer:
        locked = lock_at_desk(command.reservation_id, caller)
        return move(command, locked, caller)

    with because(command.reason):
        return run(command, caller=caller, key=key, core=core)


def move(command: MoveRoom, locked: LockedBooking, caller: accounts.Caller) -> Answer:
    """The core of moving; the booking is locked."""
    [stay] = require_desk(Action.MOVE, locked)
    in_house = stay["status"] == Status.CHECKED_IN
    had = {night["night"]: night["room_id"] for night in live_nights(stay)}
    desk = rooms_of_types(locked, (), since=stay["arrival"], also={command.room_id, *filter(None, had.values())})
    today = desk.labels.hotels[locked.hotel_id].business_date
    earliest = max(today, stay["arrival"]) if in_house else stay["arrival"]
    first = command.from_date or earliest
    room = the_room(desk, command.room_id)
    nights = _nights_from(first, stay, earliest=earliest)
    if all(night["room_id"] == room.id for night in nights):
        return answer("moved", locked.booking, labels=desk.labels)
    require_agreed(stay, agreed=command.even_if_promised)
    [now] = look_around(stay, [room], first=first, last=stay["departure"], today=today)
    require_free(now, stay, first=first, last=stay["departure"])
    goes_now = in_house and first == today and had[first] != room.id
    if goes_now:
        require_ready(now, (), night=first)
    _change_type(stay, nights, room.room_type_id)
    put_in_rooms(stay, {night["night"]: room.id for night in nights})
    if goes_now and had[first]:
        inventory.soil_rooms([had[first]])
    moved = {night["night"]: room.id for night in nights if night["room_id"] != room.id}
    return told(locked, stay, Action.MOVE, caller, moved, code="moved", labels=desk.labels)


def _nights_from(first: date, stay: Mapping[str, Any], *, earliest: date) -> list[dict[str, Any]]:
    """The nights of a stay from a date on.

    :raises Invalid: if it has none then, or it is before the nights that are still to come.
    """
    nights = [night for night in live_nights(stay) if night["night"] >= first]
    if nights and earliest <= first == nights[0]["night"]:
        return nights
    detail = f"One of the nights from {earliest} to before {stay['departure']}."
    if earliest >= stay["departure"]:
        detail = "No night of the stay is left: extend it first."
    raise Invalid(detail, items=[{"code": "invalid", "detail": detail, "pointer": "/from_date"}])


_CHANGE_TYPE = """
UPDATE bookings_reservationnight
   SET room_type_id = %(type)s::uuid,
       charged_room_type_id = nullif(coalesce(charged_room_type_id, room_type_id), %(type)s::uuid)
 WHERE reservation_id = %(stay)s::uuid AND night >= %(first)s::date AND released_at IS NULL
RETURNING night
"""


def _change_type(stay: Mapping[str, Any], nights: list[dict[str, Any]], room_type_id: UUID) -> None:
    """Let the nights take the inventory of this room type, and stay charged as what they are.

    :raises NoRoomsLeft: if a night of it is full.
    """
    others = [night for night in nights if night["room_type_id"] != room_type_id]
    if not others:
        return
    inventory.exchange_nights(
        given=inventory.stays_of((stay["id"], night["room_type_id"], night["night"]) for night in others),
        taken=inventory.stays_of((stay["id"], room_type_id, night["night"]) for night in others),
        cause=Action.MOVE,
    )
    fetch_all(_CHANGE_TYPE, {"type": room_type_id, "stay": stay["id"], "first": others[0]["night"]})
