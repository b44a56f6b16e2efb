"""Keeping rooms on hold a little longer, for a guest who is not done yet."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from django.conf import settings

from apps.accounts import services as accounts
from apps.bookings import events
from apps.bookings.services._audit import record_change
from apps.bookings.services._changing import answer, booking_facts, revise
from apps.bookings.services._errors import HoldExpired, HoldNotExtendable
from apps.bookings.services._locking import invalid_transition, lock_booking, run
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.commands import Answer
from apps.platform.events import publish
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class ExtendHold:
    """The rooms of a pending booking are held for as long as if it were placed now."""

    operation: ClassVar[str] = "bookings.extend_hold"

    booking_id: UUID


def extend_hold(command: ExtendHold, *, caller: accounts.Caller, key: str) -> Outcome:
    """Hold the rooms of a pending booking longer: outcome `hold_extended`, or a refusal.

    Refusals: `hold_expired`, `hold_not_extendable` at the end of the longest time that one booking may hold rooms,
    `invalid_transition`.

    :raises NotFound: if there is no such booking, or it is somebody else's.
    """

    def core(_: int | None) -> Answer:
        locked = lock_booking(command.booking_id, caller)
        held = [stay["id"] for stay in locked.stays if stay["status"] == Status.PENDING]
        if not held:
            statuses = [Status(stay["status"]) for stay in locked.stays]
            raise invalid_transition(Action.EXTEND_HOLD, locked, statuses)
        now, before = clock.now(), locked.booking["hold_expires_at"]
        if before <= now:
            raise HoldExpired()
        last = locked.booking["created_at"] + timedelta(minutes=settings.HOLD_MINUTES_IN_ALL)
        until = min(now + timedelta(minutes=settings.HOLD_MINUTES), last)
        if until <= before:
            raise HoldNotExtendable(extra={"hold_expires_at": before})
        inventory.extend_holds(held, until=until)
        record_change(
            locked.booking,
            Action.EXTEND_HOLD,
            caller,
            before={"hold_expires_at": before.isoformat()},
            after={"hold_expires_at": until.isoformat()},
        )
        booking = revise(locked, Action.EXTEND_HOLD, actor=caller.principal, changes={"hold_expires_at": until})
        publish(events.HoldExtended(hotel_id=locked.hotel_id, data=booking_facts(booking, "hold_expires_at")))
        return answer("hold_extended", booking)

    return run(command, caller=caller, key=key, core=core)
