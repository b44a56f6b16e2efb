"""Undoing a check-in or a check-out, on the business date on which it was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import events, policies
from apps.bookings.services._audit import record_move
from apps.bookings.services._changing import answer, revise, stay_facts
from apps.bookings.services._coming_back import come_back
from apps.bookings.services._desk_rooms import look_around, require_free, require_vacant, rooms_of_types, the_room
from apps.bookings.services._errors import InvalidTransition, TooLate
from apps.bookings.services._locking import LockedBooking, lock_at_desk, not_in_this_state, require_state, run
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform.commands import Answer
from apps.platform.db import fetch_all
from apps.platform.events import publish
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class RevertCheckIn:
    """The guest of one room is not in the house after all."""

    operation: ClassVar[str] = "reservations.revert_check_in"

    reservation_id: UUID


@dataclass(frozen=True, kw_only=True)
class RevertCheckOut:
    """The guest of one room has not left after all."""

    operation: ClassVar[str] = "reservations.revert_check_out"

    reservation_id: UUID


def revert_check_in(command: RevertCheckIn, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let a stay be ahead again: outcome `check_in_reverted`, or the refusal `too_late`. Staff only. The room stays.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def core(_: int | None) -> Answer:
        locked = lock_at_desk(command.reservation_id, caller)
        [stay] = require_state(Action.REVERT_CHECK_IN, locked)
        if any(night["released_at"] for night in stay["nights"]):
            # Somebody who came late: the nights before are not theirs any more.
            raise not_in_this_state(Action.REVERT_CHECK_IN, [Status.CHECKED_IN], [Status.CHECKED_IN])
        desk = rooms_of_types(locked, (), since=stay["arrival"])
        _require_same_day(stay["checked_in_at"], desk.labels.hotels[locked.hotel_id])
        _undo(stay, "status = 'confirmed', checked_in_at = NULL")
        return _told(locked, Action.REVERT_CHECK_IN, caller, desk.labels)

    return run(command, caller=caller, key=key, core=core)


def revert_check_out(command: RevertCheckOut, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let a guest be in the house again, in the same room: outcome `check_out_reverted`, or a refusal. Staff only.

    Nights that were given back are taken again; the room has to be vacant, and free for them.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def core(_: int | None) -> Answer:
        locked = lock_at_desk(command.reservation_id, caller)
        [stay] = require_state(Action.REVERT_CHECK_OUT, locked)
        desk = rooms_of_types(
            locked,
            (),
            since=stay["arrival"],
            also={night["room_id"] for night in stay["nights"] if night["room_id"]},
        )
        label = desk.labels.hotels[locked.hotel_id]
        _require_same_day(stay["checked_out_at"], label)
        _require_room(stay, desk, label.business_date)
        come_back(
            stay,
            since=label.date_at(stay["checked_out_at"]),
            cause=Action.REVERT_CHECK_OUT,
            caller=caller,
            keeps_room=True,
        )
        _undo(stay, "status = 'checked_in', checked_out_at = NULL")
        return _told(locked, Action.REVERT_CHECK_OUT, caller, desk.labels)

    return run(command, caller=caller, key=key, core=core)


def _require_room(stay: Mapping[str, Any], desk: inventory.Desk, today: date) -> None:
    """The room that the guest was in is vacant, and the rooms of the nights to come are free.

    :raises RoomOccupied: if somebody else is in it.
    :raises RoomTaken: if another stay has it on a night to come.
    """
    tonight = policies.night_of(today, arrival=stay["arrival"], departure=stay["departure"])
    ahead = [(night["night"], night["room_id"]) for night in stay["nights"] if night["night"] >= tonight]
    for first, last, room_id in policies.runs_of([(night, room_id) for night, room_id in ahead if room_id]):
        [now] = look_around(stay, [the_room(desk, room_id)], first=first, last=last, today=today)
        if first == tonight:
            require_vacant(now)
        require_free(now, stay, first=first, last=last)


def _require_same_day(instant: datetime, label: inventory.HotelLabel) -> None:
    made_on = label.date_at(instant)
    if made_on != label.business_date:
        raise TooLate(
            f"It was made on {made_on}; at the hotel it is {label.business_date}.",
            extra={"business_date": label.business_date.isoformat()},
        )


def _undo(stay: Mapping[str, Any], changes: str) -> None:
    """The conditional UPDATE back to where the stay was."""
    done = fetch_all(
        f"UPDATE bookings_reservation SET {changes} WHERE id = %s AND status = %s RETURNING id",  # noqa: S608
        [stay["id"], stay["status"]],
    )
    if not done:
        raise InvalidTransition()


_EVENTS: Mapping[Action, tuple[str, type[events.StayEvent]]] = {
    Action.REVERT_CHECK_IN: ("check_in_reverted", events.CheckInReverted),
    Action.REVERT_CHECK_OUT: ("check_out_reverted", events.CheckOutReverted),
}


def _told(locked: LockedBooking, action: Action, caller: accounts.Caller, labels: inventory.Labels) -> Answer:
    [stay] = locked.concerned
    code, event = _EVENTS[action]
    record_move(locked.booking, [stay], action, caller)
    booking = revise(locked, action, actor=caller.principal)
    publish(event(hotel_id=locked.hotel_id, data=stay_facts(booking, stay, "status")))
    return answer(code, booking, labels=labels)
