"""Why a hotel does not offer what was asked for, and what it could sell instead."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from apps.inventory import selectors
from apps.inventory.services._checks import hotel_of
from apps.inventory.services._errors import broken_restriction
from apps.inventory.services._offers import FreeType, offers_of
from apps.inventory.services._rates import Plan
from apps.inventory.services._window import Window
from apps.inventory.types import (
    Alternative,
    AlternativeKind,
    ExplainedOffers,
    NotSellable,
    Party,
    Product,
    Reason,
)
from apps.platform.money import from_minor

MAX_SHIFT = 7
_SHIFTED_SHOWN = 4


def explained_offers_of(
    *, hotel_id: UUID, arrival: date, departure: date, party: Party, rate_code: str = "", staff: bool = False
) -> ExplainedOffers:
    """The offers as `offers_of` makes them, with each product that is not among them and why, and alternatives.

    What stands around the dates is read at once, however many products and alternatives there are.

    :raises NotFound: if there is no such hotel.
    :raises Invalid: naming the date that the hotel cannot sell.
    """
    offers = offers_of(
        hotel_id=hotel_id, arrival=arrival, departure=departure, party=party, rate_code=rate_code, staff=staff
    )
    window = Window(
        selectors.hotel_facts(hotel_of(hotel_id)),
        first=arrival - timedelta(days=MAX_SHIFT),
        last=departure + timedelta(days=MAX_SHIFT),
        code=rate_code,
        staff=staff,
    )
    not_sellable = tuple(_not_sellable(window, arrival, departure, party))
    return ExplainedOffers(
        **vars(offers),
        not_sellable=not_sellable,
        alternatives=tuple(_alternatives(window, arrival, departure, party)) if not_sellable else (),
    )


def _not_sellable(window: Window, arrival: date, departure: date, party: Party) -> Iterator[NotSellable]:
    plans = list(window.sale(arrival, departure).plans_of(window.hotel.id))
    for one in window.types:
        for plan in plans:
            reasons = tuple(_reasons(window, one, plan, arrival=arrival, departure=departure, party=party))
            if reasons:
                yield NotSellable(room_type=one.shown, rate_plan=plan.shown, reasons=reasons)


def _reasons(
    window: Window, one: FreeType, plan: Plan, *, arrival: date, departure: date, party: Party
) -> Iterator[Reason]:
    if not any(one.fits(room) for room in party):
        shown = one.shown
        detail = f"Sleeps at most {shown.max_adults} adults and {shown.max_children} children."
        yield Reason(code="occupancy", detail=detail, date=None, limit=None)
    for night, is_closed in window.missing_nights(one, arrival, departure):
        if is_closed:
            yield Reason(code="not_on_sale", detail="Not on sale.", date=night, limit=None)
        else:
            yield Reason(code="sold_out", detail="Sold out.", date=night, limit=None)
    for broken in window.broken(one, plan, arrival, departure):
        told = broken_restriction(broken)
        yield Reason(code=told["code"], detail=told["detail"], date=broken.date, limit=broken.limit)


def _alternatives(window: Window, arrival: date, departure: date, party: Party) -> Iterator[Alternative]:
    """Another way on the same dates, or else the same stay some days earlier or later; and a night less or more."""
    same = list(_ways(window, AlternativeKind.ROOM_TYPE, [(arrival, departure)], party))
    yield from same
    one_day = timedelta(days=1)
    if not same:
        shifts = [sign * days * one_day for days in range(1, MAX_SHIFT + 1) for sign in (-1, 1)]
        dates = [(arrival + shift, departure + shift) for shift in shifts]
        yield from list(_ways(window, AlternativeKind.SHIFTED, dates, party))[:_SHIFTED_SHOWN]
    shorter = [(arrival, departure - one_day), (arrival + one_day, departure)]
    yield from list(_ways(window, AlternativeKind.SHORTER, shorter, party))[:1]
    longer = [(arrival, departure + one_day), (arrival - one_day, departure)]
    yield from list(_ways(window, AlternativeKind.LONGER, longer, party))[:1]


def _ways(
    window: Window, kind: AlternativeKind, dates: Sequence[tuple[date, date]], party: Party
) -> Iterator[Alternative]:
    """The cheapest way for each of the dates that has any."""
    for arrival, departure in dates:
        if arrival >= departure or not window.is_on_sale(arrival, departure):
            continue
        way = window.way(arrival, departure, party)
        if way is not None:
            yield Alternative(
                kind=kind,
                arrival=arrival,
                departure=departure,
                rooms=tuple(Product(room_type=one.shown, rate_plan=plan.shown) for one, plan in way.rooms),
                total=from_minor(way.total_minor, window.hotel.currency),
            )
