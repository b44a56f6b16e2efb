"""What guests look for in a city or around a place, and what they find."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from apps.inventory.types.catalogue import HotelFacts
from apps.inventory.types.offers import (
    Cancellation,
    DatedAmount,
    Offer,
    OfferedRatePlan,
    OfferedRoomType,
    Offers,
    Party,
)
from apps.platform.money import Money


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
    """What a guest looks for: in a city, or around a place, or both.

    :param min_total, max_total: for the whole party, in `currency`, or in that of the hotels where all have the same.
    :param stars: at least so many; `amenities`: all of them.
    """

    arrival: date
    departure: date
    party: Party
    city: str | None = None
    near: Near | None = None
    currency: str | None = None
    min_total: Decimal | None = None
    max_total: Decimal | None = None
    min_rating: Decimal | None = None
    stars: int | None = None
    amenities: tuple[str, ...] = ()
    ordering: Ordering = Ordering.RATING
    limit: int = 20
    cursor: str | None = None


@dataclass(frozen=True, kw_only=True)
class AvailabilityPage:
    """Some results with the cursors of the pages beside this one."""

    results: tuple[AvailableHotel, ...]
    next_cursor: str | None
    previous_cursor: str | None


class WhyNone(StrEnum):
    """Why a hotel has nothing for some dates."""

    OCCUPANCY = "occupancy"
    NOT_ON_SALE = "not_on_sale"
    SOLD_OUT = "sold_out"
    RESTRICTED = "restricted"


@dataclass(frozen=True, kw_only=True)
class LowestPrice:
    """The cheapest total of a stay from one arrival on, or why there is none."""

    arrival: date
    departure: date
    total: Money | None
    rooms_left: int | None
    reason: WhyNone | None


@dataclass(frozen=True, kw_only=True)
class LowestPrices:
    """The cheapest totals of stays of so many nights, by arrival, in the hotel's calendar and currency."""

    hotel_id: UUID
    time_zone: str
    currency: str
    nights: int
    results: tuple[LowestPrice, ...]


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing that keeps a product from being sold: a code, a sentence, the date, and the limit of a restriction."""

    code: str
    detail: str
    date: date | None
    limit: int | None


@dataclass(frozen=True, kw_only=True)
class NotSellable:
    """A product that is not offered, with all that stands in its way."""

    room_type: OfferedRoomType
    rate_plan: OfferedRatePlan
    reasons: tuple[Reason, ...]


class AlternativeKind(StrEnum):
    """How an alternative differs from what was asked for."""

    ROOM_TYPE = "room_type"
    SHIFTED = "shifted"
    SHORTER = "shorter"
    LONGER = "longer"


@dataclass(frozen=True, kw_only=True)
class Product:
    """A room type under a rate plan."""

    room_type: OfferedRoomType
    rate_plan: OfferedRatePlan


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """The cheapest way to house the same party that could be booked: a product for each room, in the party's order."""

    kind: AlternativeKind
    arrival: date
    departure: date
    rooms: tuple[Product, ...]
    total: Money


@dataclass(frozen=True, kw_only=True)
class ExplainedOffers(Offers):
    """Offers with what is not offered and why, and what could be booked instead, the nearest first."""

    not_sellable: tuple[NotSellable, ...]
    alternatives: tuple[Alternative, ...]
