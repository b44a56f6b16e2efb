"""How many rooms there are to sell on a night, what takes some away, and how it all came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from apps.inventory.types.selling import PriceSource
from apps.platform.money import Money


class ClosureKind(StrEnum):
    """Out of order takes a room off the nights that can be sold; out of service leaves it counted."""

    OUT_OF_ORDER = "out_of_order"
    OUT_OF_SERVICE = "out_of_service"


@dataclass(frozen=True, kw_only=True)
class ClosureFacts:
    """A room that nobody can stay in on the nights from `first` to `last`, both included.

    :param ended_at: when somebody ended it before its time; `last` is the last night that it held then, or `first` and
        `last` what was meant to be, if it ended before it began.
    """

    id: UUID
    room_id: UUID
    first: date
    last: date
    kind: ClosureKind
    reason: str
    created_by: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class OverbookedNight:
    """A night with more rooms sold and held than there are.

    :param available: the rooms that there are, those out of order not counted.
    :param too_many: so many guests have to be walked, unless something changes.
    :param reason, actor: of the last one who raised the limit of the night, as the audit log knows it.
    """

    room_type_id: UUID
    room_type_code: str
    room_type_name: str
    night: date
    available: int
    sold: int
    held: int
    too_many: int
    reason: str
    actor: str


@dataclass(frozen=True, kw_only=True)
class ExplainedMovement:
    """One change of a night's counters, with what they came to.

    :param reservation_id: whose stay it was; None: a balance of the ledger itself.
    """

    at: datetime
    cause: str
    reservation_id: UUID | None
    arrival: date
    departure: date
    sold_delta: int
    held_delta: int
    sold: int
    held: int


@dataclass(frozen=True, kw_only=True)
class ExplainedChange:
    """What somebody of the staff has changed, as the audit log tells it."""

    at: datetime
    actor: str
    operation: str
    object_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, kw_only=True)
class ExplainedClosure:
    """A room that is closed that night."""

    room_id: UUID
    number: str
    kind: ClosureKind
    reason: str
    first: date
    last: date
    created_by: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ExplainedRestriction:
    """A restriction that is set for the night.

    :param set_for: the code of the rate plan it is set for; empty: the room type, whatever it is sold as.
    :param in_force: whether it is the one that counts for the product that was asked for; of several the strictest
        does, and a derived plan may lift what it would inherit.
    """

    name: str
    value: bool | int
    set_for: str
    in_force: bool


@dataclass(frozen=True, kw_only=True)
class ExplainedPrice:
    """One step on the way to the price for as many adults as it includes.

    :param set_by, set_at: who has last changed what the step comes from (the price of the date, the season, the rate
        plan), where the audit log tells.
    """

    rate_plan: str
    source: PriceSource
    label: str
    amount: Money
    set_by: str
    set_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why one night of a room type is on sale or not, and costs what it costs under a rate plan.

    :param verdict: in words, first of all.
    :param archived: the night is over and has been moved to the archive.
    :param movements: in the order in which they were made.
    :param older_movements: so many came before those shown, and are in their first running sums.
    """

    hotel_id: UUID
    room_type_id: UUID
    room_type: str
    rate_plan_id: UUID | None
    rate_plan: str
    night: date
    currency: str
    verdict: str
    generated: bool
    archived: bool
    physical: int
    out_of_order: int
    overbooking_limit: int
    sold: int
    held: int
    rooms_left: int
    stop_sell: bool
    movements: tuple[ExplainedMovement, ...]
    older_movements: int
    changes: tuple[ExplainedChange, ...]
    closures: tuple[ExplainedClosure, ...]
    restrictions: tuple[ExplainedRestriction, ...]
    price: tuple[ExplainedPrice, ...]
