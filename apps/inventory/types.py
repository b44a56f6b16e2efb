"""The words of this app that cross its boundary. No Django in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypedDict
from uuid import UUID

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
    amenities: tuple[str, ...]
    stars: int | None
    rating_average: Decimal | None
    rating_count: int
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
    archived: bool


@dataclass(frozen=True, kw_only=True)
class RatePlanFacts:
    """A rate plan as other apps see it. `percent` of a room type's base rate is the price of a night."""

    id: UUID
    hotel_id: UUID
    code: str
    name: str
    meal_plan: MealPlan
    percent: Decimal
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


@dataclass(frozen=True, kw_only=True)
class PartyRoom:
    """Who is to sleep in one room; the ages count at arrival."""

    adults: int
    children_ages: tuple[int, ...] = ()


Party = tuple[PartyRoom, ...]
"""All the rooms that one request wants."""


@dataclass(frozen=True, kw_only=True)
class NightPrice:
    """What one night costs, and whether its date or the rate plan says so."""

    amount_minor: int
    source: Literal["date", "rate_plan"]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A room type that might house a room of the party: what it sleeps, how many are left, what the stay costs."""

    max_adults: int
    max_children: int
    rooms_left: int
    total_minor: int


Housing = Sequence[int]
"""For each room of the party the position of the candidate that houses it."""


@dataclass(frozen=True, kw_only=True)
class CancellationTier:
    """One step of the terms: from one instant until the next, None being open, canceling costs so much of the total."""

    starts_at: datetime | None
    ends_at: datetime | None
    penalty_percent: int


@dataclass(frozen=True, kw_only=True)
class CancellationTerms:
    """What canceling costs when, as it stands at the time of asking. A booking freezes it."""

    tiers: tuple[CancellationTier, ...]


TimelineStep = TypedDict("TimelineStep", {"from": datetime | None, "until": datetime | None, "penalty": Money})
"""A tier with its money, under the names of the contract."""


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """The terms for one total."""

    timeline: tuple[TimelineStep, ...]


@dataclass(frozen=True, kw_only=True)
class DatedAmount:
    """What one night costs."""

    date: date
    amount: Money


@dataclass(frozen=True, kw_only=True)
class OfferedNight:
    """What one night of a product costs, and whether its date or the rate plan says so."""

    date: date
    amount: Money
    source: str


@dataclass(frozen=True, kw_only=True)
class OfferedRoomType:
    """The room of an offer."""

    id: UUID
    code: str
    name: str
    max_adults: int
    max_children: int


@dataclass(frozen=True, kw_only=True)
class OfferedRatePlan:
    """The conditions of an offer."""

    id: UUID
    code: str
    name: str
    meal_plan: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A priced product for a stay. Room type and rate plan together name it in a booking.

    :param fits_rooms: the rooms of the party, counted from 0, that this product can house.
    """

    room_type: OfferedRoomType
    rate_plan: OfferedRatePlan
    fits_rooms: tuple[int, ...]
    nights: tuple[OfferedNight, ...]
    taxes: tuple[Money, ...]
    fees: tuple[Money, ...]
    total: Money
    due_now: Money
    due_at_property: Money
    rooms_left: int
    cancellation: Cancellation


@dataclass(frozen=True, kw_only=True)
class Offers:
    """The products of a hotel that are free for a stay, the cheapest first, in the hotel's calendar and currency."""

    hotel_id: UUID
    time_zone: str
    currency: str
    arrival: date
    departure: date
    results: tuple[Offer, ...]


@dataclass(frozen=True, kw_only=True)
class AvailableHotel:
    """A hotel with its cheapest way to house a party: one offer for each room of the party, in its order."""

    hotel: HotelFacts
    distance_km: float | None
    offers: tuple[Offer, ...]
    rooms_left: int
    total: Money
    nights: tuple[DatedAmount, ...]
    cancellation: Cancellation


class Ordering(StrEnum):
    """How search results are sorted: the best rated, the cheapest or the nearest first."""

    RATING = "rating"
    TOTAL = "total"
    DISTANCE = "distance"


@dataclass(frozen=True, kw_only=True)
class Near:
    """A place, and how far from it a hotel may be."""

    latitude: Decimal
    longitude: Decimal
    km: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class AvailabilityQuery:
    """What a guest looks for. `max_total` is in `currency`, or in that of the hotels where all have the same."""

    city: str
    arrival: date
    departure: date
    party: Party
    currency: str | None = None
    max_total: Decimal | None = None
    min_rating: Decimal | None = None
    near: Near | None = None
    ordering: Ordering = Ordering.RATING
    limit: int = 20
    cursor: str | None = None


@dataclass(frozen=True, kw_only=True)
class AvailabilityPage:
    """Some results with the cursors of the pages beside this one."""

    results: tuple[AvailableHotel, ...]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class PlanPrice:
    """The price of one rate plan on a date: its own, or that of the rate plan where `amount` is of source rate_plan."""

    rate_plan_id: UUID
    amount: Money
    source: str


@dataclass(frozen=True, kw_only=True)
class CalendarNight:
    """One night of a room type as staff see it. Without a row it is not on sale (`generated` is false)."""

    date: date
    generated: bool
    physical: int
    out_of_order: int
    overbooking_limit: int
    sold: int
    held: int
    rooms_left: int
    stop_sell: bool
    prices: tuple[PlanPrice, ...]


@dataclass(frozen=True, kw_only=True)
class CalendarRow:
    """The nights of one room type."""

    room_type: OfferedRoomType
    nights: tuple[CalendarNight, ...]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The nights of a hotel's room types, both ends included."""

    hotel_id: UUID
    time_zone: str
    business_date: date
    first: date
    last: date
    room_types: tuple[CalendarRow, ...]


@dataclass(frozen=True, kw_only=True)
class PriceForDates:
    """A rate plan's own price for some dates; None takes it away, and the rate plan's percent counts again."""

    rate_plan_id: UUID
    price: Money | None
