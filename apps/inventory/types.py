"""The words of this app that cross its boundary. No Django in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Literal
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
