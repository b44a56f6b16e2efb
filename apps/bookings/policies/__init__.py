"""The rules of a reservation's life: plain dates, states and amounts in, answers out."""

from apps.bookings.policies.figures import average_minor, occupancy_percent
from apps.bookings.policies.life import (
    ALSO_OF_ROOMS,
    DESK,
    OPEN,
    ROOM_BY_ROOM,
    TRANSITIONS,
    WITHIN,
    actions_on,
    booking_status,
    is_own,
    nights_given_back,
)
from apps.bookings.policies.no_shows import kept_until, missed_at
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
from apps.bookings.policies.rooms import FreeRoom, best_fit, day_after, gap_around, night_of, runs_of
from apps.bookings.policies.terms import not_below, penalty_at

__all__ = [
    "ALSO_OF_ROOMS",
    "DESK",
    "MOVES",
    "OPEN",
    "ROOM_BY_ROOM",
    "TRANSITIONS",
    "UNDECIDED",
    "UNDER_WAY",
    "WITHIN",
    "FreeRoom",
    "Refundable",
    "Standing",
    "actions_on",
    "after",
    "average_minor",
    "best_fit",
    "booking_status",
    "day_after",
    "gap_around",
    "is_own",
    "kept_until",
    "missed_at",
    "night_of",
    "nights_given_back",
    "not_below",
    "occupancy_percent",
    "owed",
    "penalty_at",
    "runs_of",
    "shared_out",
]
