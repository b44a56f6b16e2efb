"""The calendar that staff keep: what is on sale on each night, and at what price."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.accounts.services import Access, Permission
from apps.inventory import policies
from apps.inventory.models import RatePlan
from apps.inventory.services._checks import fault, hotel_of, minor_of, require, room_type_locked
from apps.inventory.services._rates import Plan, PricedType, RateBook
from apps.inventory.types import (
    Calendar,
    CalendarNight,
    CalendarRow,
    OfferedRoomType,
    PartyRoom,
    PlanPrice,
    PriceForDates,
    Restriction,
)
from apps.platform import audit, clock
from apps.platform.audit import Change
from apps.platform.db import RoundTrip, fetch_all
from apps.platform.errors import Invalid
from apps.platform.money import from_minor

MAX_CALENDAR_NIGHTS = 400
_NIGHTS_SHOWN = 14

_LOCKED_NIGHTS = """
WITH locked AS MATERIALIZED (
    SELECT room_type_id, night, stop_sell
      FROM inventory_roomnight
     WHERE room_type_id = %(room_type)s AND night BETWEEN %(first)s AND %(last)s
     ORDER BY room_type_id, night
       FOR NO KEY UPDATE
)"""
# Each statement answers with what it has changed, as it was: the audit log tells of it.
_SET_STOP_SELL = (
    _LOCKED_NIGHTS
    + """
UPDATE inventory_roomnight AS night SET stop_sell = %(stop_sell)s
  FROM locked WHERE night.room_type_id = locked.room_type_id AND night.night = locked.night
RETURNING night.night, locked.stop_sell AS before
"""
)
_SET_PRICES = """
WITH priced AS (
    SELECT night, amount_minor FROM inventory_nightlyrate
     WHERE room_type_id = %(room_type)s AND rate_plan_id = %(rate_plan)s AND night BETWEEN %(first)s AND %(last)s
), written AS (
    INSERT INTO inventory_nightlyrate (room_type_id, rate_plan_id, night, amount_minor)
    SELECT %(room_type)s, %(rate_plan)s, night::date, %(amount)s
      FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS night
     ORDER BY night
        ON CONFLICT (room_type_id, rate_plan_id, night) DO UPDATE SET amount_minor = excluded.amount_minor
    RETURNING night
)
SELECT night, priced.amount_minor AS before FROM written LEFT JOIN priced USING (night) ORDER BY night
"""
_CLEAR_PRICES = """
DELETE FROM inventory_nightlyrate
 WHERE room_type_id = %(room_type)s AND rate_plan_id = %(rate_plan)s AND night BETWEEN %(first)s AND %(last)s
RETURNING night, amount_minor AS before
"""


def set_nights(
    *,
    access: Access,
    hotel_id: UUID,
    room_type_id: UUID,
    first: date,
    last: date,
    stop_sell: bool | None = None,
    prices: Sequence[PriceForDates] = (),
) -> None:
    """Close or open a room type, and price its rate plans, on every night from `first` to `last`, both included.

    All or nothing. Reservations that exist keep their nights and prices.

    :param stop_sell: None leaves it as it is.
    :raises Invalid: if the dates are past or too many, or a rate plan is not one of the hotel's.
    """
    if stop_sell is not None or not prices:
        require(access, Permission.MANAGE_INVENTORY, hotel_id)
    if prices:
        require(access, Permission.MANAGE_RATES, hotel_id)
    _require_range(first, last)
    with transaction.atomic():
        # The lock on the room type puts two changes of the same calendar one behind the other.
        room_type = room_type_locked(hotel_id, room_type_id)
        hotel = room_type.hotel
        today = policies.business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)
        if first < today:
            raise _invalid("/from", f"It is {today} at the hotel: nights before that are history.")
        nights: dict[str, Any] = {"room_type": room_type_id, "first": first, "last": last}
        changes: list[Change] = []
        if stop_sell is not None:
            was = fetch_all(_SET_STOP_SELL, nights | {"stop_sell": stop_sell})
            changes += _changes(hotel_id, "set_stop_sell", room_type_id, was, {"stop_sell": stop_sell})
        for rate_plan_id, amount in _amounts(hotel_id, hotel.currency, prices).items():
            statement = _CLEAR_PRICES if amount is None else _SET_PRICES
            was = fetch_all(statement, nights | {"rate_plan": rate_plan_id, "amount": amount})
            changes += _changes(hotel_id, "set_price", f"{room_type_id}/{rate_plan_id}", was, {"amount_minor": amount})
        audit.record(changes, actor=access.principal)


def _changes(
    hotel_id: UUID, verb: str, product: UUID | str, was: Sequence[Mapping[str, Any]], now: Mapping[str, Any]
) -> Iterator[Change]:
    """One change a night, named by the product and the night; `now` has the one value that all of them have since."""
    for row in was:
        yield Change(
            operation=f"inventory.{verb}",
            kind="night",
            object_id=f"{product}/{row['night']}",
            scope_id=hotel_id,
            before=dict.fromkeys(now, row["before"]),
            after=now,
        )


def _amounts(hotel_id: UUID, currency: str, prices: Sequence[PriceForDates]) -> dict[UUID, int | None]:
    wanted = [price.rate_plan_id for price in prices]
    known = set(RatePlan.objects.filter(hotel_id=hotel_id, id__in=wanted).values_list("id", flat=True))
    for position, rate_plan_id in enumerate(wanted):
        if rate_plan_id not in known:
            raise _invalid(f"/prices/{position}/rate_plan_id", "The hotel has no such rate plan.")
        if rate_plan_id in wanted[:position]:
            raise _invalid(f"/prices/{position}/rate_plan_id", "Name each rate plan once.")
    return {
        price.rate_plan_id: None
        if price.price is None
        else minor_of(price.price, currency, f"/prices/{position}/price")
        for position, price in enumerate(prices)
    }


def _require_range(first: date, last: date, where: Literal["pointer", "parameter"] = "pointer") -> None:
    detail = ""
    if last < first:
        detail = "The last night is not before the first."
    elif (last - first).days >= MAX_CALENDAR_NIGHTS:
        detail = f"At most {MAX_CALENDAR_NIGHTS} nights at once."
    if detail:
        raise Invalid(
            detail, items=[{"code": "invalid", "detail": detail, where: "to" if where == "parameter" else "/to"}]
        )


def _invalid(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, items=[fault(pointer, detail)])


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
    _require_range(first, last, "parameter")
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
