"""Seasons: some dates of a hotel with prices of their own. No night is in two of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from apps.accounts.services import Access, Permission
from apps.inventory import selectors
from apps.inventory.models import Hotel, RatePlan, RoomType, Season, SeasonPrice
from apps.inventory.services._audit import record_added, record_changed, record_removed, state_of
from apps.inventory.services._checks import (
    fault,
    hotel_locked,
    minor_of,
    refuse_if,
    require,
    unique_within_hotel,
)
from apps.inventory.services._lowest_rates import refresh_lowest_rates
from apps.inventory.types import SeasonFacts, SeasonRate
from apps.platform.errors import Invalid, NotFound
from apps.platform.money import from_minor

MAX_NIGHTS_OF_SEASON = 731
MAX_PRICES = 1_000
_WEEK = range(1, 8)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def add_season(
    *, access: Access, hotel_id: UUID, name: str, first: date, last: date, prices: Sequence[SeasonRate] = ()
) -> SeasonFacts:
    """Give the nights from `first` to `last`, both included, prices of their own; reservations keep theirs.

    :raises CodeTaken: if the hotel has a season of this name.
    :raises Invalid: naming each field that cannot be right, and the seasons that have some of the nights already.
    """
    require(access, Permission.MANAGE_RATES, hotel_id)
    with transaction.atomic():
        hotel = hotel_locked(hotel_id)
        products = _Products(hotel)
        row = Season(hotel=hotel, name=name.strip(), first=first, last=last)
        rows = products.rows_of(prices)
        _require_right(row)
        with unique_within_hotel("/name"):
            row.save(force_insert=True)
        _write(row, rows)
        refresh_lowest_rates(hotel_id, first, last)
        record_added(access, row, products.state_of(row))
        return _facts(row)


def replace_season(
    *,
    access: Access,
    hotel_id: UUID,
    season_id: UUID,
    name: str,
    first: date,
    last: date,
    prices: Sequence[SeasonRate] = (),
) -> SeasonFacts:
    """Let the season be this: its name, its nights and all its prices; reservations keep theirs.

    :raises CodeTaken: if the hotel has another season of this name.
    :raises Invalid: as for a new one; then the season stays as it was.
    """
    require(access, Permission.MANAGE_RATES, hotel_id)
    with _season_locked(hotel_id, season_id) as (row, products):
        before, earliest, latest = products.state_of(row), min(first, row.first), max(last, row.last)
        row.name, row.first, row.last = name.strip(), first, last
        rows = products.rows_of(prices)
        _require_right(row)
        with unique_within_hotel("/name"):
            row.save(force_update=True)
        _write(row, rows)
        refresh_lowest_rates(hotel_id, earliest, latest)
        record_changed(access, row, before, products.state_of(row))
        return _facts(row)


def remove_season(*, access: Access, hotel_id: UUID, season_id: UUID) -> None:
    """Take the season away: its nights cost what the rate plans say again; reservations keep their prices.

    :raises NotFound: if the hotel has none such.
    """
    require(access, Permission.MANAGE_RATES, hotel_id)
    with _season_locked(hotel_id, season_id) as (row, products):
        before = products.state_of(row)
        Season.objects.filter(id=row.id).delete()
        refresh_lowest_rates(hotel_id, row.first, row.last)
        record_removed(access, row, before)


def get_season(*, hotel_id: UUID, season_id: UUID) -> SeasonFacts:
    """A season of the hotel.

    :raises NotFound: if the hotel has none such.
    """
    row = selectors.seasons_of(hotel_id).filter(id=season_id).first()
    if row is None:
        raise NotFound("The hotel has no such season.")
    return selectors.season_facts(row)


def _facts(row: Season) -> SeasonFacts:
    return get_season(hotel_id=row.hotel_id, season_id=row.id)


@contextmanager
def _season_locked(hotel_id: UUID, season_id: UUID) -> Iterator[tuple[Season, "_Products"]]:
    """A transaction in which nobody else changes seasons or plans of the hotel."""
    with transaction.atomic():
        hotel = hotel_locked(hotel_id)
        row = Season.objects.filter(id=season_id, hotel_id=hotel_id).first()
        if row is None:
            raise NotFound("The hotel has no such season.")
        row.hotel = hotel
        yield row, _Products(hotel)


def _require_right(row: Season) -> None:
    """The hotel is locked by the caller, so that no other season takes the nights meanwhile.

    :raises Invalid: if not; naming the seasons that have some of the nights.
    """
    too_long = f"A season has at most {MAX_NIGHTS_OF_SEASON} nights."
    refuse_if(
        {
            "/name": None if row.name else "A season has a name.",
            "/to": "It is not before the first night."
            if row.last < row.first
            else too_long
            if (row.last - row.first).days >= MAX_NIGHTS_OF_SEASON
            else None,
        }
    )
    others = Season.objects.filter(hotel_id=row.hotel_id, first__lte=row.last, last__gte=row.first).exclude(id=row.id)
    items = [
        fault(
            "/from" if other.first <= row.first else "/to",
            f"{other.name} is from {other.first} to {other.last}: seasons do not overlap.",
            "overlap",
        )
        for other in others.order_by("first")
    ]
    if items:
        raise Invalid("Some of the nights belong to another season.", items=items)


@dataclass(frozen=True, kw_only=True)
class _Product:
    """A room type or a rate plan, as prices need it."""

    code: str
    max_adults: int = 0
    is_derived: bool = False


class _Products:
    """What a hotel sells, to check prices of its seasons and to tell of them."""

    def __init__(self, hotel: Hotel) -> None:
        self.currency = hotel.currency
        self.types = {
            id_: _Product(code=code, max_adults=adults)
            for id_, code, adults in RoomType.objects.filter(hotel=hotel).values_list("id", "code", "max_adults")
        }
        self.plans = {
            id_: _Product(code=code, is_derived=bool(ancestors))
            for id_, code, ancestors in RatePlan.objects.filter(hotel=hotel).values_list("id", "code", "ancestors")
        }

    def rows_of(self, prices: Sequence[SeasonRate]) -> list[dict[str, Any]]:
        """The rows of these prices, one for each weekday.

        :raises Invalid: naming each price that cannot be right.
        """
        items: list[Mapping[str, Any]] = []
        if len(prices) > MAX_PRICES:
            items.append(fault("/prices", f"At most {MAX_PRICES}."))
        rows: dict[tuple[UUID, UUID, int], dict[str, Any]] = {}
        for position, price in enumerate(prices[:MAX_PRICES]):
            pointer = f"/prices/{position}"
            items += self._faults(price, pointer)
            try:
                amounts = self._amounts(price, pointer)
            except Invalid as refusal:
                items += refusal.items
                continue
            for weekday in price.weekdays or _WEEK:
                key = (price.room_type_id, price.rate_plan_id, weekday)
                if key in rows and 0 < weekday <= len(_DAYS):
                    detail = f"There is a price of this product on {_DAYS[weekday - 1]} already."
                    items.append(fault(f"{pointer}/weekdays", detail, "repeated"))
                rows[key] = {"room_type_id": key[0], "rate_plan_id": key[1], "weekday": weekday} | amounts
        if items:
            raise Invalid("Some prices are not valid.", items=items)
        return list(rows.values())

    def _faults(self, price: SeasonRate, pointer: str) -> Iterator[Mapping[str, Any]]:
        room_type, plan = self.types.get(price.room_type_id), self.plans.get(price.rate_plan_id)
        if room_type is None:
            yield fault(f"{pointer}/room_type_id", "The hotel has no such room type.", "unknown")
        elif len(price.by_adults) > room_type.max_adults:
            yield fault(f"{pointer}/by_adults", f"The room sleeps at most {room_type.max_adults} adults.")
        if plan is None:
            yield fault(f"{pointer}/rate_plan_id", "The hotel has no such rate plan.", "unknown")
        elif plan.is_derived:
            detail = f"{plan.code} makes its price of its parent's: give the season a price of that one."
            yield fault(f"{pointer}/rate_plan_id", detail, "derived")
        for weekday in price.weekdays:
            if weekday not in _WEEK:
                yield fault(f"{pointer}/weekdays", "1 for Monday to 7 for Sunday.")

    def _amounts(self, price: SeasonRate, pointer: str) -> dict[str, Any]:
        by_adults = [
            minor_of(amount, self.currency, f"{pointer}/by_adults/{number}")
            for number, amount in enumerate(price.by_adults)
        ]
        amount_minor = minor_of(price.price, self.currency, f"{pointer}/price")
        return {"amount_minor": amount_minor, "by_adults": by_adults or None}

    def state_of(self, row: Season) -> dict[str, Any]:
        """What the audit log tells of a season: its dates, and one line of prices for each product."""
        lines: dict[str, list[str]] = {}
        stored = SeasonPrice.objects.filter(season=row).order_by("room_type_id", "rate_plan_id", "weekday")
        for price in stored:
            product = f"{self.types[price.room_type_id].code}/{self.plans[price.rate_plan_id].code}"
            amounts = [from_minor(amount, self.currency).amount for amount in price.by_adults or ()]
            shown = from_minor(price.amount_minor, self.currency).amount
            by_adults = f" ({', '.join(amounts)})" if amounts else ""
            lines.setdefault(product, []).append(f"{_DAYS[price.weekday - 1][:3]} {shown}{by_adults}")
        return state_of(row) | {product: "; ".join(days) for product, days in lines.items()}


_WRITE_NIGHTS = """
INSERT INTO inventory_seasonnight (hotel_id, night, season_id)
SELECT %(hotel)s, day::date, %(season)s
  FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS day
"""
_WRITE_PRICES = """
INSERT INTO inventory_seasonprice (season_id, room_type_id, rate_plan_id, weekday, amount_minor, by_adults)
SELECT %(season)s, price.room_type_id, price.rate_plan_id, price.weekday, price.amount_minor, price.by_adults
  FROM jsonb_to_recordset(%(prices)s::jsonb) AS price
       (room_type_id uuid, rate_plan_id uuid, weekday int, amount_minor bigint, by_adults bigint[])
"""


def _write(row: Season, prices: Sequence[Mapping[str, Any]]) -> None:
    """Let the season have these nights and prices and no others."""
    parameters: dict[str, Any] = {
        "hotel": row.hotel_id,
        "season": row.id,
        "first": row.first,
        "last": row.last,
        "prices": orjson.dumps(list(prices)).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_seasonnight WHERE season_id = %(season)s", parameters)
        cursor.execute("DELETE FROM inventory_seasonprice WHERE season_id = %(season)s", parameters)
        cursor.execute(_WRITE_NIGHTS, parameters)
        cursor.execute(_WRITE_PRICES, parameters)
