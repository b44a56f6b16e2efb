"""Searching a city or around a place: each hotel once, with its cheapest way to house the party.

Hotels are taken in order, priced exactly a few at a time, until a page is full: what a page costs does not grow with
the number of hotels. By total that order is the least that a hotel can cost, which is known ahead
(docs/decisions/0018-search-walks-the-hotels-in-order.md).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter
from uuid import UUID

import orjson
from django.conf import settings

from apps.inventory import policies
from apps.inventory.services._candidates import Candidates, HotelAhead, currencies_of, why_none
from apps.inventory.services._hotels import get_hotels
from apps.inventory.services._offers import (
    FREE_TYPES,
    FreeType,
    Sale,
    Way,
    cheapest_way,
    free_type,
    invalid,
    offer_of,
    require_possible_dates,
    stay_parameters,
)
from apps.inventory.services._rates import RateBook, charges_of_hotels
from apps.inventory.types import (
    AvailabilityPage,
    AvailabilityQuery,
    AvailableHotel,
    DatedAmount,
    HotelFacts,
    Ordering,
)
from apps.platform import clock
from apps.platform.db import RoundTrip, fetch_all
from apps.platform.money import from_minor, is_currency, to_minor

# How many hotels are priced at once, at least and at most.
_FEW, _MANY = 8, 40
# The candidates by total come from a statement that looks at all hotels of the city: so many at once are enough.
_AHEAD = 400
# Of how many of them the charges are looked at together.
_CHARGED = 60

Place = tuple[int | str, ...]
"""Where a hotel stands in the results: compares with other places of the same ordering and is never shared."""


@dataclass(frozen=True, kw_only=True)
class _Match:
    """A hotel that can house the party, with its cheapest way to do so."""

    place: Place
    hotel: HotelFacts
    metres: int | None
    way: Way
    sale: Sale


@dataclass(frozen=True, kw_only=True)
class _Limits:
    """What the party may pay in all, in minor units of one currency."""

    currency: str | None
    least_minor: int | None
    most_minor: int | None


def search_availability(query: AvailabilityQuery) -> AvailabilityPage:
    """One page of the hotels that can house the party, the best of `ordering` first.

    :raises Invalid: naming the parameter that cannot be right, or that is missing for the comparison of totals.
    """
    require_possible_dates(query.arrival, query.departure)
    _require_place(query)
    limits = _limits(query)
    forward, place = (True, None) if query.cursor is None else _read_cursor(query.cursor, query.ordering)
    candidates = Candidates(query, currency=limits.currency, most_minor=limits.most_minor)
    find = _by_total if query.ordering is Ordering.TOTAL else _in_order
    # One more than is shown tells whether there is another page.
    found = find(query, limits, candidates, place, forward=forward)
    shown = found[: query.limit] if forward else found[: query.limit][::-1]
    if not shown and place is None:
        _refuse_if_dates_are_why(query)
    is_more = len(found) > query.limit
    has_next, has_previous = (is_more, place is not None) if forward else (True, is_more)
    return AvailabilityPage(
        results=tuple(_available(query, match) for match in shown),
        next_cursor=_cursor(query.ordering, shown[-1].place, forward=True) if shown and has_next else None,
        previous_cursor=_cursor(query.ordering, shown[0].place, forward=False) if shown and has_previous else None,
    )


def _require_place(query: AvailabilityQuery) -> None:
    if query.city is None and query.near is None:
        raise invalid("city", "Name a city, or a place with a radius: `near=latitude,longitude,kilometres`.")
    if query.city is None and query.near is not None and query.near.km is None:
        raise invalid("near", "Without a city, say within how many kilometres of the place.")
    if query.ordering is Ordering.DISTANCE and query.near is None:
        raise invalid("near", "Ordering by distance needs the place to be near to.")


def _limits(query: AvailabilityQuery) -> _Limits:
    """The totals that the guest allows. Totals of several currencies do not compare."""
    currency = query.currency
    if currency is not None and not is_currency(currency):
        raise invalid("currency", "Not an active ISO 4217 currency.")
    compares = query.ordering is Ordering.TOTAL or query.min_total is not None or query.max_total is not None
    if compares and currency is None:
        currencies = currencies_of(query)
        if len(currencies) > 1:
            raise invalid("currency", f"The hotels have several currencies, name one of them: {', '.join(currencies)}.")
        currency = currencies[0] if currencies else None
    return _Limits(
        currency=currency,
        least_minor=_minor(query.min_total, currency, "min_total"),
        most_minor=_minor(query.max_total, currency, "max_total"),
    )


def _minor(total: Decimal | None, currency: str | None, parameter: str) -> int | None:
    if total is None or currency is None:
        return None
    try:
        return to_minor(total, currency)
    except ValueError as error:
        raise invalid(parameter, str(error)) from error


def _refuse_if_dates_are_why(query: AvailabilityQuery) -> None:
    dates = {"arrival": query.arrival, "departure": query.departure}
    why = why_none(query, dates | {"instant": clock.system_now(), "horizon": settings.INVENTORY_HORIZON_NIGHTS})
    if why.get("is_past"):
        raise invalid("arrival", "The arrival is past at all these hotels.")
    if why.get("is_beyond"):
        raise invalid("departure", "None of these hotels sells nights that far ahead.")


def _in_order(
    query: AvailabilityQuery, limits: _Limits, candidates: Candidates, place: Place | None, *, forward: bool
) -> list[_Match]:
    """The first matches beyond a place, where a hotel's place is known before it is priced."""
    wanted = query.limit + 1
    found: list[_Match] = []
    looked_at = 0
    while len(found) < wanted:
        count = _batch(wanted, len(found), looked_at)
        hotels = candidates.after(place, count=count, forward=forward)
        found += _matches(query, limits, hotels)
        looked_at += len(hotels)
        if len(hotels) < count:
            break
        place = hotels[-1].place
    return found


def _by_total(
    query: AvailabilityQuery, limits: _Limits, candidates: Candidates, place: Place | None, *, forward: bool
) -> list[_Match]:
    """The first matches beyond a total. Hotels come by the least they can cost: once no later one can be cheaper than
    the last of the page, the page is right. Before a total there can only be hotels that can cost less than it.
    """
    wanted = query.limit + 1
    found: list[_Match] = []
    looked_at = 0
    ahead = _Ahead(query, candidates)
    while hotel := ahead.first():
        is_full = forward and len(found) >= wanted
        most = found[wanted - 1].way.total_minor if is_full else None
        is_beyond = not forward and place is not None and hotel.place > place
        if is_beyond or (most is not None and hotel.key[0] > most):
            break
        batch = ahead.take(_MANY if is_full or not forward else _batch(wanted, len(found), looked_at), most)
        looked_at += len(batch)
        beyond = [
            match
            for match in _matches(query, limits, batch)
            if place is None or (match.place > place if forward else match.place < place)
        ]
        found = sorted([*found, *beyond], key=attrgetter("place"), reverse=not forward)
    return found


class _Ahead:
    """The candidates by what they can cost at the least, charges included.

    The order of the statement knows of nights only. So some of it are read ahead, and each gets what its charges add
    at the least: the first of them is the first of all once no later one of the statement's order is before it.
    """

    def __init__(self, query: AvailabilityQuery, candidates: Candidates) -> None:
        self._query, self._candidates = query, candidates
        self._nights = policies.nights_of(query.arrival, query.departure)
        self._known: list[HotelAhead] = []
        self._next: list[HotelAhead] = []
        self._last: HotelAhead | None = None
        self._is_over = False

    def first(self) -> HotelAhead | None:
        """The next one, which stays where it is."""
        while self._read() and not (self._known and self._known[0].place <= self._next[0].place):
            lot, self._next = self._next[:_CHARGED], self._next[_CHARGED:]
            self._known = sorted([*self._known, *self._with_charges(lot)], key=attrgetter("place"))
        return self._known[0] if self._known else None

    def take(self, count: int, most: int | None) -> Sequence[HotelAhead]:
        """The next so many, but none that costs more than `most` at the least."""
        if most is not None:
            count = min(count, sum(hotel.key[0] <= most for hotel in self._known))
        taken, self._known = self._known[:count], self._known[count:]
        return taken

    def _read(self) -> bool:
        """Whether there are more of the statement's order; some hundreds at a time."""
        if not self._next and not self._is_over:
            place = None if self._last is None else self._last.place
            self._next = list(self._candidates.after(place, count=_AHEAD))
            self._is_over = len(self._next) < _AHEAD
            self._last = self._next[-1] if self._next else None
        return bool(self._next)

    def _with_charges(self, hotels: Sequence[HotelAhead]) -> Iterator[HotelAhead]:
        charges = charges_of_hotels([hotel.hotel_id for hotel in hotels])
        for hotel in hotels:
            (least,) = hotel.key
            added = policies.least_added(charges.get(hotel.hotel_id, ()), self._nights, self._query.party, least)
            yield replace(hotel, key=(least + added,)) if added else hotel


def _batch(wanted: int, found: int, looked_at: int) -> int:
    """How many hotels to price next: about as many as it will take, going by how many were free so far."""
    lacking = max(0, wanted - found)
    share = (found + 1) / (looked_at + 1)
    return min(_MANY, max(_FEW, round(lacking / share * 1.1)))


def _matches(query: AvailabilityQuery, limits: _Limits, hotels: Sequence[HotelAhead]) -> Iterator[_Match]:
    """Those of the hotels that can house the party at a total within the limits, in the order of the hotels."""
    parameters = stay_parameters([hotel.hotel_id for hotel in hotels], query.arrival, query.departure, query.party)
    types: dict[UUID, list[FreeType]] = {}
    for row in fetch_all(FREE_TYPES, parameters, prepared=True):
        types.setdefault(row["hotel_id"], []).append(free_type(row))
    if not types:
        return
    facts = get_hotels(types)
    book = RateBook(
        RoundTrip(),
        hotels=list(types),
        types=[one.priced.id for free in types.values() for one in free],
        first=query.arrival,
        last=query.departure,
    )
    sale = Sale(book, arrival=query.arrival, departure=query.departure)
    for hotel in hotels:
        if hotel.hotel_id not in types:
            continue
        way = cheapest_way(facts[hotel.hotel_id], types[hotel.hotel_id], query.party, sale)
        if way is not None and _is_within(way.total_minor, limits):
            by_total = query.ordering is Ordering.TOTAL
            yield _Match(
                place=(way.total_minor, str(hotel.hotel_id)) if by_total else hotel.place,
                hotel=facts[hotel.hotel_id],
                metres=hotel.metres,
                way=way,
                sale=sale,
            )


def _is_within(total_minor: int, limits: _Limits) -> bool:
    return (limits.least_minor is None or limits.least_minor <= total_minor) and (
        limits.most_minor is None or total_minor <= limits.most_minor
    )


def _cursor(ordering: Ordering, place: Place, *, forward: bool) -> str:
    return urlsafe_b64encode(orjson.dumps([ordering, forward, place])).decode().rstrip("=")


def _read_cursor(cursor: str, ordering: Ordering) -> tuple[bool, Place]:
    try:
        known, forward, place = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        *numbers, name = place
        right = known == ordering and len(numbers) == (2 if ordering is Ordering.RATING else 1)
        if not right or not all(type(number) is int and abs(number) < 2**62 for number in numbers):
            raise ValueError("not a place of this ordering")
        return bool(forward), (*numbers, str(UUID(name)))
    except (ValueError, TypeError, AttributeError) as error:
        raise invalid("cursor", "Follow the links of a page; a cursor of another ordering does not fit.") from error


def _available(query: AvailabilityQuery, match: _Match) -> AvailableHotel:
    hotel = match.hotel
    priced = [
        match.sale.priced(hotel, one.priced, plan, occupancy)
        for occupancy, (one, plan) in zip(query.party, match.way.rooms, strict=True)
    ]
    terms = policies.merged(stay.terms for stay in priced)
    return AvailableHotel(
        hotel=hotel,
        distance_km=None if match.metres is None else match.metres / 1000,
        offers=tuple(
            offer_of(hotel, one, plan, stay, occupancy=occupancy, party=query.party)
            for occupancy, (one, plan), stay in zip(query.party, match.way.rooms, priced, strict=True)
        ),
        rooms_left=min(one.rooms_left for one, _ in match.way.rooms),
        total=from_minor(match.way.total_minor, hotel.currency),
        nights=tuple(
            DatedAmount(
                date=nights[0].night, amount=from_minor(sum(night.amount_minor for night in nights), hotel.currency)
            )
            for nights in zip(*(stay.nights for stay in priced), strict=True)
        ),
        cancellation=policies.cancellation_of(terms, hotel.currency),
    )
