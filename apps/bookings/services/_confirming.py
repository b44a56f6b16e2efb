"""Selling what a pending booking holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import events
from apps.bookings.services._audit import record_move
from apps.bookings.services._changing import answer, booking_facts, move, revise
from apps.bookings.services._errors import HoldExpired, PaymentDue
from apps.bookings.services._locking import LockedBooking, lock_booking, require_state, run
from apps.bookings.services._payments import authorized_minor
from apps.bookings.services._views import stay_nights
from apps.bookings.types import Action
from apps.inventory import services as inventory
from apps.platform import clock, money
from apps.platform.commands import Answer
from apps.platform.events import publish
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class ConfirmBooking:
    """The rooms held by a booking are sold."""

    operation: ClassVar[str] = "bookings.confirm"

    booking_id: UUID


def confirm_booking(command: ConfirmBooking, *, caller: accounts.Caller, key: str) -> Outcome:
    """Sell what a pending booking holds: outcome `confirmed`, or the refusals `hold_expired`, `invalid_transition`.

    :raises NotFound: if there is no such booking, or it is somebody else's.
    """

    def core(_: int | None) -> Answer:
        locked = lock_booking(command.booking_id, caller)
        live = require_state(Action.CONFIRM, locked)
        if locked.booking["hold_expires_at"] <= clock.now():
            raise HoldExpired()
        _require_nothing_due(locked, caller)
        sell(live)
        record_move(locked.booking, live, Action.CONFIRM, caller)
        booking = revise(locked, Action.CONFIRM, actor=caller.principal, changes={"hold_expires_at": None})
        publish(events.BookingConfirmed(hotel_id=locked.hotel_id, data=booking_facts(booking, "status")))
        return answer("confirmed", booking)

    return run(command, caller=caller, key=key, core=core)


def sell(pending: Sequence[Mapping[str, Any]]) -> None:
    """Sell what these pending stays of a locked booking hold."""
    move(pending, Action.CONFIRM, stamp="confirmed_at")
    inventory.sell_held([stay_nights(stay) for stay in pending], cause=Action.CONFIRM)


def _require_nothing_due(locked: LockedBooking, caller: accounts.Caller) -> None:
    """A guest confirms what is paid, or put aside for us; staff answer for the money that they have taken."""
    due_now: int = max(0, locked.booking["due_now_minor"] - locked.booking["paid_minor"])
    if not due_now or accounts.rights_of(caller).allows(accounts.Permission.MANAGE_BOOKINGS, locked.hotel_id):
        return
    if due_now > authorized_minor(locked.booking["id"]):
        raise PaymentDue(extra={"due_now": money.from_minor(due_now, locked.booking["currency"])})
