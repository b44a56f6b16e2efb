"""The rules of a reservation's life: plain dates, states and amounts in, answers out."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from apps.bookings.types import Action, Status

TRANSITIONS: Mapping[Action, Mapping[Status, Status]] = {
    Action.CONFIRM: {Status.PENDING: Status.CONFIRMED},
    Action.EXPIRE: {Status.PENDING: Status.EXPIRED},
    Action.CANCEL: {Status.PENDING: Status.CANCELED, Status.CONFIRMED: Status.CANCELED},
    Action.CHECK_IN: {Status.CONFIRMED: Status.CHECKED_IN, Status.NO_SHOW: Status.CHECKED_IN},
    Action.CHECK_OUT: {Status.CHECKED_IN: Status.CHECKED_OUT},
    Action.NO_SHOW: {Status.CONFIRMED: Status.NO_SHOW},
    Action.REVERT_CHECK_IN: {Status.CHECKED_IN: Status.CONFIRMED},
    Action.REVERT_CHECK_OUT: {Status.CHECKED_OUT: Status.CHECKED_IN},
    Action.REINSTATE: {Status.EXPIRED: Status.CONFIRMED},
}
"""What each action does to a reservation in each state. What is not here is an invalid transition."""

WITHIN: Mapping[Action, frozenset[Status]] = {
    Action.AMEND: frozenset({Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN}),
}
"""What changes a reservation without moving it, and in which states."""

DESK: Mapping[Action, frozenset[Status]] = {
    Action.ASSIGN: frozenset({Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN}),
    Action.UNASSIGN: frozenset({Status.PENDING, Status.CONFIRMED}),
    Action.MOVE: frozenset({Status.CONFIRMED, Status.CHECKED_IN}),
}
"""What a front desk does with the room of a stay, and in which states; the state stays what it is."""

OPEN = frozenset({Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN})
"""The states of stays that are ahead or run: their nights take inventory."""

ROOM_BY_ROOM = frozenset(
    {Action.CHECK_IN, Action.CHECK_OUT, Action.NO_SHOW, Action.REVERT_CHECK_IN, Action.REVERT_CHECK_OUT}
)
"""What a front desk does with single rooms only; the other actions are also for a booking as a whole."""

ALSO_OF_ROOMS = frozenset({Action.CANCEL})
"""What can be done with a booking as a whole, and with one of its rooms too."""

# To let a hold expire, and to give its rooms back to whoever has paid too late.
_PLATFORMS_OWN = frozenset({Action.EXPIRE, Action.REINSTATE})

# A booking of several rooms shows the state of the room that is furthest from being over.
_PRECEDENCE = (
    Status.PENDING,
    Status.CHECKED_IN,
    Status.CONFIRMED,
    Status.CHECKED_OUT,
    Status.NO_SHOW,
    Status.CANCELED,
    Status.EXPIRED,
)


def is_own(booking: Mapping[str, Any], *, user_id: UUID | None, principal: str, only: UUID | None) -> bool:
    """Whether a booking is the caller's own: in the name of their account, or placed by their API key.

    :param only: the one booking whose secret the caller has shown; then that one is theirs, and no other.
    """
    if only is not None:
        return bool(booking["id"] == only)
    if user_id is None:
        return bool(booking["principal"] == principal)
    return bool(booking["account_id"] == user_id)


def booking_status(statuses: Sequence[Status]) -> Status:
    """The status of a booking, derived from those of its reservations."""
    return next(status for status in _PRECEDENCE if status in statuses)


def actions_on(status: Status) -> tuple[Action, ...]:
    """What people may do with a reservation in this state."""
    possible = {action for action, states in (*TRANSITIONS.items(), *WITHIN.items()) if status in states}
    return tuple(action for action in Action if action in possible - _PLATFORMS_OWN)


def nights_given_back(*, arrival: date, departure: date, leaving: date) -> tuple[date, ...]:
    """The nights that a guest who leaves on `leaving` no longer needs: never the first one, which was used."""
    first_free = max(leaving, arrival + timedelta(days=1))
    return tuple(first_free + timedelta(days=offset) for offset in range((departure - first_free).days))
