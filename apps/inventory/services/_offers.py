"""Which products a party could book for a stay, and at what price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.inventory import policies, selectors
from apps.inventory.services._checks import hotel_of
from apps.inventory.services._generation import BUSINESS_DATE
from apps.inventory.types import (
    DatedAmount,
    HotelFacts,
    NightPrice,
    Offer,
    OfferedNight,
    OfferedRatePlan,
    OfferedRoomType,
    Offers,
    Party,
)
from apps.platform import clock
from apps.platform.db import fetch_all
from apps.platform.errors import Invalid, NotFound
from apps.platform.money import from_minor


@dataclass(frozen=True, kw_only=True)
class FreeType:
    """A room type that is free on every night of a stay, with the products that sell it."""

    hotel_id: UUID
    room_type: OfferedRoomType
    base_rate_minor: int
    rooms_left: int
    products: "list[Product]" = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Product:
    """A rate plan of a free room type with the prices of its own that it has on some of the nights."""

    rate_plan: OfferedRatePlan
    percent: Decimal
    overrides: dict[date, int] = field(default_factory=dict)

    def price(self, base_rate_minor: int, night: date) -> NightPrice:
        return policies.price_of_night(base_rate_minor, self.percent, self.overrides.get(night))

    def total_minor(self, base_rate_minor: int, nights: Sequence[date]) -> int:
        """The sum over the nights; those without a price of their own all cost the same."""
        plain = policies.price_of_night(base_rate_minor, self.percent, None).amount_minor
        return sum(self.overrides.values()) + plain * (len(nights) - len(self.overrides))


# A night counts only where its row is there and open; the tightest one says how many rooms are left. Overdue holds
# count as free: they can only be where something is held. The range goes straight down the primary key.
FREE_TYPES = f"""
SELECT hotel.id AS hotel_id, hotel.currency, hotel.rating_average, hotel.rating_count, hotel.latitude, hotel.longitude,
       type.id AS room_type_id, type.code, type.name, type.max_adults, type.max_children, type.base_rate_minor,
       stay.rooms_left
  FROM inventory_hotel AS hotel
  JOIN inventory_roomtype AS type ON type.hotel_id = hotel.id
 CROSS JOIN LATERAL (
       SELECT count(*) AS nights,
              min(night.physical - night.out_of_order + night.overbooking_limit - night.sold - night.held
                  + CASE WHEN night.held = 0 THEN 0 ELSE (
                      SELECT count(*) FROM inventory_hold AS hold
                       WHERE hold.room_type_id = type.id AND hold.expires_at <= %(instant)s
                         AND hold.arrival <= night.night AND hold.departure > night.night) END) AS rooms_left
         FROM inventory_roomnight AS night
        WHERE night.room_type_id = type.id AND NOT night.stop_sell
          AND night.night >= %(arrival)s AND night.night < %(departure)s) AS stay
 WHERE hotel.archived_at IS NULL AND type.archived_at IS NULL
   AND type.max_adults >= %(least_adults)s AND type.max_children >= %(least_children)s
   AND stay.nights = %(departure)s::date - %(arrival)s::date AND stay.rooms_left > 0
   AND {BUSINESS_DATE} <= %(arrival)s AND {BUSINESS_DATE} + %(horizon)s >= %(departure)s"""  # noqa: S608 - constants only
_OF_THE_HOTEL = " AND hotel.id = %(hotel)s ORDER BY type.code"

_PRODUCTS = """
SELECT type.id AS room_type_id, plan.id, plan.code, plan.name, plan.meal_plan, plan.percent,
       price.night, price.amount_minor
  FROM inventory_roomtype AS type
  JOIN inventory_rateplan AS plan ON plan.hotel_id = type.hotel_id AND plan.archived_at IS NULL
  LEFT JOIN inventory_nightlyrate AS price
    ON price.room_type_id = type.id AND price.rate_plan_id = plan.id
   AND price.night >= %(arrival)s AND price.night < %(departure)s
 WHERE type.id = ANY(%(types)s)
 ORDER BY type.id, plan.code, price.night
"""


def offers_of(*, hotel_id: UUID, arrival: date, departure: date, party: Party) -> Offers:
    """Every product of the hotel that is free for the whole stay and fits a room of the party, the cheapest first.

    :raises NotFound: if there is no such hotel.
    :raises Invalid: naming the date that the hotel cannot sell.
    """
    require_possible_dates(arrival, departure)
    hotel = selectors.hotel_facts(hotel_of(hotel_id))
    if hotel.archived:
        raise NotFound("There is no such hotel.")
    today = policies.business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)
    if arrival < today:
        raise invalid("arrival", f"It is {today} at the hotel: the arrival cannot be before that.")
    last = today + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS)
    if departure > last:
        raise invalid("departure", f"The hotel sells nights up to {last}.")
    parameters = stay_parameters(arrival, departure, party) | {"hotel": hotel_id}
    free = with_products(fetch_all(FREE_TYPES + _OF_THE_HOTEL, parameters), arrival, departure)
    offers = [
        offer_of(hotel, free_type, product, party=party, arrival=arrival, departure=departure)
        for free_type in free
        for product in free_type.products
    ]
    fitting = [offer for offer in offers if offer.fits_rooms]
    return Offers(
        hotel_id=hotel_id,
        time_zone=hotel.time_zone,
        currency=hotel.currency,
        arrival=arrival,
        departure=departure,
        results=tuple(sorted(fitting, key=lambda offer: Decimal(offer.total.amount))),
    )


def require_possible_dates(arrival: date, departure: date) -> None:
    """Refuse dates that can be right at no hotel.

    :raises Invalid: naming the parameter.
    """
    today = clock.now().date()
    # Somewhere the business day may be two calendar days away from that of UTC.
    if (today - arrival).days > 2:  # noqa: PLR2004
        raise invalid("arrival", "The arrival is past.")
    if departure <= arrival:
        raise invalid("departure", "The departure is after the arrival.")
    if (departure - arrival).days > policies.MAX_NIGHTS:
        raise invalid("departure", f"A stay has at most {policies.MAX_NIGHTS} nights.")
    if (departure - today).days > settings.INVENTORY_HORIZON_NIGHTS + 2:
        raise invalid("departure", f"Nights are sold {settings.INVENTORY_HORIZON_NIGHTS} days ahead.")


def invalid(parameter: str, detail: str) -> Invalid:
    """A refusal of one query parameter."""
    return Invalid(detail, items=[{"code": "invalid", "detail": detail, "parameter": parameter}])


def stay_parameters(arrival: date, departure: date, party: Party) -> dict[str, Any]:
    """The parameters of FREE_TYPES that are the same for one hotel and for a city."""
    return {
        "instant": clock.now(),
        "horizon": settings.INVENTORY_HORIZON_NIGHTS,
        "arrival": arrival,
        "departure": departure,
        "least_adults": min(room.adults for room in party),
        "least_children": min(len(room.children_ages) for room in party),
    }


def with_products(rows: Iterable[Mapping[str, Any]], arrival: date, departure: date) -> list[FreeType]:
    """The rows of FREE_TYPES with the products of each, by one more statement."""
    free = {row["room_type_id"]: _free_type(row) for row in rows}
    if not free:
        return []
    products: dict[tuple[UUID, UUID], Product] = {}
    for row in fetch_all(_PRODUCTS, {"types": list(free), "arrival": arrival, "departure": departure}):
        key = (row["room_type_id"], row["id"])
        if key not in products:
            products[key] = _product(row)
            free[row["room_type_id"]].products.append(products[key])
        if row["night"] is not None:
            products[key].overrides[row["night"]] = row["amount_minor"]
    return list(free.values())


def _free_type(row: Mapping[str, Any]) -> FreeType:
    return FreeType(
        hotel_id=row["hotel_id"],
        room_type=OfferedRoomType(
            id=row["room_type_id"],
            code=row["code"],
            name=row["name"],
            max_adults=row["max_adults"],
            max_children=row["max_children"],
        ),
        base_rate_minor=row["base_rate_minor"],
        rooms_left=row["rooms_left"],
    )


def _product(row: Mapping[str, Any]) -> Product:
    rate_plan = OfferedRatePlan(id=row["id"], code=row["code"], name=row["name"], meal_plan=row["meal_plan"])
    return Product(rate_plan=rate_plan, percent=row["percent"])


def offer_of(
    hotel: HotelFacts, free_type: FreeType, product: Product, *, party: Party, arrival: date, departure: date
) -> Offer:
    """The product as the guest sees it, each night with its price."""
    prices = [
        (night, product.price(free_type.base_rate_minor, night)) for night in policies.nights_of(arrival, departure)
    ]
    total_minor = sum(price.amount_minor for _, price in prices)
    total = from_minor(total_minor, hotel.currency)
    return Offer(
        room_type=free_type.room_type,
        rate_plan=product.rate_plan,
        fits_rooms=_fits_rooms(free_type.room_type, party),
        nights=tuple(
            OfferedNight(date=night, amount=from_minor(price.amount_minor, hotel.currency), source=price.source)
            for night, price in prices
        ),
        taxes=(),
        fees=(),
        total=total,
        due_now=from_minor(0, hotel.currency),
        due_at_property=total,
        rooms_left=free_type.rooms_left,
        cancellation=policies.cancellation_of(
            policies.cancellation_terms(arrival=arrival, check_in_time=hotel.check_in_time, time_zone=hotel.time_zone),
            total_minor,
            hotel.currency,
        ),
    )


def _fits_rooms(room_type: OfferedRoomType, party: Party) -> tuple[int, ...]:
    return tuple(
        position
        for position, room in enumerate(party)
        if policies.fits(
            max_adults=room_type.max_adults,
            max_children=room_type.max_children,
            adults=room.adults,
            children=len(room.children_ages),
        )
    )


def nightly_sums(
    offers: Sequence[tuple[FreeType, Product]], nights: Sequence[date], currency: str
) -> tuple[DatedAmount, ...]:
    """What all rooms of a party cost together, night by night."""
    return tuple(
        DatedAmount(
            date=night,
            amount=from_minor(
                sum(product.price(free_type.base_rate_minor, night).amount_minor for free_type, product in offers),
                currency,
            ),
        )
        for night in nights
    )
