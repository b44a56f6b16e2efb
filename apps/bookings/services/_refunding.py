"""Giving money back: what a canceled booking has too much, by itself; anything else when staff say so."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import channels, policies
from apps.bookings.services._errors import AmountTooHigh, NothingToRefund
from apps.bookings.services._locking import LockedBooking, lock_booking, lock_for_platform, run, run_for_platform
from apps.bookings.services._paying import in_minor, payment_of, record_money
from apps.bookings.services._payments import DESK, PaymentsView, left_of, payments_of, payments_view
from apps.bookings.services._receiving import SYSTEM, give_back_excess, receive, write_refunds
from apps.bookings.services._views import get_tree
from apps.bookings.types import PaymentReport, PaymentState, RefundReport, RefundState
from apps.platform import audit, clock, money
from apps.platform.commands import Answer
from apps.platform.db import fetch_all, fetch_one
from apps.platform.errors import Denied
from apps.platform.idempotency import Outcome
from apps.platform.money import Money

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RefundBooking:
    """Staff give money of a booking back.

    :param amount: None is what was paid beyond what is owed.
    """

    operation: ClassVar[str] = "bookings.refund"

    booking_id: UUID
    reason: str
    amount: Money | None = None


@dataclass(frozen=True, kw_only=True)
class SettleBooking:
    """What a booking has been paid beyond what it owes goes back, because something of it is over."""

    operation: ClassVar[str] = "bookings.settle"

    booking_id: UUID
    cause: str


@dataclass(frozen=True, kw_only=True)
class RecordRefund:
    """The provider has said what became of a refund."""

    operation: ClassVar[str] = "bookings.record_refund"

    booking_id: UUID
    refund_id: UUID
    state: RefundState


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What was written down to go back."""

    refunds_minor: int


def refund_booking(command: RefundBooking, *, caller: accounts.Caller, key: str) -> Outcome:
    """Give money back, by the payments it came with, the last one first: outcome `refunding`. Staff only.

    Cash is taken out of the till at once; the provider is asked after the commit.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def core(_: int | None) -> Answer:
        locked = lock_booking(command.booking_id, caller)
        if not accounts.rights_of(caller).allows(accounts.Permission.MANAGE_BOOKINGS, locked.hotel_id):
            raise Denied("Only the staff of the hotel give money back.")
        payments = payments_of(locked.booking["id"])
        amount = _amount(locked, payments, command.amount)
        # What a provider took goes back first: it leaves a trace of its own.
        newest_first = payments[::-1]
        in_order = sorted(newest_first, key=lambda payment: payment["provider"] == DESK)
        shares = write_refunds(
            locked.booking,
            in_order,
            amount,
            cause="staff",
            principal=caller.principal,
            reason=command.reason,
        )
        with audit.because(command.reason):
            for refund_id, share in shares:
                record_money("bookings.refund", locked, refund_id, share, caller)
            _take_out_of_till(command.booking_id, caller)
        return Answer(code="refunding", view=_payments_now(locked.booking["id"]))

    return run(command, caller=caller, key=key, core=core)


def _amount(locked: LockedBooking, payments: list[dict[str, Any]], wanted: Money | None) -> int:
    left = sum(map(left_of, payments))
    if not left:
        raise NothingToRefund()
    if wanted is None:
        excess = left - policies.owed(locked.stays)
        if excess <= 0:
            raise NothingToRefund()
        return excess
    amount = in_minor(wanted, locked.booking["currency"])
    if amount > left:
        raise AmountTooHigh(extra={"most": money.from_minor(left, locked.booking["currency"])})
    return amount


def _take_out_of_till(booking_id: UUID, caller: accounts.Caller) -> None:
    """Count what was given back in cash: no provider will tell us of it."""
    for payment in payments_of(booking_id):
        went = sum(refund["amount_minor"] for refund in payment["refunds"] if refund["state"] == RefundState.REFUNDED)
        if payment["provider"] != DESK or went == payment["refunded_minor"]:
            continue
        report = PaymentReport(
            reference=payment["provider_reference"],
            state=PaymentState.CAPTURED,
            amount_minor=payment["amount_minor"],
            currency=payment["currency"],
            captured_minor=payment["captured_minor"],
            refunded_minor=went,
        )
        # (Locked once more: each revision is written from the one before.)
        receive(lock_for_platform(booking_id), payment, report, actor=caller.principal)


def _payments_now(booking_id: UUID) -> PaymentsView:
    return payments_view(get_tree(booking_id), payments_of(booking_id))


def settle_booking(booking_id: UUID, *, cause: str, key: str) -> int:
    """Write down what goes back now that something of a booking is over, and give up what is not paid yet if all is.

    :returns: how much goes back, in minor units.
    """
    settled = 0

    def core(_: int | None) -> Answer:
        nonlocal settled
        locked = lock_for_platform(booking_id)
        settled = give_back_excess(locked.booking, cause=cause)
        return Answer(code="settled", view=Settled(refunds_minor=settled))

    command = SettleBooking(booking_id=booking_id, cause=cause)
    run_for_platform(command, principal=SYSTEM, key=key, core=core)
    return settled


_REFUND = """
SELECT refund.id, refund.amount_minor, refund.state, refund.payment_id, payment.booking_id
  FROM bookings_refund AS refund JOIN bookings_payment AS payment ON payment.id = refund.payment_id
 WHERE refund.id = %s
"""


def send_refund(refund_id: UUID) -> bool:
    """Ask the provider for a refund that it has not confirmed yet, and record what it says; whether it is through.

    Where it does not answer, the job that looks after payments asks again.
    """
    refund, provider = fetch_one(_REFUND, [refund_id]), channels.provider()
    if refund is None or refund["state"] != RefundState.CREATED:
        return True
    if provider is None:
        return False
    try:
        report = provider.refund(refund_id, payment_id=refund["payment_id"], amount_minor=refund["amount_minor"])
    except channels.NoAnswer as trouble:
        logger.warning("the payment provider does not answer", extra={"error": str(trouble)})
        return False
    except channels.Refused as refusal:
        logger.error("the payment provider refuses a refund", extra={"error": str(refusal)})
        record_refund(refund, state=RefundState.FAILED, report=None)
        return True
    if report.state is not RefundState.CREATED:
        record_refund(refund, state=report.state, report=report)
    return report.state is not RefundState.CREATED


def record_refund(refund: Mapping[str, Any], *, state: RefundState, report: RefundReport | None) -> None:
    """Record what became of a refund; once more does no harm."""
    command = RecordRefund(booking_id=refund["booking_id"], refund_id=refund["id"], state=state)

    def core(_: int | None) -> Answer:
        locked = lock_for_platform(command.booking_id)
        fetch_all(
            "UPDATE bookings_refund SET state = %(state)s, provider_reference = %(reference)s, due_at = NULL,"
            " updated_at = %(now)s WHERE id = %(id)s AND state = 'created' RETURNING id",
            {
                "id": command.refund_id,
                "state": state.value,
                "reference": report.reference[:100] if report else "",
                "now": clock.system_now(),
            },
        )
        if report is not None:
            receive(locked, payment_of(locked, refund["payment_id"]), report.payment)
        return Answer(code="refund_recorded", view=Settled(refunds_minor=refund["amount_minor"]))

    key = f"refund:{refund['id']}:{state.value}"
    run_for_platform(command, principal=SYSTEM, key=key, core=core)
