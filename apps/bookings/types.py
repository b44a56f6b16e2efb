"""The words of this app that cross its boundary. No Django in here."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The state of a reservation; that of a booking is derived from its reservations."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    CANCELED = "canceled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


class Action(StrEnum):
    """What moves a reservation from one state to another, or changes it within one."""

    CONFIRM = "confirm"
    AMEND = "amend"
    CANCEL = "cancel"
    EXPIRE = "expire"
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    NO_SHOW = "no_show"
    REVERT_CHECK_IN = "revert_check_in"
    REVERT_CHECK_OUT = "revert_check_out"
    REINSTATE = "reinstate"
    """The platform's own: the money for an expired booking came, and its rooms were free still."""
    # These leave the state as it is.
    EXTEND_HOLD = "extend_hold"
    CLAIM = "claim"
    RENEW_LINK = "renew_link"
    PAY = "pay"
    REFUND = "refund"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    MOVE = "move"
    GIVE_BACK = "give_back"
    """The platform's own: the later nights of somebody who did not come are free again."""


class PaymentState(StrEnum):
    """How far a payment has come. It only ever moves forward."""

    CREATED = "created"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    VOIDED = "voided"
    FAILED = "failed"


class RefundState(StrEnum):
    """How far giving money back has come."""

    CREATED = "created"
    REFUNDED = "refunded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class PaymentReport:
    """What a provider says of a payment: all of it, every time, so that reports may come late, twice and in any order.

    :param reference: the provider's own name for the payment.
    :param captured_minor: all that was ever taken; `refunded_minor`: all that was ever given back.
    :param action_url: where the guest goes on, as long as something is asked of them.
    :param failure: why it failed, as a code of the provider.
    """

    reference: str
    state: PaymentState
    amount_minor: int
    currency: str
    captured_minor: int = 0
    refunded_minor: int = 0
    action_url: str = ""
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class RefundReport:
    """What a provider says of a refund that it was asked for."""

    reference: str
    state: RefundState
    payment: PaymentReport
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    MOVE = "move"
