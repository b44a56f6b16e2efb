"""Giving rooms up, one of a booking or all, at the penalty of the terms that were frozen with each."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import events, policies
from apps.bookings.services._audit import record_move
from apps.bookings.services._changing import (
    answer,
    booking_facts,
    merged_terms,
    move,
    release_nights,
    revise,
    statuses_of,
    stay_facts,
    stays_of,
)
from apps.bookings.services._errors import PenaltyChanged
from apps.bookings.services._locking import LockedBooking, lock_booking, lock_stay, require_state, run
from apps.bookings.services._views import stay_nights, tiers_of
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import clock, money
from apps.platform.audit import because
from apps.platform.canonical import ADDED_LATER
from apps.platform.commands import Answer
from apps.platform.errors import Denied
from apps.platform.events import publish
from apps.platform.idempotency import Outcome
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class CancelBooking:
    """A booking with all its rooms is given up.

    :param expected_penalty: what the caller has been shown.
    :param waiver: why the hotel asks for no penalty; staff who may override.
    """

    operation: ClassVar[str] = "bookings.cancel"

    booking_id: UUID
    expected_penalty: Money | None = None
    waiver: str = field(default="", metadata=ADDED_LATER)


@dataclass(frozen=True, kw_only=True)
class CancelReservation:
    """One room of a booking is given up, the others stay."""

    operation: ClassVar[str] = "reservations.cancel"

    reservation_id: UUID
    expected_penalty: Money | None = None
    waiver: str = ""


def cancel_booking(command: CancelBooking, *, caller: accounts.Caller, key: str) -> Outcome:
    """Give all rooms of a booking back, at the penalty of their frozen terms: outcome `canceled`, or a refusal.

    :raises NotFound: if there is no such booking, or it is somebody else's.
    :raises Denied: if the penalty is waived by somebody who may not.
    """

    def core(_: int | None) -> Answer:
        return _cancel(command, lock_booking(command.booking_id, caller), caller)

    with _because_of(command):
        return run(command, caller=caller, key=key, core=core)


def cancel_reservation(command: CancelReservation, *, caller: accounts.Caller, key: str) -> Outcome:
    """Give one room of a booking back, at the penalty of its frozen terms: outcome `canceled`, or a refusal.

    :raises NotFound: if there is no such reservation, or it is somebody else's.
    :raises Denied: if the penalty is waived by somebody who may not.
    """

    def core(_: int | None) -> Answer:
        return _cancel(command, lock_stay(command.reservation_id, caller), caller)

    with _because_of(command):
        return run(command, caller=caller, key=key, core=core)


def penalty_of(stay: Mapping[str, Any], instant: datetime) -> int:
    """What canceling one stay at `instant` costs, in minor units: nothing while it is not confirmed."""
    if stay["status"] != Status.CONFIRMED:
        return 0
    return min(policies.penalty_at(tiers_of(stay), instant), int(stay["total_minor"]))


def _because_of(command: CancelBooking | CancelReservation) -> AbstractContextManager[None]:
    return because(command.waiver) if command.waiver else nullcontext()


def _cancel(command: CancelBooking | CancelReservation, locked: LockedBooking, caller: accounts.Caller) -> Answer:
    live = require_state(Action.CANCEL, locked)
    penalties = _penalties(command, locked, live, caller)
    pending = [stay["id"] for stay in live if stay["status"] == Status.PENDING]
    sold = [stay["id"] for stay in live if stay["status"] == Status.CONFIRMED]
    move(live, Action.CANCEL, stamp="canceled_at", penalties=penalties)
    nights = release_nights(pending + sold)
    inventory.release_held([stay_nights(stay) for stay in live if stay["id"] in pending], cause=Action.CANCEL)
    inventory.release_sold(stays_of(night for night in nights if night["reservation_id"] in sold), cause=Action.CANCEL)
    record_move(locked.booking, live, Action.CANCEL, caller)
    given_up = {stay["id"] for stay in live}
    booking = revise(
        locked,
        Action.CANCEL,
        actor=caller.principal,
        changes=_what_is_left([stay for stay in locked.stays if stay["id"] not in given_up], locked.booking),
    )
    _tell(booking, live)
    return answer("canceled", booking)


def _penalties(
    command: CancelBooking | CancelReservation,
    locked: LockedBooking,
    live: Sequence[Mapping[str, Any]],
    caller: accounts.Caller,
) -> dict[UUID, int]:
    """What is charged for each stay.

    :raises PenaltyChanged: if that is not what the caller has been shown.
    """
    now = clock.now()
    penalties = {stay["id"]: penalty_of(stay, now) for stay in live}
    if command.waiver:
        if not accounts.rights_of(caller).allows(accounts.Permission.OVERRIDE, locked.hotel_id):
            raise Denied("Only staff who may override can waive a penalty.")
        penalties = dict.fromkeys(penalties, 0)
    shown = money.from_minor(sum(penalties.values()), locked.booking["currency"])
    if command.expected_penalty not in (None, shown):
        raise PenaltyChanged(extra={"penalty": shown})
    return penalties


def _what_is_left(others: Sequence[Mapping[str, Any]], booking: Mapping[str, Any]) -> dict[str, Any]:
    """What the booking holds, owes and agrees on from now on; where all of it is over, its terms stay as they were."""
    open_stays = [stay for stay in others if stay["status"] in policies.OPEN]
    pending = any(stay["status"] == Status.PENDING for stay in others)
    changes: dict[str, Any] = {"hold_expires_at": booking["hold_expires_at"] if pending else None}
    if open_stays:
        changes["cancellation_terms"] = merged_terms(open_stays)
        changes["due_now_minor"] = sum(stay["due_now_minor"] for stay in open_stays)
    return changes


def _tell(booking: Mapping[str, Any], given_up: Sequence[Mapping[str, Any]]) -> None:
    """One event for the booking that is over, or one for each room that it lost."""
    if policies.booking_status(statuses_of(booking["reservations"])) is Status.CANCELED:
        publish(events.BookingCanceled(hotel_id=booking["hotel_id"], data=booking_facts(booking, "status")))
        return
    for stay in given_up:
        publish(events.StayCanceled(hotel_id=booking["hotel_id"], data=stay_facts(booking, stay, "status")))
