"""How this app's things look in JSON, where that is not just how they cross the boundary."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from apps.inventory.services import (
    AvailableHotel,
    Cancellation,
    ChargeDue,
    ChargeFacts,
    ChargeKind,
    ChargePer,
    ClosureFacts,
    ClosureKind,
    DatedAmount,
    HotelFacts,
    NoShowBy,
    NoShowNights,
    Offer,
    OverbookedNight,
    SeasonFacts,
    SeasonRate,
)
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class Rating:
    """What guests think: the average of 1 to 5, null before the first review."""

    average: float | None
    count: int


@dataclass(frozen=True, kw_only=True)
class HotelView:
    """A hotel."""

    id: UUID
    name: str
    description: str
    address: str
    city: str
    country: str
    latitude: float | None
    longitude: float | None
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
    rating: Rating
    archived: bool
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class AvailableHotelView:
    """A hotel with its cheapest way to house the party: one offer for each room of it, in its order."""

    hotel: HotelView
    distance_km: float | None
    offers: tuple[Offer, ...]
    rooms_left: int
    total: Money
    nights: tuple[DatedAmount, ...]
    cancellation: Cancellation


@dataclass(frozen=True, kw_only=True)
class Generated:
    """What a run of the generation came to."""

    nights_added: int


def hotel_view(hotel: HotelFacts) -> HotelView:
    """The JSON of a hotel."""
    return HotelView(
        id=hotel.id,
        name=hotel.name,
        description=hotel.description,
        address=hotel.address,
        city=hotel.city,
        country=hotel.country,
        latitude=None if hotel.latitude is None else float(hotel.latitude),
        longitude=None if hotel.longitude is None else float(hotel.longitude),
        time_zone=hotel.time_zone,
        currency=hotel.currency,
        check_in_time=hotel.check_in_time,
        check_out_time=hotel.check_out_time,
        business_day_rollover=hotel.business_day_rollover,
        no_show_cutoff=hotel.no_show_cutoff,
        no_show_by=hotel.no_show_by,
        no_show_nights=hotel.no_show_nights,
        amenities=hotel.amenities,
        stars=hotel.stars,
        rating=Rating(
            average=None if hotel.rating_average is None else float(hotel.rating_average), count=hotel.rating_count
        ),
        archived=hotel.archived,
        updated_at=hotel.updated_at,
    )


def available_hotel_view(found: AvailableHotel) -> AvailableHotelView:
    """The JSON of a search result."""
    return AvailableHotelView(
        hotel=hotel_view(found.hotel),
        distance_km=found.distance_km,
        offers=found.offers,
        rooms_left=found.rooms_left,
        total=found.total,
        nights=found.nights,
        cancellation=found.cancellation,
    )


SeasonView = TypedDict(
    "SeasonView",
    {"id": UUID, "hotel_id": UUID, "name": str, "from": date, "to": date, "prices": tuple[SeasonRate, ...]},
)
"""A season with its prices, under the names of the contract."""

ChargeView = TypedDict(
    "ChargeView",
    {
        "id": UUID,
        "hotel_id": UUID,
        "code": str,
        "name": str,
        "kind": ChargeKind,
        "per": ChargePer,
        "percent": Decimal | None,
        "amount": Money | None,
        "inclusive": bool,
        "on_room": bool,
        "on_charges": tuple[str, ...],
        "exempt_under_age": int,
        "max_nights": int | None,
        "from": date | None,
        "to": date | None,
        "due": ChargeDue,
        "archived": bool,
    },
)
"""A tax or fee, under the names of the contract."""


def season_view(season: SeasonFacts) -> SeasonView:
    """The JSON of a season."""
    return {
        "id": season.id,
        "hotel_id": season.hotel_id,
        "name": season.name,
        "from": season.first,
        "to": season.last,
        "prices": season.prices,
    }


def charge_view(charge: ChargeFacts) -> ChargeView:
    """The JSON of a tax or fee."""
    return {
        "id": charge.id,
        "hotel_id": charge.hotel_id,
        "code": charge.code,
        "name": charge.name,
        "kind": charge.kind,
        "per": charge.per,
        "percent": charge.percent,
        "amount": charge.amount,
        "inclusive": charge.inclusive,
        "on_room": charge.on_room,
        "on_charges": charge.on_charges,
        "exempt_under_age": charge.exempt_under_age,
        "max_nights": charge.max_nights,
        "from": charge.first,
        "to": charge.last,
        "due": charge.due,
        "archived": charge.archived,
    }


ClosureView = TypedDict(
    "ClosureView",
    {
        "id": UUID,
        "room_id": UUID,
        "from": date,
        "to": date,
        "kind": ClosureKind,
        "reason": str,
        "created_by": str,
        "created_at": datetime,
        "ended_at": datetime | None,
    },
)
"""When a room is closed, under the names of the contract."""


def closure_view(closure: ClosureFacts) -> ClosureView:
    """The JSON of a closure."""
    return {
        "id": closure.id,
        "room_id": closure.room_id,
        "from": closure.first,
        "to": closure.last,
        "kind": closure.kind,
        "reason": closure.reason,
        "created_by": closure.created_by,
        "created_at": closure.created_at,
        "ended_at": closure.ended_at,
    }


@dataclass(frozen=True, kw_only=True)
class Overbooked:
    """Nights with more rooms sold and held than there are, by date."""

    results: tuple[OverbookedNight, ...]
