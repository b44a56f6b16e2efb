"""What staff do with one room at the front desk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import events
from apps.bookings.services._audit import record_move
from apps.bookings.services._changing import answer, give_back, move, revise, stay_facts
from apps.bookings.services._errors import TooEarly
from apps.bookings.services._locking import lock_at_desk, require_state, run
from apps.bookings.types import Action
from apps.inventory import services as inventory
from apps.platform.commands import Answer
from apps.platform.events import publish
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """The guest of one room is in the house."""

    operation: ClassVar[str] = "reservations.check_in"

    reservation_id: UUID


@dataclass(frozen=True, kw_only=True)
class CheckOut:
    """The guest of one room has left; nights not stayed are free again."""

    operation: ClassVar[str] = "reservations.check_out"

    reservation_id: UUID


@dataclass(frozen=True, kw_only=True)
class RecordNoShow:
    """The guest of one room did not come: the first night stays sold, the later ones are free again."""

    operation: ClassVar[str] = "reservations.no_show"

    reservation_id: UUID


Stay = Mapping[str, Any]


def check_in(command: CheckIn, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let the guest in: outcome `checked_in`, or the refusals `too_early`, `invalid_transition`. Staff only.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def effect(stay: Stay, today: date) -> type[events.StayEvent]:
        _require_arrived(stay, today)
        move([stay], Action.CHECK_IN, stamp="checked_in_at")
        return events.GuestCheckedIn

    return _at_desk(command, Action.CHECK_IN, code="checked_in", caller=caller, key=key, effect=effect)


def check_out(command: CheckOut, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let the guest go; an early departure frees the nights that are left: outcome `checked_out`. Staff only.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def effect(stay: Stay, today: date) -> type[events.StayEvent]:
        move([stay], Action.CHECK_OUT, stamp="checked_out_at")
        give_back(stay, leaving=today, cause=Action.CHECK_OUT)
        return events.StayCompleted

    return _at_desk(command, Action.CHECK_OUT, code="checked_out", caller=caller, key=key, effect=effect)


def record_no_show(command: RecordNoShow, *, caller: accounts.Caller, key: str) -> Outcome:
    """Record that nobody came: outcome `no_show`, or the refusals `too_early`, `invalid_transition`. Staff only.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def effect(stay: Stay, today: date) -> type[events.StayEvent]:
        _require_arrived(stay, today)
        fee = stay["total_minor"] if stay["no_show_minor"] is None else min(stay["no_show_minor"], stay["total_minor"])
        move([stay], Action.NO_SHOW, stamp="no_show_at", penalties={stay["id"]: fee})
        give_back(stay, leaving=stay["arrival"], cause=Action.NO_SHOW)
        return events.NoShowRecorded

    return _at_desk(command, Action.NO_SHOW, code="no_show", caller=caller, key=key, effect=effect)


def _at_desk(
    command: CheckIn | CheckOut | RecordNoShow,
    action: Action,
    *,
    code: str,
    caller: accounts.Caller,
    key: str,
    effect: Callable[[Stay, date], type[events.StayEvent]],
) -> Outcome:
    """Lock the booking of one stay, check its state, let `effect` do the rest and name the event."""

    def core(_: int | None) -> Answer:
        locked = lock_at_desk(command.reservation_id, caller)
        [stay] = require_state(action, locked)
        labels = inventory.labels_of(hotel_ids=[locked.hotel_id])
        event = effect(stay, labels.hotels[locked.hotel_id].business_date)
        record_move(locked.booking, [stay], action, caller)
        booking = revise(locked, action, actor=caller.principal)
        publish(event(hotel_id=locked.hotel_id, data=stay_facts(booking, stay, "status")))
        return answer(code, booking)

    return run(command, caller=caller, key=key, core=core)


def _require_arrived(stay: Stay, today: date) -> None:
    if stay["arrival"] > today:
        raise TooEarly(
            f"The stay begins on {stay['arrival']}; at the hotel it is {today}.",
            extra={"business_date": today.isoformat()},
        )
