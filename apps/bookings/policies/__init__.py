"""The rules of a reservation's life: plain dates, states and amounts in, answers out."""

from apps.bookings.policies.figures import average_minor, occupancy_percent
from apps.bookings.policies.life import (
    ALSO_OF_ROOMS,
    OPEN,
    ROOM_BY_ROOM,
    TRANSITIONS,
    WITHIN,
    actions_on,
    booking_status,
    is_own,
    nights_given_back,
)
from apps.bookings.policies.paying import (
    MOVES,
    UNDECIDED,
    UNDER_WAY,
    Refundable,
    Standing,
    after,
    owed,
    shared_out,
)
from apps.bookings.policies.terms import not_below, penalty_at

__all__ = [
    "ALSO_OF_ROOMS",
    "MOVES",
    "OPEN",
    "ROOM_BY_ROOM",
    "TRANSITIONS",
    "UNDECIDED",
    "UNDER_WAY",
    "WITHIN",
    "Refundable",
    "Standing",
    "actions_on",
    "after",
    "average_minor",
    "booking_status",
    "is_own",
    "nights_given_back",
    "not_below",
    "occupancy_percent",
    "owed",
    "penalty_at",
    "shared_out",
]
