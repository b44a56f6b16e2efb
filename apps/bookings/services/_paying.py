"""Paying: by the provider, whom nobody asks inside a transaction, or in cash at the desk.

A payment by the provider is three steps: its row, the question to the provider under the row's id, and what came of
it. Whoever dies between them leaves a row that the same key, or the job that asks the provider, takes further.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.accounts import services as accounts
from apps.bookings import channels, policies
from apps.bookings.services._changing import statuses_of
from apps.bookings.services._errors import (
    AmountTooHigh,
    HoldExpired,
    NothingDue,
    PaymentInProgress,
    PaymentsNotOffered,
    PaymentsUnavailable,
)
from apps.bookings.services._locking import LockedBooking, lock_booking, lock_for_platform, run
from apps.bookings.services._payments import (
    DESK,
    ONLINE,
    PaymentView,
    payment_view,
    payments_address,
    payments_of,
    under_way_minor,
)
from apps.bookings.services._receiving import ask_after, receive
from apps.bookings.types import PaymentReport, PaymentState, Status
from apps.platform import audit, clock, money
from apps.platform.commands import Answer, Contention
from apps.platform.db import RoundTrip, fetch_all, fetch_one, uuid7
from apps.platform.errors import Denied, Invalid
from apps.platform.idempotency import IdempotencyKeyReused, Outcome
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class PayForBooking:
    """Somebody pays for a booking by the provider.

    :param amount: None is what is due now, else the whole balance.
    :param method: the provider's token of what is paid with, a card for example.
    """

    operation: ClassVar[str] = "bookings.pay"

    booking_id: UUID
    amount: Money | None = None
    method: str = ""


@dataclass(frozen=True, kw_only=True)
class PayAtDesk:
    """Staff have taken cash for a booking."""

    operation: ClassVar[str] = "bookings.pay_at_desk"

    booking_id: UUID
    amount: Money | None = None


def takes_payments() -> bool:
    """Whether guests can pay by themselves: there is a provider."""
    return channels.provider() is not None


def pay(command: PayForBooking, *, caller: accounts.Caller, key: str) -> Outcome:
    """Begin a payment and say how far it has come: outcome `payment_begun`, whatever the provider says of it.

    The refusals `nothing_due`, `amount_too_high`, `payment_in_progress` and `hold_expired` come before any payment.

    :raises NotFound: if there is no such booking, or it is somebody else's.
    :raises PaymentsNotOffered: if there is no provider.
    :raises PaymentsUnavailable: if it does not answer: the same key goes on later.
    """
    paying = _Paying(command=command, caller=caller, key=key)
    return run(command, caller=caller, key=key, core=paying.core, look_ahead=paying.look_ahead)


class _Paying:
    """One try at a payment: row and question come before the transaction of the runner, the result in it."""

    def __init__(self, *, command: PayForBooking, caller: accounts.Caller, key: str) -> None:
        self.command, self.caller, self.key = command, caller, key
        self.payment_id: UUID
        self.report: PaymentReport

    def look_ahead(self, _: RoundTrip) -> Callable[[], Contention]:
        def begin() -> Contention:
            provider = channels.provider()
            if provider is None:
                raise PaymentsNotOffered()
            with transaction.atomic(durable=True):
                payment = self._written()
            self.payment_id = payment["id"]
            self.report = begun(provider, payment)
            return Contention()

        return begin

    def _written(self) -> Mapping[str, Any]:
        """The row of this payment: the one that this key has made before, or a new one."""
        locked = lock_booking(self.command.booking_id, self.caller)
        payments = payments_of(locked.booking["id"])
        earlier = fetch_one(
            "SELECT * FROM bookings_payment WHERE principal = %(principal)s AND idempotency_key = %(key)s",
            {"principal": self.caller.principal, "key": self.key},
        )
        if earlier is not None:
            self._require_same(earlier)
            return earlier
        return written(
            locked,
            amount_minor=amount_to_pay(locked, payments, self.command.amount),
            provider=ONLINE,
            method=self.command.method,
            principal=self.caller.principal,
            key=self.key,
        )

    def _require_same(self, earlier: Mapping[str, Any]) -> None:
        asked = self.command.amount
        amount = earlier["amount_minor"] if asked is None else money.to_minor(asked.amount, asked.currency)
        if (earlier["booking_id"], earlier["amount_minor"]) != (self.command.booking_id, amount):
            raise IdempotencyKeyReused()

    def core(self, _: int | None) -> Answer:
        locked = lock_for_platform(self.command.booking_id)
        receive(locked, payment_of(locked, self.payment_id), self.report)
        return Answer(
            code="payment_begun",
            view=view_of(locked.booking["id"], self.payment_id),
            location=payments_address(locked.booking["id"]),
        )


def begun(provider: channels.Provider, payment: Mapping[str, Any]) -> PaymentReport:
    """What the provider says of a payment that it is asked for, for the first time or once more.

    :raises PaymentsUnavailable: if it does not answer.
    """
    try:
        return provider.create(
            payment["id"],
            amount_minor=payment["amount_minor"],
            currency=payment["currency"],
            method=payment["method"],
            return_url=settings.SITE_URL,
        )
    except channels.NoAnswer:
        raise PaymentsUnavailable() from None
    except channels.Refused:
        return not_begun(payment)


def not_begun(payment: Mapping[str, Any]) -> PaymentReport:
    """What there is to say of a payment that the provider does not want, or has never heard of."""
    return PaymentReport(
        reference="",
        state=PaymentState.FAILED,
        amount_minor=payment["amount_minor"],
        currency=payment["currency"],
        failure="not_accepted",
    )


def pay_at_desk(command: PayAtDesk, *, caller: accounts.Caller, key: str) -> Outcome:
    """Write down cash that staff have taken: outcome `payment_begun`, with the payment captured. Staff only.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def core(_: int | None) -> Answer:
        locked = lock_booking(command.booking_id, caller)
        if not accounts.rights_of(caller).allows(accounts.Permission.MANAGE_BOOKINGS, locked.hotel_id):
            raise Denied("Only the staff of the hotel take cash.")
        amount = amount_to_pay(locked, payments_of(locked.booking["id"]), command.amount)
        payment = written(locked, amount_minor=amount, provider=DESK, method="", principal=caller.principal, key=key)
        report = PaymentReport(
            reference=str(payment["id"]),
            state=PaymentState.CAPTURED,
            amount_minor=amount,
            currency=payment["currency"],
            captured_minor=amount,
        )
        receive(locked, payment, report, actor=caller.principal)
        record_money("bookings.pay_at_desk", locked, payment["id"], amount, caller)
        return Answer(
            code="payment_begun",
            view=view_of(locked.booking["id"], payment["id"]),
            location=payments_address(locked.booking["id"]),
        )

    return run(command, caller=caller, key=key, core=core)


def record_money(
    operation: str, locked: LockedBooking, payment_id: UUID, amount_minor: int, caller: accounts.Caller
) -> None:
    """Write down what staff did with money."""
    change = audit.Change(
        operation=operation,
        kind="payment",
        object_id=f"{locked.booking['id']}/{payment_id}",
        scope_id=locked.hotel_id,
        after={"amount_minor": amount_minor, "currency": locked.booking["currency"]},
    )
    audit.record([change], actor=caller.principal)


def amount_to_pay(locked: LockedBooking, payments: Sequence[Mapping[str, Any]], wanted: Money | None) -> int:
    """How much is paid: what is wanted, or what is due now, or else the balance; in minor units.

    :raises HoldExpired: if the rooms are not held any more.
    :raises NothingDue: if nothing is owed.
    :raises PaymentInProgress: if all that is owed is being paid.
    :raises AmountTooHigh: if more is wanted than is owed.
    :raises Invalid: if it is in another currency, or nothing.
    """
    booking = locked.booking
    status = policies.booking_status(statuses_of(locked.stays))
    if status is Status.EXPIRED or (status is Status.PENDING and booking["hold_expires_at"] <= clock.now()):
        raise HoldExpired()
    balance = policies.owed(locked.stays) - booking["paid_minor"]
    left = balance - under_way_minor(payments)
    if balance <= 0:
        raise NothingDue(extra={"balance": money.from_minor(balance, booking["currency"])})
    if left <= 0:
        raise PaymentInProgress()
    due_now = booking["due_now_minor"] - booking["paid_minor"] - (balance - left) if status is Status.PENDING else 0
    amount = in_minor(wanted, booking["currency"]) if wanted else (due_now if due_now > 0 else left)
    if amount > left:
        raise AmountTooHigh(extra={"most": money.from_minor(left, booking["currency"])})
    return amount


def in_minor(wanted: Money, currency: str) -> int:
    """An amount that somebody names for a booking, in minor units.

    :raises Invalid: if it is in another currency than the booking, or nothing.
    """
    if wanted.currency != currency:
        detail = f"The booking is in {currency}."
        raise Invalid(detail, items=[{"code": "currency", "detail": detail, "pointer": "/amount/currency"}])
    minor = money.to_minor(wanted.amount, currency)
    if not minor:
        detail = "Name an amount above zero."
        raise Invalid(detail, items=[{"code": "min_value", "detail": detail, "pointer": "/amount/amount"}])
    return minor


_INSERT = """
INSERT INTO bookings_payment
       (id, booking_id, amount_minor, currency, state, provider, provider_reference, captured_minor, refunded_minor,
        method, action_url, failure, principal, idempotency_key, due_at, created_at, updated_at)
VALUES (%(id)s, %(booking_id)s, %(amount)s, %(currency)s, 'created', %(provider)s, '', 0, 0,
        %(method)s, '', '', %(principal)s, %(key)s, %(due_at)s, %(now)s, %(now)s)
RETURNING *
"""


def written(
    locked: LockedBooking, *, amount_minor: int, provider: str, method: str, principal: str, key: str
) -> Mapping[str, Any]:
    """The row of a payment that nobody outside has heard of yet."""
    now = clock.system_now()
    [row] = fetch_all(
        _INSERT,
        {
            "id": uuid7(),
            "booking_id": locked.booking["id"],
            "amount": amount_minor,
            "currency": locked.booking["currency"],
            "provider": provider,
            "method": method,
            "principal": principal,
            "key": key,
            "due_at": now + ask_after(),
            "now": now,
        },
    )
    return row


def payment_of(locked: LockedBooking, payment_id: UUID) -> Mapping[str, Any]:
    """The row of a payment of a locked booking, as it is now."""
    [row] = fetch_all(
        "SELECT * FROM bookings_payment WHERE id = %s AND booking_id = %s", [payment_id, locked.booking["id"]]
    )
    return row


def view_of(booking_id: UUID, payment_id: UUID) -> PaymentView:
    """The view of one payment of a booking."""
    [row] = [row for row in payments_of(booking_id) if row["id"] == payment_id]
    return payment_view(row)
