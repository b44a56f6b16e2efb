"""What a booking owes, how payments move, and what is to be given back. Amounts are minor units of one currency."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.bookings.types import PaymentReport, PaymentState, Status

# A failed one can still be voided, and money that was taken was taken, whatever was said before.
_FORWARD = (
    PaymentState.CREATED,
    PaymentState.REQUIRES_ACTION,
    PaymentState.AUTHORIZED,
    PaymentState.FAILED,
    PaymentState.VOIDED,
    PaymentState.CAPTURED,
    PaymentState.REFUNDED,
)

MOVES: Mapping[PaymentState, frozenset[PaymentState]] = {
    state: frozenset(_FORWARD[place + 1 :]) for place, state in enumerate(_FORWARD)
}
"""Where a payment can go from each state: forward only, so that what was said last does not have to come last."""

UNDECIDED = frozenset({PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.AUTHORIZED})
"""The states in which money may still come."""

UNDER_WAY = frozenset({PaymentState.CREATED, PaymentState.AUTHORIZED})
"""The states in which nothing is asked of the guest: what they stand for is not to be paid once more."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a payment stands."""

    state: PaymentState
    captured_minor: int = 0
    refunded_minor: int = 0


def after(standing: Standing, report: PaymentReport) -> Standing:
    """Where a payment stands after one more report, which may be old news: sums only grow, states only move forward.

    Once money has come the sums say the state: a payment that was given back as far as was known, and of which more
    turns out to have been taken, is captured.
    """
    captured = max(standing.captured_minor, report.captured_minor)
    refunded = max(standing.refunded_minor, min(report.refunded_minor, captured))
    if captured:
        state = PaymentState.REFUNDED if refunded == captured else PaymentState.CAPTURED
    else:
        state = report.state if report.state in MOVES[standing.state] else standing.state
    return Standing(state=state, captured_minor=captured, refunded_minor=refunded)


def owed(stays: Iterable[Mapping[str, Any]]) -> int:
    """What a booking owes for its rooms: live and completed stays their totals, those given up what that has cost."""
    return sum(_owed_for(stay) for stay in stays)


def _owed_for(stay: Mapping[str, Any]) -> int:
    status = Status(stay["status"])
    if status is Status.EXPIRED:
        return 0
    penalty: int | None = stay["penalty_minor"]
    if status is Status.CANCELED:
        return penalty or 0
    total: int = stay["total_minor"]
    return total if status is not Status.NO_SHOW or penalty is None else penalty


@dataclass(frozen=True, kw_only=True)
class Refundable:
    """A payment of which so much may be given back."""

    payment_id: UUID
    left_minor: int


def shared_out(amount_minor: int, payments: Sequence[Refundable]) -> list[tuple[UUID, int]]:
    """What of `amount_minor` goes back by which payment: by the first ones first, to none more than came by it."""
    shares = []
    for payment in payments:
        share = min(amount_minor, payment.left_minor)
        if share > 0:
            shares.append((payment.payment_id, share))
            amount_minor -= share
    return shares
