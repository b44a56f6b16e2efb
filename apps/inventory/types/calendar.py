"""The calendar that staff keep."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from apps.inventory.types.offers import OfferedRoomType
from apps.platform.money import Money


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
