"""Loading a whole catalogue that was made up, set-based: hotels by the thousand with all their nights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from apps.inventory.models import Charge, Hotel, NightlyRate, RatePlan, RoomType, Season, SeasonPrice
from apps.inventory.services._generation import BUSINESS_DATE, keep_generation_out
from apps.inventory.services._lowest_rates import refresh_all
from apps.inventory.services._made_up import MadeUpHotel, MakeUp, Things
from apps.platform import audit, clock
from apps.platform.audit import Change
from apps.platform.db import array_of, fetch_one

HOTELS_AT_ONCE = 50
_OPERATION = "inventory.load_catalogue"

_NIGHTS = f"""
WITH closed AS MATERIALIZED (
     SELECT id, range_agg(daterange(first, last, '[]')) AS nights
       FROM unnest(%(closed)s::uuid[], %(first)s::date[], %(last)s::date[]) AS given (id, first, last) GROUP BY id)
INSERT INTO inventory_roomnight
       (room_type_id, night, physical, out_of_order, overbooking_limit, sold, held, stop_sell, fence)
SELECT type.id, wanted.night, type.room_count, 0, 0, 0, 0, COALESCE(closed.nights @> wanted.night, false), 0
  FROM inventory_roomtype AS type
  JOIN inventory_hotel AS hotel ON hotel.id = type.hotel_id
  LEFT JOIN closed ON closed.id = type.id
 CROSS JOIN LATERAL (
       SELECT {BUSINESS_DATE} + ahead AS night FROM generate_series(0, %(nights)s - 1) AS ahead) AS wanted
 WHERE hotel.id = ANY(%(hotels)s::uuid[])
 ORDER BY type.id, wanted.night
"""  # noqa: S608 - a constant
_SEASON_NIGHTS = """
INSERT INTO inventory_seasonnight (hotel_id, night, season_id)
SELECT hotel_id, day::date, id
  FROM inventory_season CROSS JOIN generate_series(first, last, interval '1 day') AS day
 WHERE hotel_id = ANY(%(hotels)s::uuid[])
"""
_TABLES = """
inventory_hotel inventory_roomtype inventory_rateplan inventory_charge inventory_season inventory_seasonnight
inventory_seasonprice inventory_nightlyrate inventory_lowestrate inventory_roomnight
""".split()


class CatalogueNotEmpty(Exception):
    """There are hotels already, and perhaps bookings; a made-up world among them cannot be taken out again."""


class UnknownCity(Exception):
    """The list of cities does not have it; the message is the list."""


@dataclass(frozen=True, kw_only=True)
class CatalogueToLoad:
    """How much is to be made up.

    :param city: where the first `in_city` of the hotels are; the others are in the other cities of the list.
    """

    hotels: int
    nights: int
    seed: int = 1
    city: str | None = None
    in_city: int = 0
    add: bool = False


def load_catalogue(wanted: CatalogueToLoad, things: Things, *, actor: str) -> Iterator[int]:
    """Make up hotels with room types, plans, seasons, prices and nights, and store them lot by lot.

    Each lot is a transaction: who breaks off keeps whole hotels. The statistics of the planner are right at the end.

    :param things: the cities, names and room types to make them up of.
    :returns: the number of nights of each hotel stored, hotel by hotel.
    :raises CatalogueNotEmpty: if there are hotels and `add` is not said.
    :raises UnknownCity: if the list does not have the city.
    """
    if not wanted.add and fetch_one("SELECT 1 FROM inventory_hotel LIMIT 1"):
        raise CatalogueNotEmpty()
    places = _places(wanted, things["cities"])
    make_up = MakeUp(things, seed=wanted.seed, nights=wanted.nights)
    for first in range(0, len(places), HOTELS_AT_ONCE):
        lot = places[first : first + HOTELS_AT_ONCE]
        hotels = [make_up.hotel(place, number) for number, place in enumerate(lot, first + 1)]
        with transaction.atomic():
            _store(hotels, nights=wanted.nights)
            change = {"hotels": len(hotels), "nights": wanted.nights, "seed": wanted.seed}
            one = Change(
                operation="inventory.load_catalogue", kind="hotel", object_id="all", scope_id=None, after=change
            )
            audit.record([one], actor=actor)
        for made in hotels:
            yield len(made.room_types) * wanted.nights
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"ANALYZE {table}")


def _places(wanted: CatalogueToLoad, cities: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """The city of each hotel, the ones in `city` first."""
    named = [place for place in cities if place["name"] == wanted.city]
    if wanted.city is not None and not named:
        raise UnknownCity(", ".join(sorted(place["name"] for place in cities)))
    others = [place for place in cities if place["name"] != wanted.city] or list(cities)
    in_city = min(wanted.in_city, wanted.hotels) if named else 0
    return [*named * in_city, *(others[number % len(others)] for number in range(wanted.hotels - in_city))]


def _store(hotels: Sequence[MadeUpHotel], *, nights: int) -> None:
    keep_generation_out()
    Hotel.objects.bulk_create([made.hotel for made in hotels])
    RoomType.objects.bulk_create([one for made in hotels for one in made.room_types])
    RatePlan.objects.bulk_create([one for made in hotels for one in made.rate_plans])
    Charge.objects.bulk_create([one for made in hotels for one in made.charges])
    Season.objects.bulk_create([one for made in hotels for one in made.seasons])
    _copy(SeasonPrice, [one for made in hotels for one in made.season_prices])
    _copy(NightlyRate, [one for made in hotels for one in made.date_prices])
    hotel_ids = [made.hotel.id for made in hotels]
    closed: list[tuple[Any, date, date]] = [
        (room_type.id, first, last) for made in hotels for room_type, first, last in made.closed
    ]
    parameters: dict[str, Any] = {
        "hotels": array_of(hotel_ids),
        "nights": nights,
        "instant": clock.system_now(),
        "closed": [room_type_id for room_type_id, _, _ in closed],
        "first": [first for _, first, _ in closed],
        "last": [last for _, _, last in closed],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEASON_NIGHTS, parameters)
        cursor.execute(_NIGHTS, parameters)
    refresh_all(hotel_ids)


def _copy(model: type[SeasonPrice | NightlyRate], rows: Sequence[SeasonPrice | NightlyRate]) -> None:
    """Prices are the many rows among what is made up: COPY takes a tenth of the time of an INSERT."""
    names = [one.attname for one in model._meta.concrete_fields]  # noqa: SLF001 - Django's own door to the fields
    statement = f"COPY {model._meta.db_table} ({', '.join(names)}) FROM STDIN"  # noqa: SLF001 - the same
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([getattr(row, name) for name in names])
