"""The words of this app that cross its boundary. No Django in here."""

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
    """What moves a reservation from one state to another."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    EXPIRE = "expire"
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    NO_SHOW = "no_show"
    # These leave the state as it is.
    EXTEND_HOLD = "extend_hold"
    CLAIM = "claim"
    RENEW_LINK = "renew_link"
