"""Pricing stays and saying, from a plain read, whether they could be sold now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.inventory import policies
from apps.inventory.policies import MAX_NIGHTS
from apps.inventory.services._errors import (
    NoRoomsLeft,
    OfferChanged,
    Restricted,
    StayNotAllowed,
    broken_restriction,
    missing_night,
    unknown_products,
)
from apps.inventory.services._labels import HotelLabel
from apps.inventory.services._offer_ids import offer_id_of
from apps.inventory.services._quoted_stays import QuotedStay, StayRequest, quoted_stay, read_stays
from apps.inventory.types import (
    PricedStay,
)
from apps.platform import clock
from apps.platform.db import RoundTrip, Rows
from apps.platform.errors import Invalid, NotFound, Problem
from apps.platform.money import from_minor


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a plain read says of some stays: prices to be kept, and whether they seem possible.

    :param refusal: the certain refusal: a night is closed or full even with overdue holds counted as free, a
        restriction is in the way, or an accepted offer no longer holds.
    :param overdue_in_the_way: the stays fit only once overdue holds have been released.
    :param least_left: rooms that stay free on the tightest night after this sale.
    """

    hotel: HotelLabel
    currency: str
    stays: tuple[QuotedStay, ...]
    refusal: Problem | None
    overdue_in_the_way: bool
    least_left: int


_NOTHING: Mapping[tuple[UUID, date], int] = {}


def price_stays(
    trip: RoundTrip,
    *,
    hotel_id: UUID,
    stays: Sequence[StayRequest],
    unrestricted: bool = False,
    beyond_limit: bool = False,
    freed: Mapping[tuple[UUID, date], int] = _NOTHING,
) -> Callable[[], Quote]:
    """Price each night of `stays` and say whether they could be sold now. One statement, which travels along; no lock.

    :param unrestricted: neither restrictions nor a stop of the sale are asked, because staff have said why.
    :param beyond_limit: nor how many rooms are left.
    :param freed: rooms that the same command gives back, by room type and night.
    :raises Invalid: if the dates cannot be right.

    What is returned gives the quote.

    :raises NotFound: if there is no such hotel.
    :raises Invalid: if dates, room type or rate plan cannot be right; the pointer names the room.
    :raises StayNotAllowed: if a party does not fit its room.
    """
    _require_possible_dates(stays)
    now = clock.now()
    read = read_stays(trip, hotel_id=hotel_id, stays=stays, now=now)
    return lambda: _quote_from(
        read(), hotel_id, stays, now, unrestricted=unrestricted, beyond_limit=beyond_limit, freed=freed
    )


def _quote_from(
    rows: Rows,
    hotel_id: UUID,
    stays: Sequence[StayRequest],
    now: datetime,
    *,
    unrestricted: bool,
    beyond_limit: bool,
    freed: Mapping[tuple[UUID, date], int],
) -> Quote:
    if not rows:
        raise NotFound("There is no such hotel.")
    hotel = rows[0]
    today = policies.business_date(now, hotel["time_zone"], hotel["business_day_rollover"])
    _require_sellable_dates(stays, today)
    by_position: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_position.setdefault(row["position"], []).append(row)
    _require_known_products(stays, by_position)
    charges = [policies.charge_rule(charge) for charge in hotel["charges"] or ()]
    quoted = tuple(quoted_stay(stay, by_position[position], charges, today) for position, stay in enumerate(stays))
    changed = [_changed_offer(hotel_id, stay, hotel["currency"]) for stay in quoted if _has_changed(stay, now)]
    quoted = tuple(_as_pinned(stay, now) for stay in quoted)
    missing, overdue, least = _room_for(quoted, unrestricted=unrestricted, beyond_limit=beyond_limit, freed=freed)
    refusal: Problem | None = missing
    if refusal is None and not unrestricted:
        refusal = _restricted(quoted)
    if refusal is None and changed:
        refusal = OfferChanged(extra={"offers": changed})
    return Quote(
        hotel=HotelLabel(name=hotel["hotel_name"], time_zone=hotel["time_zone"], business_date=today),
        currency=hotel["currency"],
        stays=quoted,
        refusal=refusal,
        overdue_in_the_way=overdue and refusal is None and not beyond_limit,
        least_left=least,
    )


def _require_possible_dates(stays: Sequence[StayRequest]) -> None:
    for stay in stays:
        if stay.departure <= stay.arrival:
            raise _invalid_date(stay, "departure", "The departure is after the arrival.")
        if stay.departure - stay.arrival > timedelta(days=MAX_NIGHTS):
            raise _invalid_date(stay, "departure", f"A stay has at most {MAX_NIGHTS} nights.")


def _require_sellable_dates(stays: Sequence[StayRequest], today: date) -> None:
    last = today + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS)
    for stay in stays:
        before = stay.before
        if stay.arrival < today and (before is None or stay.arrival != before.arrival):
            raise _invalid_date(stay, "arrival", f"It is {today} at the hotel: the arrival cannot be before that.")
        if before is not None and stay.departure < today and stay.departure != before.departure:
            raise _invalid_date(stay, "departure", f"It is {today} at the hotel: the departure cannot be before that.")
        if stay.departure > last and (before is None or stay.departure != before.departure):
            raise _invalid_date(stay, "departure", f"The hotel sells nights up to {last}.")


def _invalid_date(stay: StayRequest, name: str, detail: str) -> Invalid:
    item = {"code": "invalid_date", "detail": detail, "pointer": f"{stay.dates_pointer}/{name}"}
    return Invalid(detail, items=[item])


def _require_known_products(stays: Sequence[StayRequest], by_position: Mapping[int, list[dict[str, Any]]]) -> None:
    unknown: list[str] = []
    too_many: list[dict[str, Any]] = []
    for position, stay in enumerate(stays):
        row, pointer = by_position[position][0], stay.pointer
        products = ((row["type_id"], "room_type_id"), (row["plan_id"], "rate_plan_id"))
        unknown += [f"{pointer}/{name}" for found, name in products if found is None]
        is_new_party = stay.before is None or not stay.before.is_same_party
        if (
            row["type_id"] is not None
            and is_new_party
            and (stay.adults > row["max_adults"] or len(stay.children_ages) > row["max_children"])
        ):
            detail = f"Sleeps at most {row['max_adults']} adults and {row['max_children']} children."
            too_many.append({"code": "occupancy", "detail": detail, "pointer": pointer})
    if unknown:
        raise unknown_products(unknown)
    if too_many:
        raise StayNotAllowed(items=too_many)


def _has_changed(stay: QuotedStay, now: datetime) -> bool:
    """Whether an offer that was accepted too late would be another one now."""
    pinned = stay.request.pinned
    return pinned is not None and now >= pinned.holds_until and not _same(stay.priced, pinned.priced)


def _same(one: PricedStay, other: PricedStay) -> bool:
    """Whether the guest would see no difference; who set a price is none."""
    amounts = [[night.amount_minor for night in priced.nights] for priced in (one, other)]
    rest = [
        (priced.charges, priced.total_minor, priced.due_now_minor, priced.terms, priced.no_show_minor, priced.guarantee)
        for priced in (one, other)
    ]
    return amounts[0] == amounts[1] and rest[0] == rest[1]


def _as_pinned(stay: QuotedStay, now: datetime) -> QuotedStay:
    """The stay at the price and on the terms of its offer, as long as that holds."""
    pinned = stay.request.pinned
    return stay if pinned is None or now >= pinned.holds_until else replace(stay, priced=pinned.priced)


def _changed_offer(hotel_id: UUID, stay: QuotedStay, currency: str) -> dict[str, Any]:
    request = stay.request
    return {
        "pointer": request.pointer,
        "offer_id": offer_id_of(
            hotel_id=hotel_id,
            room_type_id=request.room_type_id,
            rate_plan_id=request.rate_plan_id,
            occupancy=request.occupancy,
            priced=stay.priced,
        ),
        "total": from_minor(stay.priced.total_minor, currency),
        "due_now": from_minor(stay.priced.due_now_minor, currency),
        "cancellation": policies.cancellation_of(stay.priced.terms, currency),
    }


def _room_for(
    stays: Sequence[QuotedStay],
    *,
    unrestricted: bool,
    beyond_limit: bool,
    freed: Mapping[tuple[UUID, date], int],
) -> tuple[NoRoomsLeft | None, bool, int]:
    """The refusal for want of rooms, whether overdue holds are in the way, and what is left on the tightest night."""
    taken: dict[tuple[UUID, date], int] = {}
    missing: list[dict[str, Any]] = []
    overdue, least = False, 10**9
    for stay in stays:
        own = stay.request.before.own if stay.request.before else frozenset()
        for night in stay.nights:
            if night.night in own:
                continue
            place = (stay.request.room_type_id, night.night)
            taken[place] = wanted = taken.get(place, -freed.get(place, 0)) + 1
            if wanted <= 0:
                continue
            closed = not night.exists or (night.stopped and not unrestricted)
            if closed or (wanted > night.rooms_left and not beyond_limit):
                missing.append(missing_night(stay.request.pointer, night.night, closed=closed))
            overdue = overdue or wanted > night.rooms_free
            least = min(least, night.rooms_free - wanted)
    return NoRoomsLeft(items=missing) if missing else None, overdue, least


def _restricted(stays: Sequence[QuotedStay]) -> Restricted | None:
    items = [broken_restriction(broken) | {"pointer": stay.request.pointer} for stay in stays for broken in stay.broken]
    return Restricted(items=items) if items else None
