"""The least that a night can cost at a hotel: what search orders its candidates by, before it prices any of them.

A bound and no price: restrictions, rooms left and what children or charges add are left out, so it is never above what
a guest would pay. It is made by the same functions as every price.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from apps.inventory import policies
from apps.inventory.services._rates import level_of
from apps.inventory.types import PriceSource, Rate, RateLevel, Visibility
from apps.platform import clock
from apps.platform.db import RoundTrip, array_of, fetch_all, lock_number

_HOTELS_AT_ONCE = 100
_CLASSES = 3  # rooms with at least one, two and three adults

_TYPES = """
SELECT id, hotel_id, max_adults, max_children, base_rate_minor, included_adults, extra_adult_minor, child_bands
  FROM inventory_roomtype WHERE hotel_id = ANY(%(hotels)s::uuid[]) AND archived_at IS NULL
"""
_PLANS = """
SELECT id, hotel_id, code, percent, ancestors, adjustment_percent, adjustment_minor, adjustment_per_person,
       rounding_step_minor, rounding, visibility, archived_at IS NOT NULL AS archived
  FROM inventory_rateplan WHERE hotel_id = ANY(%(hotels)s::uuid[])
"""
_SEASON_NIGHTS = """
SELECT hotel_id, season_id, night FROM inventory_seasonnight
 WHERE hotel_id = ANY(%(hotels)s::uuid[]) AND night >= %(first)s::date AND night <= %(last)s::date
"""
_SEASON_PRICES = """
SELECT price.season_id, price.weekday, price.room_type_id, price.rate_plan_id, price.amount_minor, price.by_adults
  FROM inventory_season AS season JOIN inventory_seasonprice AS price ON price.season_id = season.id
 WHERE season.hotel_id = ANY(%(hotels)s::uuid[]) AND season.last >= %(first)s::date AND season.first <= %(last)s::date
"""
_DATE_PRICES = """
SELECT type.hotel_id, price.night, price.room_type_id, price.rate_plan_id, price.amount_minor, price.by_adults
  FROM inventory_roomtype AS type JOIN inventory_nightlyrate AS price ON price.room_type_id = type.id
 WHERE type.hotel_id = ANY(%(hotels)s::uuid[]) AND price.night >= %(first)s::date AND price.night <= %(last)s::date
"""
_STORE = """
INSERT INTO inventory_lowestrate (month, hotel_id, for_one, for_two, for_more)
SELECT given.month, given.hotel_id, given.for_one::bigint[], given.for_two::bigint[], given.for_more::bigint[]
  FROM unnest(%(months)s::date[], %(hotels)s::uuid[], %(for_one)s::text[], %(for_two)s::text[], %(for_more)s::text[])
       AS given (month, hotel_id, for_one, for_two, for_more)
 ORDER BY given.month, given.hotel_id
    ON CONFLICT (month, hotel_id) DO UPDATE
   SET for_one = excluded.for_one, for_two = excluded.for_two, for_more = excluded.for_more
"""
_INCOMPLETE = """
SELECT hotel.id FROM inventory_hotel AS hotel
 WHERE hotel.archived_at IS NULL AND hotel.id > %(after)s::uuid
   AND EXISTS (SELECT 1 FROM inventory_roomtype AS type WHERE type.hotel_id = hotel.id AND type.archived_at IS NULL)
   AND EXISTS (SELECT 1 FROM unnest(%(months)s::date[]) AS wanted (month)
                WHERE NOT EXISTS (SELECT 1 FROM inventory_lowestrate AS rate
                                   WHERE rate.month = wanted.month AND rate.hotel_id = hotel.id))
 ORDER BY hotel.id LIMIT %(limit)s
"""
_NOBODY = UUID(int=0)


def refresh_lowest_rates(hotel_id: UUID, first: date | None = None, last: date | None = None) -> None:
    """Find the least prices of the hotel anew: of the nights from `first` to `last`, or of all that are on sale.

    Whoever changes what nights cost (a room type's rates and who it sleeps, rate plans, seasons, prices of dates)
    calls it at the end of the same transaction, after the last change and before the audit log is written.
    """
    on_sale = _months_on_sale()
    months = [
        month for month in on_sale if (first is None or _last_of(month) >= first) and (last is None or month <= last)
    ]
    if months:
        _store([hotel_id], months)


def refresh_all(hotels: Sequence[UUID]) -> None:
    """The same for all that these hotels sell."""
    _store(hotels, _months_on_sale())


def fill_lowest_rates() -> int:
    """Add the months that hotels lack, as the horizon moves on, and forget those that are over.

    :returns: how many hotels lacked any.
    """
    months = _months_on_sale()
    filled, after = 0, _NOBODY
    while True:
        parameters = {"months": array_of(months), "after": after, "limit": _HOTELS_AT_ONCE}
        with transaction.atomic():
            hotels = [row["id"] for row in fetch_all(_INCOMPLETE, parameters)]
            if hotels:
                _store(hotels, months)
        if not hotels:
            break
        filled, after = filled + len(hotels), hotels[-1]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_lowestrate WHERE month < %s", [months[0]])
    return filled


def month_of(day: date) -> date:
    """The first day of its month, by which the rows are kept."""
    return day.replace(day=1)


def _last_of(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def _months_on_sale() -> list[date]:
    """The months of all nights that a hotel anywhere on earth sells now."""
    today = clock.now().date()
    month, last = month_of(today - timedelta(days=2)), today + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS + 2)
    months = []
    while month <= last:
        months.append(month)
        month = _last_of(month) + timedelta(days=1)
    return months


def _store(hotels: Sequence[UUID], months: Sequence[date]) -> None:
    """Inside the caller's transaction: two that change prices of one hotel come here one behind the other, and the
    second one sees what the first has changed.
    """
    with connection.cursor() as cursor:
        for hotel_id in sorted(hotels):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number(f"lowest rates of {hotel_id}")])
    book = _Book(hotels, months[0], _last_of(months[-1]))
    rows = [(month, hotel_id, book.sums(hotel_id, month)) for month in months for hotel_id in hotels]
    columns = zip(*(sums for _, _, sums in rows), strict=True)
    names = ("for_one", "for_two", "for_more")
    parameters: dict[str, Any] = {
        "months": [month for month, _, _ in rows],
        "hotels": [hotel_id for _, hotel_id, _ in rows],
        **{name: [array_of(sums) for sums in column] for name, column in zip(names, columns, strict=True)},
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, parameters)


_Rates = Mapping[UUID, Rate]
"""What is set for a room type on some night, by rate plan."""
_Least = tuple[int | None, ...]
"""The least price for each class of rooms; None where the room type does not sleep so many."""

_NONE: Mapping[UUID, _Rates] = {}
_NO_RATES: _Rates = {}


@dataclass(kw_only=True)
class _Hotel:
    """All rates of a hotel; those of a night by room type. `known` is what nights of one season and weekday share."""

    types: list[Mapping[str, Any]] = field(default_factory=list)
    plans: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    season_of: dict[date, UUID] = field(default_factory=dict)
    dated: dict[date, dict[UUID, dict[UUID, Rate]]] = field(default_factory=dict)
    known: dict[tuple[UUID, UUID | None, int], _Least] = field(default_factory=dict)


class _Book:
    """All rates of some hotels: five statements in one round trip."""

    def __init__(self, hotels: Sequence[UUID], first: date, last: date) -> None:
        trip = RoundTrip()
        parameters = {"hotels": array_of(hotels), "first": first, "last": last}
        reads = (_TYPES, _PLANS, _SEASON_NIGHTS, _SEASON_PRICES, _DATE_PRICES)
        types, plans, season_nights, season_prices, date_prices = (trip.add(read, parameters) for read in reads)
        self._hotels = {hotel_id: _Hotel() for hotel_id in hotels}
        for row in types():
            self._hotels[row["hotel_id"]].types.append(row)
        for row in plans():
            self._hotels[row["hotel_id"]].plans[row["id"]] = row
        for row in season_nights():
            self._hotels[row["hotel_id"]].season_of[row["night"]] = row["season_id"]
        for row in date_prices():
            dated = self._hotels[row["hotel_id"]].dated.setdefault(row["night"], {})
            dated.setdefault(row["room_type_id"], {})[row["rate_plan_id"]] = _rate(row, PriceSource.DATE)
        self._seasons: dict[tuple[UUID, int], dict[UUID, dict[UUID, Rate]]] = {}
        for row in season_prices():
            prices = self._seasons.setdefault((row["season_id"], row["weekday"]), {})
            prices.setdefault(row["room_type_id"], {})[row["rate_plan_id"]] = _rate(row, PriceSource.SEASON)

    def sums(self, hotel_id: UUID, month: date) -> Sequence[Sequence[int]]:
        """For each class of rooms the sums of the nights before each day of the month, and before the day after."""
        hotel = self._hotels[hotel_id]
        sums: list[list[int]] = [[0] for _ in range(_CLASSES)]
        for ahead in range(monthrange(month.year, month.month)[1]):
            for total, least in zip(sums, self._of_hotel(hotel, month + timedelta(days=ahead)), strict=True):
                total.append(total[-1] + least)
        return sums

    def _of_hotel(self, hotel: _Hotel, night: date) -> Iterator[int]:
        """Over all room types. A class that nobody sleeps in may cost 0: search finds out."""
        of_types = [self._of_type(hotel, room_type, night) for room_type in hotel.types]
        for position in range(_CLASSES):
            yield min((least for one in of_types if (least := one[position]) is not None), default=0)

    def _of_type(self, hotel: _Hotel, room_type: Mapping[str, Any], night: date) -> _Least:
        """Nights without a price of their own are alike, but for the season and the day of the week."""
        season_id = hotel.season_of.get(night)
        weekday = night.isoweekday() if season_id else 0
        seasonal = self._seasons.get((season_id, weekday), _NONE) if season_id else _NONE
        season_rates = seasonal.get(room_type["id"], _NO_RATES)
        date_rates = hotel.dated.get(night, _NONE).get(room_type["id"])
        if date_rates:
            return _least_of(hotel, room_type, season_rates, date_rates)
        key = (room_type["id"], season_id, weekday)
        if key not in hotel.known:
            hotel.known[key] = _least_of(hotel, room_type, season_rates, _NO_RATES)
        return hotel.known[key]


def _rate(row: Mapping[str, Any], source: PriceSource) -> Rate:
    return Rate(amount_minor=row["amount_minor"], by_adults=tuple(row["by_adults"] or ()), source=source)


def _least_of(hotel: _Hotel, room_type: Mapping[str, Any], seasonal: _Rates, dated: _Rates) -> _Least:
    """Over all plans that are sold to everybody."""
    rule = policies.occupancy_rule(room_type)
    least: list[int | None] = [None] * _CLASSES
    for plan in hotel.plans.values():
        if plan["archived"] or plan["visibility"] != Visibility.PUBLIC:
            continue
        levels = list(_levels(hotel, plan, seasonal, dated))
        for adults in range(1, room_type["max_adults"] + 1):
            price = policies.least_of_night(
                room_type["base_rate_minor"], levels, rule, adults=adults, max_children=room_type["max_children"]
            )
            for position in range(min(adults, _CLASSES)):
                known = least[position]
                least[position] = price if known is None else min(known, price)
    return tuple(least)


def _levels(hotel: _Hotel, plan: Mapping[str, Any], seasonal: _Rates, dated: _Rates) -> Iterator[RateLevel]:
    for depth, plan_id in enumerate((*plan["ancestors"], plan["id"])):
        rate = dated.get(plan_id) or (None if depth else seasonal.get(plan_id))
        yield level_of(hotel.plans[plan_id], rate, is_root=not depth)
