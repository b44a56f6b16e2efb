"""The calendar that staff see: what is on sale on each night, at what price and under which restrictions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.accounts.services import Access, Permission
from apps.inventory import policies
from apps.inventory.services._checks import hotel_of, require
from apps.inventory.services._rates import Plan, PricedType, RateBook
from apps.inventory.types import (
    Calendar,
    CalendarNight,
    CalendarRow,
    OfferedRoomType,
    PartyRoom,
    PlanPrice,
    Restriction,
)
from apps.platform import clock
from apps.platform.db import RoundTrip, fetch_all
from apps.platform.errors import Invalid
from apps.platform.money import from_minor

_NIGHTS_SHOWN = 14

_NIGHTS = """
SELECT type.id AS room_type_id, type.hotel_id, type.code, type.name, type.max_adults, type.max_children,
       type.base_rate_minor, type.included_adults, type.extra_adult_minor, type.child_bands,
       day::date AS day, night.physical, night.out_of_order, night.overbooking_limit, night.sold, night.held,
       night.stop_sell, night.restrictions
  FROM inventory_roomtype AS type
 CROSS JOIN generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS day
  LEFT JOIN inventory_roomnight AS night ON night.room_type_id = type.id AND night.night = day::date
 WHERE type.hotel_id = %(hotel)s AND type.archived_at IS NULL
 ORDER BY type.code, day
"""


def calendar_of(*, access: Access, hotel_id: UUID, first: date | None = None, last: date | None = None) -> Calendar:
    """The nights of all room types from `first` to `last`, both included, with counters and prices.

    Without them: from the hotel's business date, and for two weeks.

    :raises NotFound: if the caller is not of the hotel's staff.
    :raises Invalid: if the dates are in the wrong order or too many.
    """
    require(access, Permission.VIEW_HOTEL, hotel_id)
    hotel = hotel_of(hotel_id)
    today = policies.business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)
    first = first or today
    last = last or first + timedelta(days=_NIGHTS_SHOWN - 1)
    _require_range(first, last)
    parameters = {"hotel": hotel_id, "first": first, "last": last}
    rows = fetch_all(_NIGHTS, parameters)
    room_types = {row["room_type_id"]: _room_type(row) for row in rows}
    book = RateBook(RoundTrip(), hotels=[hotel_id], types=list(room_types), first=first, last=last)
    plans = _plans_shown(hotel_id, book)
    nights: dict[UUID, list[CalendarNight]] = {}
    for row in rows:
        nights.setdefault(row["room_type_id"], []).append(_night(row, _prices(row, hotel.currency, plans, book)))
    return Calendar(
        hotel_id=hotel_id,
        time_zone=hotel.time_zone,
        currency=hotel.currency,
        business_date=today,
        horizon=today + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS - 1),
        first=first,
        last=last,
        rate_plans=tuple(plan.shown for plan in plans),
        room_types=tuple(
            CalendarRow(room_type=room_type, nights=tuple(nights[room_type_id]))
            for room_type_id, room_type in room_types.items()
        ),
    )


def _require_range(first: date, last: date) -> None:
    detail = ""
    if last < first:
        detail = "The last night is not before the first."
    elif (last - first).days >= policies.MAX_CALENDAR_NIGHTS:
        detail = f"At most {policies.MAX_CALENDAR_NIGHTS} nights at once."
    if detail:
        raise Invalid(detail, items=[{"code": "invalid", "detail": detail, "parameter": "to"}])


def _room_type(row: Mapping[str, Any]) -> OfferedRoomType:
    return OfferedRoomType(
        id=row["room_type_id"],
        code=row["code"],
        name=row["name"],
        max_adults=row["max_adults"],
        max_children=row["max_children"],
    )


def _plans_shown(hotel_id: UUID, book: RateBook) -> list[Plan]:
    return [plan for plan in book.plans_of.get(hotel_id, ()) if not plan.row["archived"]]


def _prices(row: Mapping[str, Any], currency: str, plans: Sequence[Plan], book: RateBook) -> Iterator[PlanPrice]:
    """What each plan asks for as many adults as its price includes, and under which restrictions."""
    rule = policies.occupancy_rule(row)
    room_type = PricedType(
        id=row["room_type_id"], hotel_id=row["hotel_id"], base_rate_minor=row["base_rate_minor"], rule=rule
    )
    included = PartyRoom(adults=rule.included_adults)
    closed = {Restriction.STOP_SELL.value: True} if row["stop_sell"] else {}
    for plan in plans:
        price = book.price(room_type, plan, row["day"], included)
        by_adults = book.prices_by_adults(room_type, plan, row["day"])
        yield PlanPrice(
            rate_plan_id=plan.shown.id,
            amount=from_minor(price.amount_minor, currency),
            source=price.source,
            by_adults=tuple(from_minor(minor, currency) for minor in by_adults),
            restrictions=book.own_rules(room_type.id, plan.shown.id, row["day"]),
            effective_restrictions={**book.rules(room_type.id, plan, row["day"]), **closed},
        )


def _night(row: Mapping[str, Any], prices: Iterator[PlanPrice]) -> CalendarNight:
    if row["physical"] is None:
        row = dict(row) | dict.fromkeys(("physical", "out_of_order", "overbooking_limit", "sold", "held"), 0)
    return CalendarNight(
        date=row["day"],
        generated=row["stop_sell"] is not None,
        physical=row["physical"],
        out_of_order=row["out_of_order"],
        overbooking_limit=row["overbooking_limit"],
        sold=row["sold"],
        held=row["held"],
        rooms_left=row["physical"] - row["out_of_order"] + row["overbooking_limit"] - row["sold"] - row["held"],
        stop_sell=row["stop_sell"] is not False,
        restrictions=row["restrictions"] or {},
        prices=tuple(prices),
    )
