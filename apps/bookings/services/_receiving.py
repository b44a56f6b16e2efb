"""What follows from money that came, did not come, or went back: the only place where payments move.

Everything here runs inside a command that has locked the booking. What a provider says may come late, twice and in
any order: it is merged into what is known, and only what is new has effects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.bookings import events, policies
from apps.bookings.services._changing import booking_facts, revise, statuses_of
from apps.bookings.services._confirming import sell
from apps.bookings.services._locking import LockedBooking
from apps.bookings.services._payments import DESK, left_of, payments_of
from apps.bookings.services._reinstating import reinstate
from apps.bookings.types import Action, PaymentReport, PaymentState, RefundState, Status
from apps.platform import clock, principals
from apps.platform.db import fetch_all, uuid7
from apps.platform.events import Event, publish

SYSTEM = principals.system("payments")


def ask_after() -> timedelta:
    """When the platform asks the provider itself, because nobody has told it how a payment or a refund ended."""
    return timedelta(seconds=settings.PAYMENT_ASK_AFTER_SECONDS)


@dataclass(frozen=True, kw_only=True)
class _Effect:
    """What money that came has done to the booking."""

    action: Action = Action.PAY
    changes: Mapping[str, Any] | None = None
    told: Sequence[type[events.BookingEvent]] = ()
    stays: Sequence[Mapping[str, Any]] = ()


def receive(locked: LockedBooking, payment: Mapping[str, Any], report: PaymentReport, *, actor: str = SYSTEM) -> bool:
    """Merge a report into a payment of the locked booking, and do what follows; whether there was anything new.

    Money that came confirms a pending booking whose deposit it covers, and gives an expired one its rooms back if they
    are free. What is then too much goes back.
    """
    before = _standing(payment)
    now = policies.after(before, report)
    if now == before and payment["provider_reference"]:
        return False
    _write(payment, before, now, report)
    came, went = now.captured_minor - before.captured_minor, now.refunded_minor - before.refunded_minor
    if not (came or went):
        _tell_of_state(locked, payment, before, now)
        return True
    effect = _let_work(locked, came) if came else _Effect(action=Action.REFUND, stays=locked.stays)
    booking = revise(locked, effect.action, actor=actor, changes=effect.changes)
    _publish(events.PaymentCaptured if came else None, booking, payment)
    for kind in effect.told:
        publish(kind(hotel_id=booking["hotel_id"], data=booking_facts(booking, "status")))
    _publish(events.PaymentRefunded if went else None, booking, payment)
    if came and payment["provider"] != DESK:
        give_back_excess(
            booking, cause="late" if _is_over(effect.stays) else "too_much", of=payment["id"], at_most=came
        )
    return True


def _let_work(locked: LockedBooking, came: int) -> _Effect:
    """What the money does: sell what is held, or what was held, or nothing."""
    covers = locked.booking["paid_minor"] + came >= locked.booking["due_now_minor"]
    status = policies.booking_status(statuses_of(locked.stays))
    if covers and status is Status.PENDING:
        # However late it is: as long as nobody has let the hold expire, its rooms are still there.
        pending = [stay for stay in locked.stays if stay["status"] == Status.PENDING]
        sell(pending)
        return _Effect(
            action=Action.CONFIRM,
            changes={"hold_expires_at": None},
            told=[events.BookingConfirmed],
            stays=_moved(locked, Action.CONFIRM),
        )
    if covers and status is Status.EXPIRED and reinstate(locked):
        return _Effect(
            action=Action.REINSTATE,
            told=[events.BookingReinstated, events.BookingConfirmed],
            stays=_moved(locked, Action.REINSTATE),
        )
    return _Effect(stays=locked.stays)


def _moved(locked: LockedBooking, action: Action) -> list[Mapping[str, Any]]:
    moves = policies.TRANSITIONS[action]
    return [stay | {"status": moves.get(Status(stay["status"]), stay["status"])} for stay in locked.stays]


def _is_over(stays: Sequence[Mapping[str, Any]]) -> bool:
    return policies.booking_status(statuses_of(stays)) in {Status.EXPIRED, Status.CANCELED}


# What is too much ---------------------------------------------------------------------------------------------------


def give_back_excess(
    booking: Mapping[str, Any], *, cause: str, of: UUID | None = None, at_most: int | None = None
) -> int:
    """Write down that what providers have taken beyond what is owed goes back; returns how much.

    Cash in the till is left to the staff: the balance shows it.

    :param booking: its row with its stays as they are now.
    :param of: the payment by which it goes back first; else the last one comes first.
    """
    payments = payments_of(booking["id"])
    excess = sum(map(left_of, payments)) - policies.owed(booking["reservations"])
    if at_most is not None:
        excess = min(excess, at_most)
    newest_first = [payment for payment in payments[::-1] if payment["provider"] != DESK]
    ours = sorted(newest_first, key=lambda payment: payment["id"] != of)
    return sum(share for _, share in write_refunds(booking, ours, excess, cause=cause, principal=SYSTEM))


def write_refunds(
    booking: Mapping[str, Any],
    payments: Sequence[Mapping[str, Any]],
    amount_minor: int,
    *,
    cause: str,
    principal: str,
    reason: str = "",
) -> list[tuple[UUID, int]]:
    """Write refunds of these payments, by the first ones first; the ids of refunds with their amounts.

    Those that a provider has to carry out are told to whoever asks it, after the commit.
    """
    shares = policies.shared_out(
        amount_minor,
        [policies.Refundable(payment_id=payment["id"], left_minor=left_of(payment)) for payment in payments],
    )
    provider_of = {payment["id"]: payment["provider"] for payment in payments}
    written = []
    for payment_id, share in shares:
        refund_id, by_desk = uuid7(), provider_of[payment_id] == DESK
        fetch_all(
            _WRITE_REFUND,
            {
                "id": refund_id,
                "payment_id": payment_id,
                "amount": share,
                "state": (RefundState.REFUNDED if by_desk else RefundState.CREATED).value,
                "cause": cause,
                "reason": reason,
                "principal": principal,
                "due_at": None if by_desk else clock.system_now() + ask_after(),
                "now": clock.system_now(),
            },
        )
        if not by_desk:
            facts = events.PaymentFacts(
                booking_id=booking["id"], payment_id=payment_id, refund_id=refund_id, revision=booking["revision"]
            )
            publish(events.RefundRequested(hotel_id=booking["hotel_id"], data=facts))
        written.append((refund_id, share))
    return written


_WRITE_REFUND = """
INSERT INTO bookings_refund
       (id, payment_id, amount_minor, state, cause, reason, principal, provider_reference, due_at, created_at,
        updated_at)
VALUES (%(id)s, %(payment_id)s, %(amount)s, %(state)s, %(cause)s, %(reason)s, %(principal)s, '', %(due_at)s, %(now)s,
        %(now)s)
RETURNING id
"""


# The row of a payment -----------------------------------------------------------------------------------------------


def _standing(payment: Mapping[str, Any]) -> policies.Standing:
    return policies.Standing(
        state=PaymentState(payment["state"]),
        captured_minor=payment["captured_minor"],
        refunded_minor=payment["refunded_minor"],
    )


_WRITE = """
UPDATE bookings_payment
   SET state = %(state)s, captured_minor = %(captured)s, refunded_minor = %(refunded)s, due_at = %(due_at)s,
       provider_reference = CASE WHEN provider_reference = '' THEN %(reference)s ELSE provider_reference END,
       action_url = %(action_url)s, failure = %(failure)s, updated_at = %(now)s,
       method = CASE WHEN %(reference)s = '' THEN method ELSE '' END
 WHERE id = %(id)s AND state = %(was)s AND captured_minor = %(had)s
RETURNING id
"""


def _write(
    payment: Mapping[str, Any], before: policies.Standing, now: policies.Standing, report: PaymentReport
) -> None:
    waits = now.state is PaymentState.REQUIRES_ACTION
    rows = fetch_all(
        _WRITE,
        {
            "id": payment["id"],
            "was": before.state.value,
            "had": before.captured_minor,
            "state": now.state.value,
            "captured": now.captured_minor,
            "refunded": now.refunded_minor,
            "reference": report.reference,
            "action_url": report.action_url if waits else "",
            "failure": report.failure if now.state is PaymentState.FAILED else "",
            "due_at": _due_at(payment, now.state),
            "now": clock.system_now(),
        },
    )
    if not rows:
        # The lock on the booking makes it impossible.
        raise RuntimeError("a payment was moved without the lock on its booking")


def _due_at(payment: Mapping[str, Any], state: PaymentState) -> datetime | None:
    if state not in policies.UNDECIDED:
        return None
    at: datetime | None = payment["due_at"]
    return at or clock.system_now() + ask_after()


def _tell_of_state(
    locked: LockedBooking, payment: Mapping[str, Any], before: policies.Standing, now: policies.Standing
) -> None:
    kinds: Mapping[PaymentState, type[events.PaymentEvent]] = {
        PaymentState.AUTHORIZED: events.PaymentAuthorized,
        PaymentState.FAILED: events.PaymentFailed,
    }
    if now.state is not before.state:
        _publish(kinds.get(now.state), locked.booking, payment)


def _publish(kind: type[events.PaymentEvent] | None, booking: Mapping[str, Any], payment: Mapping[str, Any]) -> None:
    if kind is None:
        return
    facts = events.PaymentFacts(
        booking_id=booking["id"], payment_id=payment["id"], revision=booking["revision"], changes=("state",)
    )
    told: Event = kind(hotel_id=booking["hotel_id"], data=facts)
    publish(told)
