"""Which hotels may answer a search, in its order: one plain statement over hotels, before any room is looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from apps.inventory import policies
from apps.inventory.services._generation import BUSINESS_DATE
from apps.inventory.services._lowest_rates import month_of
from apps.inventory.types import AvailabilityQuery, Ordering
from apps.platform.db import fetch_all, fetch_one

# Hotels of unknown place, or without a rating, come last.
NOWHERE = 10**9

METRES = """
round(2 * 6371008.8 * asin(least(1, sqrt(
    power(sin((radians(hotel.latitude::float8) - radians(%(latitude)s::float8)) / 2), 2)
    + cos(radians(%(latitude)s::float8)) * cos(radians(hotel.latitude::float8))
    * power(sin(radians(hotel.longitude::float8 - %(longitude)s::float8) / 2), 2)))))::bigint"""

# By what each order sorts before the id. By rating it is word by word what the index hotel_city_rating has, for a page
# to start in the middle of it.
_KEYS = {
    Ordering.RATING: ("COALESCE((hotel.rating_average * -100)::integer, 1)", "(hotel.rating_count * -1)"),
    Ordering.DISTANCE: (f"COALESCE({METRES}, {NOWHERE})",),
}

_WITHIN_BOX = """hotel.latitude BETWEEN %(south)s::numeric AND %(north)s::numeric
   AND (hotel.longitude BETWEEN %(west0)s::numeric AND %(east0)s::numeric
        OR hotel.longitude BETWEEN %(west1)s::numeric AND %(east1)s::numeric)"""


@dataclass(frozen=True, kw_only=True)
class HotelAhead:
    """A hotel that fits all but perhaps the dates, the party and the price.

    :param key: where it stands in the order; for totals where it stands at the earliest.
    """

    hotel_id: UUID
    key: tuple[int, ...]
    metres: int | None

    @property
    def place(self) -> tuple[int | str, ...]:
        """Compares with other places of the same ordering and is never shared."""
        return (*self.key, str(self.hotel_id))


class Candidates:
    """The hotels that fit a search, from any place of its order in either direction."""

    def __init__(self, query: AvailabilityQuery, *, currency: str | None, most_minor: int | None) -> None:
        self._query = query
        self._conditions, self._parameters = conditions_of(query)
        if currency is not None:
            self._conditions.append("hotel.currency = %(currency)s")
            self._parameters["currency"] = currency
        self._bound, self._joins = "", ""
        if query.ordering is Ordering.TOTAL or most_minor is not None:
            self._bound, self._joins, parameters = _bound_of(query)
            self._parameters |= parameters
        if most_minor is not None:
            self._conditions.append(f"{self._bound} <= %(most)s::bigint")
            self._parameters["most"] = most_minor

    def after(self, place: Sequence[int | str] | None, *, count: int, forward: bool = True) -> Sequence[HotelAhead]:
        """The next so many beyond a place, or from the beginning, in the order of the walk."""
        expressions = _KEYS.get(self._query.ordering, (self._bound,))
        key, direction = ", ".join(expressions), "ASC" if forward else "DESC"
        conditions, parameters = list(self._conditions), self._parameters | {"count": count}
        if place is not None:
            values = [f"%(key{number})s::bigint" for number in range(len(expressions))]
            conditions.append(f"({key}, hotel.id) {'>' if forward else '<'} ({', '.join(values)}, %(id)s::uuid)")
            parameters |= {f"key{number}": value for number, value in enumerate(place[:-1])} | {"id": place[-1]}
        order = ", ".join(f"{expression} {direction}" for expression in (*expressions, "hotel.id"))
        metres = METRES if self._query.near else "NULL::bigint"
        rows = fetch_all(
            f"SELECT hotel.id, ARRAY[{key}]::bigint[] AS key, {metres} AS metres"  # noqa: S608 - constants only
            f" FROM inventory_hotel AS hotel {self._joins}"
            f" WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT %(count)s",
            parameters,
        )
        return [HotelAhead(hotel_id=row["id"], key=tuple(row["key"]), metres=row["metres"]) for row in rows]


def currencies_of(query: AvailabilityQuery) -> list[str]:
    """The currencies of all hotels that fit but for dates, party and price."""
    conditions, parameters = conditions_of(query)
    sql = f"SELECT DISTINCT hotel.currency FROM inventory_hotel AS hotel WHERE {' AND '.join(conditions)} ORDER BY 1"  # noqa: S608 - constants only
    return [row["currency"] for row in fetch_all(sql, parameters)]


def why_none(query: AvailabilityQuery, parameters: dict[str, Any]) -> dict[str, Any]:
    """Whether the dates are past, or too far ahead, at all hotels that fit."""
    conditions, given = conditions_of(query)
    row = fetch_one(
        f"SELECT bool_and({BUSINESS_DATE} > %(arrival)s) AS is_past,"  # noqa: S608 - constants only
        f" bool_and({BUSINESS_DATE} + %(horizon)s < %(departure)s) AS is_beyond"
        f" FROM inventory_hotel AS hotel WHERE {' AND '.join(conditions)}",
        parameters | given,
    )
    return row or {}


def conditions_of(query: AvailabilityQuery) -> tuple[list[str], dict[str, Any]]:
    """What a hotel must be to fit, but for currency, dates, party and price."""
    conditions, parameters = ["hotel.archived_at IS NULL", "NOT hotel.is_sandbox"], dict[str, Any]()
    if query.city is not None:
        conditions.append("lower(hotel.city) = lower(%(city)s)")
        parameters["city"] = query.city
    if query.min_rating is not None:
        conditions.append("hotel.rating_average >= %(min_rating)s::numeric")
        parameters["min_rating"] = query.min_rating
    if query.stars is not None:
        conditions.append("hotel.stars >= %(stars)s::int")
        parameters["stars"] = query.stars
    if query.amenities:
        conditions.append("hotel.amenities @> %(amenities)s::varchar[]")
        parameters["amenities"] = list(query.amenities)
    if query.near is not None:
        # (As floats: PostgreSQL would refuse to make one of a number as small as 1e-400.)
        parameters |= {"latitude": float(query.near.latitude), "longitude": float(query.near.longitude)}
        if query.near.km is not None:
            south, north, ranges = policies.box_around(query.near)
            conditions += [_WITHIN_BOX, f"{METRES} <= %(metres)s::bigint"]
            parameters |= {"south": south, "north": north, "metres": int(query.near.km * 1000)}
            for number, (west, east) in enumerate((ranges[0], ranges[-1])):
                parameters |= {f"west{number}": west, f"east{number}": east}
    return conditions, parameters


def _bound_of(query: AvailabilityQuery) -> tuple[str, str, dict[str, Any]]:
    """The least that the party can pay at a hotel, as SQL with the joins and parameters that it needs."""
    rooms = [0, 0, 0]
    for room in query.party:
        rooms[min(room.adults, 3) - 1] += 1
    parameters: dict[str, Any] = {}
    terms, joins = [], []
    for number, (month, first, beyond) in enumerate(_months(query.arrival, query.departure)):
        rate = f"month{number}"
        joins.append(
            f"LEFT JOIN inventory_lowestrate AS {rate}"
            f" ON {rate}.hotel_id = hotel.id AND {rate}.month = %({rate})s::date"
        )
        parameters[rate] = month
        each = " + ".join(
            f"{count} * ({rate}.{name}[{beyond}] - {rate}.{name}[{first}])"
            for name, count in zip(("for_one", "for_two", "for_more"), rooms, strict=True)
            if count
        )
        terms.append(f"COALESCE({each}, 0)")
    return f"({' + '.join(terms)})", " ".join(joins), parameters


def _months(arrival: date, departure: date) -> Iterator[tuple[date, int, int]]:
    """Each month of a stay with the day of its first night there, and the day after its last one."""
    first = arrival
    while first < departure:
        beyond = min(departure, month_of(month_of(first) + timedelta(days=31)))
        yield month_of(first), first.day, first.day + (beyond - first).days
        first = beyond
