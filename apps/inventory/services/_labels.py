"""The names around reservations: what other apps show of hotels and products without knowing the catalogue."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import connection

from apps.inventory.models import Hotel
from apps.inventory.policies import business_date
from apps.platform import clock
from apps.platform.db import fetch_all, fetch_one
from apps.platform.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class ProductName:
    """How a room type or a rate plan is called towards guests."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class HotelLabel:
    """A hotel's name, and its calendar at the moment of asking."""

    name: str
    time_zone: str
    business_date: date
    rollover: time = time(3)

    def date_at(self, instant: datetime) -> date:
        """The hotel's business date at another moment."""
        return business_date(instant, self.time_zone, self.rollover)


@dataclass(frozen=True, kw_only=True)
class RoomName:
    """A physical room: the number on its door, and the type that it is of now."""

    id: UUID
    number: str
    room_type_id: UUID


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The names around some reservations, read at once."""

    hotels: Mapping[UUID, HotelLabel]
    room_types: Mapping[UUID, ProductName]
    rate_plans: Mapping[UUID, ProductName]
    rooms: Mapping[UUID, RoomName] = field(default_factory=dict)


NAMES = """
SELECT 'hotel' AS kind, id, '' AS code, name, time_zone AS zone, business_day_rollover AS rollover,
       clock_ahead AS ahead, NULL::uuid AS room_type_id
  FROM inventory_hotel WHERE id = ANY(%(hotels)s::uuid[])
 UNION ALL
SELECT 'type', id, code, name, '', NULL, NULL, NULL FROM inventory_roomtype WHERE id = ANY(%(types)s::uuid[])
 UNION ALL
SELECT 'plan', id, code, name, '', NULL, NULL, NULL FROM inventory_rateplan WHERE id = ANY(%(plans)s::uuid[])
 UNION ALL
SELECT 'room', id, number, '', '', NULL, NULL, room_type_id FROM inventory_room WHERE id = ANY(%(rooms)s::uuid[])
"""

NameRow = tuple[str, UUID, str, str, str, time, timedelta, UUID]


def labels_of(
    *,
    hotel_ids: Collection[UUID],
    room_type_ids: Collection[UUID] = (),
    rate_plan_ids: Collection[UUID] = (),
    room_ids: Collection[UUID] = (),
) -> Labels:
    """Names of hotels, products and rooms, archived ones too, and each hotel's business date. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            NAMES,
            {
                "hotels": list(hotel_ids),
                "types": list(room_type_ids),
                "plans": list(rate_plan_ids),
                "rooms": list(room_ids),
            },
        )
        return labels_from(cursor.fetchall())


def labels_from(rows: Iterable[NameRow]) -> Labels:
    """The labels that rows of NAMES are."""
    hotels: dict[UUID, HotelLabel] = {}
    products: dict[str, dict[UUID, ProductName]] = {"type": {}, "plan": {}}
    rooms: dict[UUID, RoomName] = {}
    for kind, row_id, code, name, zone, rollover, ahead, room_type_id in rows:
        if kind == "hotel":
            today = business_date(clock.system_now() + ahead, zone, rollover)
            hotels[row_id] = HotelLabel(name=name, time_zone=zone, business_date=today, rollover=rollover)
        elif kind == "room":
            rooms[row_id] = RoomName(id=row_id, number=code, room_type_id=room_type_id)
        else:
            products[kind][row_id] = ProductName(id=row_id, code=code, name=name)
    return Labels(hotels=hotels, room_types=products["type"], rate_plans=products["plan"], rooms=rooms)


@dataclass(frozen=True, kw_only=True)
class Products:
    """What a hotel sells now: its room types and its rate plans, each by code."""

    room_types: tuple[ProductName, ...]
    rate_plans: tuple[ProductName, ...]


def products_of(hotel_id: UUID) -> Products:
    """What there is to choose from at a hotel; archived ones are not. One statement."""
    found: dict[str, list[ProductName]] = {"type": [], "plan": []}
    rows = fetch_all(
        "SELECT 'type' AS kind, id, code, name FROM inventory_roomtype"
        " WHERE hotel_id = %(hotel)s AND archived_at IS NULL"
        " UNION ALL SELECT 'plan', id, code, name FROM inventory_rateplan"
        " WHERE hotel_id = %(hotel)s AND archived_at IS NULL ORDER BY code",
        {"hotel": hotel_id},
    )
    for row in rows:
        found[row.pop("kind")].append(ProductName(**row))
    return Products(room_types=tuple(found["type"]), rate_plans=tuple(found["plan"]))


def today_at(hotel_id: UUID) -> date:
    """The business date of a hotel. One statement.

    :raises NotFound: if there is no such hotel.
    """
    found = labels_of(hotel_ids=[hotel_id]).hotels.get(hotel_id)
    if found is None:
        raise NotFound("There is no such hotel.")
    return found.business_date


def hotel_names(hotel_ids: Collection[UUID] | None = None) -> dict[UUID, str]:
    """How these hotels, or all, are told apart in a list: name and city, by name; archived ones too."""
    rows = Hotel.objects.order_by("name", "city", "id")
    if hotel_ids is not None:
        rows = rows.filter(id__in=hotel_ids)
    return {id_: f"{name}, {city}" for id_, name, city in rows.values_list("id", "name", "city")}


@dataclass(frozen=True, kw_only=True)
class ProductOnSale:
    """Some product, named by its ids: a valid example for whoever tries the API."""

    hotel_id: UUID
    room_type_id: UUID
    rate_plan_id: UUID
    business_date: date


def any_product() -> ProductOnSale | None:
    """A product of the hotel that came first, or None while nothing is on sale."""
    row = fetch_one(
        "SELECT hotel.id AS hotel_id, type.id AS room_type_id, plan.id AS rate_plan_id, hotel.time_zone,"
        " hotel.business_day_rollover FROM inventory_hotel AS hotel"
        " JOIN inventory_roomtype AS type ON type.hotel_id = hotel.id AND type.archived_at IS NULL"
        " JOIN inventory_rateplan AS plan ON plan.hotel_id = hotel.id AND plan.archived_at IS NULL"
        " WHERE hotel.archived_at IS NULL ORDER BY hotel.id, type.id, plan.id LIMIT 1"
    )
    if row is None:
        return None
    today = business_date(clock.now(), row.pop("time_zone"), row.pop("business_day_rollover"))
    return ProductOnSale(business_date=today, **row)
