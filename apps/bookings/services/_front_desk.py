"""What staff do with one room at the front desk: let guests in and out."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import events, policies
from apps.bookings.services._audit import record_move
from apps.bookings.services._changing import answer, give_back, move, revise, stay_facts
from apps.bookings.services._coming_back import come_back
from apps.bookings.services._desk_rooms import (
    as_json,
    fitting,
    live_nights,
    look_around,
    require_free,
    require_ready,
    require_type,
    rooms_of_types,
    the_room,
    why_not,
)
from apps.bookings.services._errors import InvalidTransition, NoRoomReady, TooEarly
from apps.bookings.services._locking import LockedBooking, lock_at_desk, require_state, run
from apps.bookings.services._views import labels_for
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.audit import because
from apps.platform.canonical import ADDED_LATER
from apps.platform.commands import Answer
from apps.platform.db import fetch_all
from apps.platform.events import publish
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """The guest of one room is in the house.

    :param room_id: where; None: in the room that is assigned, or else in the one that fits best of those ready.
    :param override_reason: why somebody who comes late, and whose nights are sold, stays all the same. It takes the
        permission to override.
    """

    operation: ClassVar[str] = "reservations.check_in"

    reservation_id: UUID
    room_id: UUID | None = field(default=None, metadata=ADDED_LATER)
    override_reason: str = field(default="", metadata=ADDED_LATER)


@dataclass(frozen=True, kw_only=True)
class CheckOut:
    """The guest of one room has left; nights not stayed are free again."""

    operation: ClassVar[str] = "reservations.check_out"

    reservation_id: UUID


Stay = Mapping[str, Any]


def check_in(command: CheckIn, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let the guest in: outcome `checked_in`, or a refusal like `too_early`, `room_not_ready`. Staff only.

    The room is vacant and ready; where none is assigned, the best ready one is. A room type of which the hotel keeps no
    rooms at all needs none.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def core(_: int | None) -> Answer:
        locked = lock_at_desk(command.reservation_id, caller)
        if command.override_reason:
            access = accounts.rights_of(caller)
            inventory.require(access, accounts.Permission.OVERRIDE, locked.hotel_id)
        return enter(locked, command.room_id, caller, override_reason=command.override_reason)

    with because(command.override_reason) if command.override_reason else nullcontext():
        return run(command, caller=caller, key=key, core=core)


def enter(locked: LockedBooking, room_id: UUID | None, caller: accounts.Caller, *, override_reason: str = "") -> Answer:
    """The core of letting a guest in; the booking is locked."""
    [stay] = require_state(Action.CHECK_IN, locked)
    if stay["status"] == Status.NO_SHOW:
        today = labels_for([locked.booking]).hotels[locked.hotel_id].business_date
        stay = come_back(stay, since=today, cause=Action.CHECK_IN, caller=caller, override_reason=override_reason)
    live = live_nights(stay)
    named = {room for room in (room_id, *(night["room_id"] for night in live)) if room}
    desk = rooms_of_types(locked, {night["room_type_id"] for night in live}, since=stay["arrival"], also=named)
    today = desk.labels.hotels[locked.hotel_id].business_date
    require_arrived(stay, today)
    rooms = _room_to_enter(stay, desk, room_id, today)
    _go_in(stay, rooms)
    record_move(locked.booking, [stay], Action.CHECK_IN, caller)
    booking = revise(locked, Action.CHECK_IN, actor=caller.principal)
    publish(events.GuestCheckedIn(hotel_id=locked.hotel_id, data=stay_facts(booking, stay, "status")))
    return answer("checked_in", booking, labels=desk.labels)


def _room_to_enter(stay: Stay, desk: inventory.Desk, room_id: UUID | None, today: date) -> dict[date, UUID]:
    """The nights, from this one on, that get a room by the guest's going in: none where it is assigned already.

    :raises RoomOccupied: if somebody else is in it.
    :raises RoomNotReady: if it is dirty or closed.
    :raises RoomTaken: if it was asked for, and is another stay's on a later night.
    :raises NoRoomReady: if none is assigned, and none is ready.
    """
    tonight = policies.night_of(today, arrival=stay["arrival"], departure=stay["departure"])
    ahead = [night for night in live_nights(stay) if night["night"] >= tonight]
    assigned, room_type_id = ahead[0]["room_id"], ahead[0]["room_type_id"]
    of_type = [room for room in desk.rooms if room.room_type_id == room_type_id]
    wanted = room_id or assigned
    if wanted is None and not of_type:
        return {}
    # The nights of this type that follow without another room of their own.
    kept = {None, assigned}
    nights = []
    for night in ahead:
        if night["room_type_id"] != room_type_id or night["room_id"] not in kept:
            break
        nights.append(night["night"])
    span = {"first": tonight, "last": policies.day_after(nights[-1]), "today": today}
    if wanted is None:
        return dict.fromkeys(nights, _best_ready(stay, of_type, **span))
    room = the_room(desk, wanted)
    if wanted != assigned:
        require_type(room, {room_type_id})
    around = look_around(stay, [room, *(other for other in of_type if other.id != wanted)], **span)
    require_ready(around[0], around[1:], night=tonight)
    if wanted == assigned:
        return {}
    require_free(around[0], stay, first=tonight, last=span["last"])
    return dict.fromkeys(nights, wanted)


def _best_ready(stay: Stay, of_type: list[inventory.DeskRoom], *, first: date, last: date, today: date) -> UUID:
    around = look_around(stay, of_type, first=first, last=last, today=today)
    ready = [now for now in around if not why_not(now, night=first)]
    best = fitting(ready, stay, first=first, last=last, today=today)
    if best is None:
        rooms = [
            {"id": str(now.room.id), "number": now.room.number, "why": why_not(now, night=first) or "taken"}
            for now in around
        ]
        raise NoRoomReady(extra={"rooms": rooms})
    return best


# The state and the rooms of the nights in one statement; the booking is locked.
_GO_IN = """
WITH placed AS (
    UPDATE bookings_reservationnight AS night SET room_id = given.room_id
      FROM jsonb_to_recordset(%(rooms)s::jsonb) AS given (night date, room_id uuid)
     WHERE night.reservation_id = %(id)s::uuid AND night.night = given.night AND night.released_at IS NULL
)
UPDATE bookings_reservation SET status = 'checked_in', checked_in_at = %(now)s,
       penalty_minor = CASE WHEN status = 'no_show' THEN NULL ELSE penalty_minor END
 WHERE id = %(id)s::uuid AND status = %(status)s RETURNING id
"""


def _go_in(stay: Stay, rooms: Mapping[date, UUID | None]) -> None:
    facts = {"id": stay["id"], "status": stay["status"], "now": clock.now(), "rooms": as_json(rooms)}
    if not fetch_all(_GO_IN, facts):
        raise InvalidTransition()


def check_out(command: CheckOut, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let the guest go: outcome `checked_out`. Staff only.

    An early departure frees the nights that are left, and the room for them; the room is dirty.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def core(_: int | None) -> Answer:
        locked = lock_at_desk(command.reservation_id, caller)
        [stay] = require_state(Action.CHECK_OUT, locked)
        labels = labels_for([locked.booking])
        today = labels.hotels[locked.hotel_id].business_date
        move([stay], Action.CHECK_OUT, stamp="checked_out_at")
        give_back(stay, leaving=today, cause=Action.CHECK_OUT)
        inventory.soil_rooms(rooms_slept_in(stay, today))
        record_move(locked.booking, [stay], Action.CHECK_OUT, caller)
        booking = revise(locked, Action.CHECK_OUT, actor=caller.principal)
        publish(events.StayCompleted(hotel_id=locked.hotel_id, data=stay_facts(booking, stay, "status")))
        return answer("checked_out", booking, labels=labels)

    return run(command, caller=caller, key=key, core=core)


def rooms_slept_in(stay: Stay, today: date) -> set[UUID]:
    """The room that the guest is in, if it is a known one."""
    tonight = policies.night_of(today, arrival=stay["arrival"], departure=stay["departure"])
    room_id = next((night["room_id"] for night in live_nights(stay) if night["night"] == tonight), None)
    return {room_id} if room_id else set()


def require_arrived(stay: Stay, today: date) -> None:
    """Let go on only from the day of arrival on.

    :raises TooEarly: before it.
    """
    if stay["arrival"] > today:
        raise TooEarly(
            f"The stay begins on {stay['arrival']}; at the hotel it is {today}.",
            extra={"business_date": today.isoformat()},
        )
