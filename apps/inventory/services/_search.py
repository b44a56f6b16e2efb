"""Searching a city: each hotel once, with its cheapest way to house the party.

Three statements, however many hotels there are.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from apps.inventory import policies
from apps.inventory.services._generation import BUSINESS_DATE
from apps.inventory.services._hotels import get_hotels
from apps.inventory.services._offers import (
    FREE_TYPES,
    FreeType,
    Sale,
    free_type,
    invalid,
    offer_of,
    require_possible_dates,
    stay_parameters,
)
from apps.inventory.services._rates import Plan
from apps.inventory.types import (
    AvailabilityPage,
    AvailabilityQuery,
    AvailableHotel,
    Candidate,
    DatedAmount,
    HotelFacts,
    Ordering,
    PartyRoom,
    PricedStay,
)
from apps.platform.db import fetch_all, fetch_one
from apps.platform.money import from_minor, is_currency, to_minor

# Places in the order of results: hotels without a rating, or of unknown place, come last.
_NO_RATING = 1
_NO_PLACE = 10**9

_MATCHING = """
   AND lower(hotel.city) = lower(%(city)s)
   AND (%(currency)s::text IS NULL OR hotel.currency = %(currency)s)
   AND (%(min_rating)s::numeric IS NULL OR hotel.rating_average >= %(min_rating)s)"""
_WHY_NONE = f"""
SELECT bool_and({BUSINESS_DATE} > %(arrival)s) AS is_past,
       bool_and({BUSINESS_DATE} + %(horizon)s < %(departure)s) AS is_beyond
  FROM inventory_hotel AS hotel WHERE hotel.archived_at IS NULL {_MATCHING}
"""  # noqa: S608 - constants only


@dataclass(frozen=True, kw_only=True)
class _Match:
    """A hotel that can house the party, in its cheapest way: a room type and a product for each of its rooms."""

    hotel_id: UUID
    currency: str
    rating: tuple[int, int]
    metres: int | None
    rooms: tuple[tuple[FreeType, Plan, PricedStay], ...]
    total_minor: int

    def place(self, ordering: Ordering) -> tuple[int | str, ...]:
        """Where the match stands: compares with other places of the same ordering and is never shared."""
        by: dict[Ordering, tuple[int, ...]] = {
            Ordering.RATING: self.rating,
            Ordering.TOTAL: (self.total_minor,),
            Ordering.DISTANCE: (_NO_PLACE if self.metres is None else self.metres,),
        }
        return (*by[ordering], str(self.hotel_id))


def search_availability(query: AvailabilityQuery) -> AvailabilityPage:
    """One page of the hotels of a city that can house the party, the best of `ordering` first.

    :raises Invalid: naming the parameter that cannot be right, or that is missing for the comparison of totals.
    """
    require_possible_dates(query.arrival, query.departure)
    _require_comparable(query)
    parameters = stay_parameters(query.arrival, query.departure, query.party) | {
        "city": query.city,
        "currency": query.currency,
        "min_rating": query.min_rating,
    }
    rows = fetch_all(FREE_TYPES + _MATCHING, parameters)
    if not rows:
        _refuse_if_dates_are_why(parameters)
    free = [free_type(row) for row in rows]
    hotels = get_hotels({one.hotel_id for one in free}) if free else {}
    sale = Sale(
        arrival=query.arrival,
        departure=query.departure,
        hotels=list(hotels),
        types=[one.shown.id for one in free],
        code="",
        staff=False,
    )
    matches = _within(query, list(_matches(query, hotels, free, sale)))
    return _page(query, matches, hotels)


def _require_comparable(query: AvailabilityQuery) -> None:
    if query.currency is not None and not is_currency(query.currency):
        raise invalid("currency", "Not an active ISO 4217 currency.")
    if query.ordering is Ordering.DISTANCE and query.near is None:
        raise invalid("near", "Ordering by distance needs the place to be near to.")


def _refuse_if_dates_are_why(parameters: Mapping[str, Any]) -> None:
    why = fetch_one(_WHY_NONE, parameters) or {}
    if why.get("is_past"):
        raise invalid("arrival", "The arrival is past at all hotels of the city.")
    if why.get("is_beyond"):
        raise invalid("departure", "No hotel of the city sells nights that far ahead.")


def _matches(
    query: AvailabilityQuery, hotels: Mapping[UUID, HotelFacts], free: Sequence[FreeType], sale: Sale
) -> Iterator[_Match]:
    by_hotel: dict[UUID, list[FreeType]] = {}
    for one in free:
        by_hotel.setdefault(one.hotel_id, []).append(one)
    for hotel_id, types in by_hotel.items():
        match = _match(query, hotels[hotel_id], types, sale)
        if match is not None:
            yield match


def _match(query: AvailabilityQuery, hotel: HotelFacts, types: Sequence[FreeType], sale: Sale) -> _Match | None:
    cheapest = [_cheapest(query, hotel, one, sale) for one in types]
    candidates = [
        Candidate(rooms_left=one.rooms_left, totals=[None if best is None else best[1].total_minor for best in by_room])
        for one, by_room in zip(types, cheapest, strict=True)
    ]
    housing = policies.house_the_party(candidates, len(query.party))
    if housing is None:
        return None
    chosen = [
        (types[position], *best)
        for room, position in enumerate(housing)
        if (best := cheapest[position][room]) is not None
    ]
    return _Match(
        hotel_id=hotel.id,
        currency=hotel.currency,
        rating=(
            (_NO_RATING, 0) if hotel.rating_average is None else (-int(hotel.rating_average * 100), -hotel.rating_count)
        ),
        metres=_metres(query, hotel),
        rooms=tuple(chosen),
        total_minor=sum(priced.total_minor for _, _, priced in chosen),
    )


def _cheapest(
    query: AvailabilityQuery, hotel: HotelFacts, one: FreeType, sale: Sale
) -> list[tuple[Plan, PricedStay] | None]:
    """For each room of the party the cheapest plan that sells it this room type."""
    plans = [plan for plan in sale.plans_of(hotel.id) if not sale.broken(hotel, one.priced, plan)]
    best: dict[PartyRoom, tuple[Plan, PricedStay] | None] = {}
    for occupancy in dict.fromkeys(query.party):
        priced = [(plan, sale.priced(hotel, one.priced, plan, occupancy)) for plan in plans if one.fits(occupancy)]
        best[occupancy] = min(priced, key=lambda found: found[1].total_minor, default=None)
    return [best[room] for room in query.party]


def _metres(query: AvailabilityQuery, hotel: HotelFacts) -> int | None:
    if query.near is None or hotel.latitude is None or hotel.longitude is None:
        return None
    return round(policies.distance_km(query.near, hotel.latitude, hotel.longitude) * 1000)


def _within(query: AvailabilityQuery, matches: list[_Match]) -> list[_Match]:
    """The matches within the distance and the total that the guest set."""
    if query.near is not None and query.near.km is not None:
        metres = query.near.km * 1000
        matches = [match for match in matches if match.metres is not None and match.metres <= metres]
    if query.max_total is None and query.ordering is not Ordering.TOTAL:
        return matches
    currencies = sorted({match.currency for match in matches})
    if len(currencies) > 1:
        raise invalid("currency", f"The hotels have several currencies, name one of them: {', '.join(currencies)}.")
    if query.max_total is None or not currencies:
        return matches
    try:
        most = to_minor(query.max_total, currencies[0])
    except ValueError as error:
        raise invalid("max_total", str(error)) from error
    return [match for match in matches if match.total_minor <= most]


def _page(query: AvailabilityQuery, matches: list[_Match], hotels: Mapping[UUID, HotelFacts]) -> AvailabilityPage:
    ordered = sorted(matches, key=lambda match: match.place(query.ordering))
    places = [match.place(query.ordering) for match in ordered]
    first = 0
    if query.cursor is not None:
        forward, place = _read_cursor(query.cursor, query.ordering)
        first = sum(known <= place for known in places) if forward else sum(known < place for known in places)
        first = first if forward else max(0, first - query.limit)
    shown = ordered[first : first + query.limit]
    end = first + len(shown)
    return AvailabilityPage(
        results=tuple(_available(query, hotels[match.hotel_id], match) for match in shown),
        next_cursor=_cursor(query.ordering, places[end - 1], forward=True) if end < len(ordered) else None,
        previous_cursor=_cursor(query.ordering, places[first], forward=False) if shown and first > 0 else None,
    )


def _cursor(ordering: Ordering, place: tuple[int | str, ...], *, forward: bool) -> str:
    return urlsafe_b64encode(orjson.dumps([ordering, forward, place])).decode().rstrip("=")


def _read_cursor(cursor: str, ordering: Ordering) -> tuple[bool, tuple[int | str, ...]]:
    try:
        known, forward, place = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        *numbers, name = place
        right = known == ordering and len(numbers) == (2 if ordering is Ordering.RATING else 1)
        if not right or not isinstance(name, str) or not all(type(number) is int for number in numbers):
            raise ValueError("not a place of this ordering")
    except (ValueError, TypeError) as error:
        raise invalid("cursor", "Follow the links of a page; a cursor of another ordering does not fit.") from error
    return bool(forward), (*numbers, name)


def _available(query: AvailabilityQuery, hotel: HotelFacts, match: _Match) -> AvailableHotel:
    terms = policies.merged(priced.terms for _, _, priced in match.rooms)
    return AvailableHotel(
        hotel=hotel,
        distance_km=None if match.metres is None else match.metres / 1000,
        offers=tuple(
            offer_of(hotel, one, plan, priced, occupancy=room, party=query.party)
            for room, (one, plan, priced) in zip(query.party, match.rooms, strict=True)
        ),
        rooms_left=min(one.rooms_left for one, _, _ in match.rooms),
        total=from_minor(match.total_minor, match.currency),
        nights=tuple(
            DatedAmount(date=night, amount=from_minor(sum(amounts), match.currency))
            for night, amounts in _nightly(match)
        ),
        cancellation=policies.cancellation_of(terms, match.currency),
    )


def _nightly(match: _Match) -> Iterator[tuple[date, list[int]]]:
    """Each night with what the rooms of the party cost."""
    for nights in zip(*(priced.nights for _, _, priced in match.rooms), strict=True):
        yield nights[0].night, [night.amount_minor for night in nights]
