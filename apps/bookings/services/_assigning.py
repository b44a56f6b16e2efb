"""Which room a stay has: given by hand or by the best fit, and taken away again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import events, policies
from apps.bookings.policies import DESK
from apps.bookings.services._audit import record_room
from apps.bookings.services._changing import answer, revise, stay_facts
from apps.bookings.services._desk_rooms import (
    fitting,
    live_nights,
    look_around,
    put_in_rooms,
    require_free,
    require_type,
    rooms_of_types,
    the_room,
)
from apps.bookings.services._errors import NoRoomFree, RoomPromised
from apps.bookings.services._locking import LockedBooking, invalid_transition, lock_at_desk, run
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform.commands import Answer
from apps.platform.db import fetch_all
from apps.platform.events import publish
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class AssignRoom:
    """One stay gets a room of the type that it has.

    :param room_id: None: whichever fits best.
    :param do_not_move: whether the guest is promised the room from now on; None leaves that as it is.
    :param even_if_promised: the guest was promised another room, and agrees.
    """

    operation: ClassVar[str] = "reservations.assign"

    reservation_id: UUID
    room_id: UUID | None = None
    do_not_move: bool | None = None
    even_if_promised: bool = False


@dataclass(frozen=True, kw_only=True)
class UnassignRoom:
    """One stay has no room any more, until it gets another one."""

    operation: ClassVar[str] = "reservations.unassign"

    reservation_id: UUID
    even_if_promised: bool = False


def assign_room(command: AssignRoom, *, caller: accounts.Caller, key: str) -> Outcome:
    """Give a stay a room for all its nights: outcome `assigned`. Staff only.

    Of its own accord the platform fills only the nights that have no room; a room that was given stays.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def core(_: int | None) -> Answer:
        locked = lock_at_desk(command.reservation_id, caller)
        return assign(command, locked, caller)

    return run(command, caller=caller, key=key, core=core)


def assign(command: AssignRoom, locked: LockedBooking, caller: accounts.Caller) -> Answer:
    """The core of assigning a room; the booking is locked."""
    [stay] = require_desk(Action.ASSIGN, locked)
    nights = live_nights(stay)
    types = {night["room_type_id"] for night in nights}
    desk = rooms_of_types(
        locked,
        types if command.room_id is None else (),
        since=stay["arrival"],
        also=[] if command.room_id is None else [command.room_id],
    )
    today = desk.labels.hotels[locked.hotel_id].business_date
    if command.room_id is None:
        rooms = _fill(stay, desk, today)
    else:
        rooms = _give(command, command.room_id, locked, desk, today)
    put_in_rooms(stay, rooms)
    promised = stay["do_not_move"] if command.do_not_move is None else command.do_not_move
    if not rooms and promised == stay["do_not_move"]:
        return answer("assigned", locked.booking, labels=desk.labels)
    if promised != stay["do_not_move"]:
        promise(stay, promised=promised)
    return told(locked, stay, Action.ASSIGN, caller, rooms, code="assigned", labels=desk.labels)


def _give(
    command: AssignRoom, room_id: UUID, locked: LockedBooking, desk: inventory.Desk, today: date
) -> dict[date, UUID]:
    """All nights in the room that was asked for.

    :raises RoomTaken: if another stay has it on one of them.
    :raises InvalidTransition: if the guest is in another room already: that is a move.
    """
    [stay] = locked.concerned
    nights = live_nights(stay)
    room = the_room(desk, room_id)
    require_type(room, {night["room_type_id"] for night in nights})
    others = [night for night in nights if night["room_id"] not in {None, room_id}]
    if others and stay["status"] == Status.CHECKED_IN:
        raise invalid_transition(Action.ASSIGN, locked, [Status.CHECKED_IN])
    if others:
        require_agreed(stay, agreed=command.even_if_promised)
    if all(night["room_id"] == room_id for night in nights):
        return {}
    first, last = stay["arrival"], stay["departure"]
    [now] = look_around(stay, [room], first=first, last=last, today=today)
    require_free(now, stay, first=first, last=last)
    return {night["night"]: room_id for night in nights}


def _fill(stay: Mapping[str, Any], desk: inventory.Desk, today: date) -> dict[date, UUID]:
    """The best room for each run of nights that has none.

    :raises NoRoomFree: if there is none for one of them.
    """
    bare = [(night["night"], night["room_type_id"]) for night in live_nights(stay) if night["room_id"] is None]
    rooms: dict[date, UUID] = {}
    for first, last, room_type_id in policies.runs_of(bare):
        candidates = [room for room in desk.rooms if room.room_type_id == room_type_id]
        around = look_around(stay, candidates, first=first, last=last, today=today)
        best = fitting(around, stay, first=first, last=last, today=today)
        if best is None:
            raise NoRoomFree(extra={"from": first, "to": last})
        rooms |= {night: best for night, _ in bare if first <= night < last}
    return rooms


def unassign_room(command: UnassignRoom, *, caller: accounts.Caller, key: str) -> Outcome:
    """Take the room away from a stay that has not begun: outcome `unassigned`. Staff only.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def core(_: int | None) -> Answer:
        locked = lock_at_desk(command.reservation_id, caller)
        [stay] = require_desk(Action.UNASSIGN, locked)
        had = [night for night in live_nights(stay) if night["room_id"]]
        if not had:
            return answer("unassigned", locked.booking)
        require_agreed(stay, agreed=command.even_if_promised)
        rooms = dict.fromkeys((night["night"] for night in had), None)
        put_in_rooms(stay, rooms)
        if stay["do_not_move"]:
            promise(stay, promised=False)
        return told(locked, stay, Action.UNASSIGN, caller, rooms, code="unassigned")

    return run(command, caller=caller, key=key, core=core)


def told(
    locked: LockedBooking,
    stay: Mapping[str, Any],
    action: Action,
    caller: accounts.Caller,
    rooms: Mapping[date, UUID | None],
    *,
    code: str,
    labels: inventory.Labels | None = None,
) -> Answer:
    """The end of what changes the room of a stay: audit, revision, event, answer.

    :param rooms: the room of each night that has another one now.
    """
    record_room(locked.booking, stay, action, caller, rooms)
    booking = revise(locked, action, actor=caller.principal)
    publish(events.RoomAssigned(hotel_id=locked.hotel_id, data=stay_facts(booking, stay, "room")))
    return answer(code, booking, labels=labels)


def require_desk(action: Action, locked: LockedBooking) -> Sequence[dict[str, Any]]:
    """The one stay that the command is about, in a state in which this is done with its room.

    :raises InvalidTransition: if it is in another one.
    """
    [stay] = locked.concerned
    if Status(stay["status"]) not in DESK[action]:
        raise invalid_transition(action, locked, [Status(stay["status"])])
    return [stay]


def require_agreed(stay: Mapping[str, Any], *, agreed: bool) -> None:
    """A promised room is taken away only from who agrees.

    :raises RoomPromised: otherwise.
    """
    if stay["do_not_move"] and not agreed:
        raise RoomPromised()


def promise(stay: Mapping[str, Any], *, promised: bool) -> None:
    """Remember whether the guest was promised the room."""
    fetch_all("UPDATE bookings_reservation SET do_not_move = %s WHERE id = %s RETURNING id", [promised, stay["id"]])
