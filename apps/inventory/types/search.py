"""What guests look for in a city or around a place, and what they find."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from apps.inventory.types.catalogue import HotelFacts
from apps.inventory.types.offers import Cancellation, DatedAmount, Offer, Party
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
