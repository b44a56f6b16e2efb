"""What a hotel has: the facts of hotels, room types, rate plans and rooms as other apps see them."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from apps.inventory.types.selling import Guarantee, Visibility
from apps.inventory.types.set_up import Adjustment, CancellationTier, ChildPrice, PenaltyTerms
from apps.platform.money import Money


class MealPlan(StrEnum):
    """What is served with the room."""

    ROOM_ONLY = "room_only"
    BREAKFAST = "breakfast"
    HALF_BOARD = "half_board"
    FULL_BOARD = "full_board"


class RoomCondition(StrEnum):
    """How housekeeping left a room."""

    DIRTY = "dirty"
    CLEAN = "clean"
    INSPECTED = "inspected"


class NoShowBy(StrEnum):
    """Who records that a guest did not come: staff, to whom a list proposes it, or a job."""

    HAND = "hand"
    JOB = "job"


class NoShowNights(StrEnum):
    """When the later nights of somebody who did not come are free: at noon of the day after arrival, or at once."""

    NOON = "noon"
    AT_ONCE = "at_once"


@dataclass(frozen=True, kw_only=True)
class HotelFacts:
    """A hotel as other apps see it."""

    id: UUID
    name: str
    description: str
    address: str
    city: str
    country: str
    latitude: Decimal | None
    longitude: Decimal | None
    time_zone: str
    currency: str
    check_in_time: time
    check_out_time: time
    business_day_rollover: time
    no_show_cutoff: time
    no_show_by: NoShowBy
    no_show_nights: NoShowNights
    amenities: tuple[str, ...]
    stars: int | None
    rating_average: Decimal | None
    rating_count: int
    is_sandbox: bool
    archived: bool
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class RoomTypeFacts:
    """A room type as other apps see it."""

    id: UUID
    hotel_id: UUID
    code: str
    name: str
    description: str
    max_adults: int
    max_children: int
    room_count: int
    base_rate: Money
    included_adults: int
    extra_adult: Money
    child_bands: tuple[ChildPrice, ...]
    archived: bool


@dataclass(frozen=True, kw_only=True)
class RatePlanFacts:
    """A rate plan as other apps see it.

    :param percent: of a root plan: what it makes of a room type's base rate.
    :param parent_id: the plan that a derived one makes its price of, by `adjustment`; None for a root plan.
    """

    id: UUID
    hotel_id: UUID
    code: str
    name: str
    meal_plan: MealPlan
    percent: Decimal
    parent_id: UUID | None
    adjustment: Adjustment | None
    visibility: Visibility
    guarantee: Guarantee
    prepayment_percent: int
    grace_hours: int
    cancellation_tiers: tuple[CancellationTier, ...]
    no_show_penalty: PenaltyTerms
    archived: bool


@dataclass(frozen=True, kw_only=True)
class RoomFacts:
    """A physical room as other apps see it."""

    id: UUID
    hotel_id: UUID
    room_type_id: UUID
    number: str
    floor: str
    condition: RoomCondition
    archived: bool
