"""Payments of a booking, as they look from outside, and reading them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import policies
from apps.bookings.services._reading import require_sight
from apps.bookings.services._views import booking_address, get_tree
from apps.bookings.types import PaymentState, RefundState
from apps.platform import money
from apps.platform.db import fetch_all
from apps.platform.money import Money

ONLINE = "online"
"""The provider that guests pay by."""

DESK = "desk"
"""Where staff take money themselves."""


@dataclass(frozen=True, kw_only=True)
class RefundView:
    """Money of a payment that goes back, or has."""

    id: UUID
    amount: Money
    state: RefundState
    cause: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class PaymentView:
    """One payment; `action_url` is where the guest goes on, as long as something is asked of them."""

    id: UUID
    booking_id: UUID
    state: PaymentState
    amount: Money
    captured: Money
    refunded: Money
    provider: str
    action_url: str
    failure: str
    refunds: tuple[RefundView, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class PaymentsView:
    """All payments of a booking in their order, with what they come to and what is still owed."""

    paid: Money
    balance: Money
    results: tuple[PaymentView, ...]


def payments_address(booking_id: UUID) -> str:
    """Where the payments of a booking can be read."""
    return f"{booking_address(booking_id)}/payments"


_PAYMENTS = """
SELECT payment.*,
       coalesce((SELECT jsonb_agg(to_jsonb(refund) ORDER BY refund.id)
                   FROM bookings_refund AS refund WHERE refund.payment_id = payment.id), '[]'::jsonb) AS refunds
  FROM bookings_payment AS payment WHERE payment.booking_id = %s ORDER BY payment.id
"""


def payments_of(booking_id: UUID) -> list[dict[str, Any]]:
    """The rows of the payments of a booking in their order, each with its `refunds`. One statement."""
    return fetch_all(_PAYMENTS, [booking_id])


def read_payments(booking_id: UUID, *, caller: accounts.Caller) -> PaymentsView:
    """The payments of a booking, for its owner or for the staff of its hotel.

    :raises NotFound: if there is no such booking, or it is somebody else's.
    """
    require_sight(caller, booking_id=booking_id)
    return get_payments(booking_id)


def get_payments(booking_id: UUID) -> PaymentsView:
    """The payments of a booking, whoever asks: the caller of this service is responsible for who may see them."""
    return payments_view(get_tree(booking_id), payments_of(booking_id))


def payments_view(booking: Mapping[str, Any], payments: Sequence[Mapping[str, Any]]) -> PaymentsView:
    """The view of the payments of a booking with its stays."""
    paid = sum(payment["captured_minor"] - payment["refunded_minor"] for payment in payments)
    return PaymentsView(
        paid=money.from_minor(paid, booking["currency"]),
        balance=money.from_minor(policies.owed(booking["reservations"]) - paid, booking["currency"]),
        results=tuple(payment_view(payment) for payment in payments),
    )


def payment_view(row: Mapping[str, Any]) -> PaymentView:
    """The view of a row of bookings_payment with its refunds."""
    currency = row["currency"]
    return PaymentView(
        id=row["id"],
        booking_id=row["booking_id"],
        state=PaymentState(row["state"]),
        amount=money.from_minor(row["amount_minor"], currency),
        captured=money.from_minor(row["captured_minor"], currency),
        refunded=money.from_minor(row["refunded_minor"], currency),
        provider=row["provider"],
        action_url=row["action_url"],
        failure=row["failure"],
        refunds=tuple(
            RefundView(
                id=UUID(refund["id"]),
                amount=money.from_minor(refund["amount_minor"], currency),
                state=RefundState(refund["state"]),
                cause=refund["cause"],
                created_at=datetime.fromisoformat(refund["created_at"]),
            )
            for refund in row["refunds"]
        ),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def under_way_minor(payments: Sequence[Mapping[str, Any]]) -> int:
    """What is being paid at this moment, without the guest having anything left to do."""
    return sum(payment["amount_minor"] for payment in payments if payment["state"] in policies.UNDER_WAY)


def authorized_minor(booking_id: UUID) -> int:
    """What is put aside for us, and will be taken."""
    payments = payments_of(booking_id)
    return sum(payment["amount_minor"] for payment in payments if payment["state"] == PaymentState.AUTHORIZED)


def going_back_minor(payment: Mapping[str, Any]) -> int:
    """What of a payment is on its way back, and has not arrived."""
    return sum(refund["amount_minor"] for refund in payment["refunds"] if refund["state"] == RefundState.CREATED)


def left_of(payment: Mapping[str, Any]) -> int:
    """What of a payment is ours and not on its way back."""
    left: int = payment["captured_minor"] - payment["refunded_minor"] - going_back_minor(payment)
    return max(0, left)
