"""Changing many nights at once: prices, restrictions, stop-sell and overbooking limits, all of it or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.accounts.services import Access, Permission
from apps.inventory import policies
from apps.inventory.models import Hotel
from apps.inventory.services._checks import fault, hotel_of, require
from apps.inventory.services._errors import CapacityBelowSold
from apps.inventory.services._rates import Plan, RateBook
from apps.inventory.services._sheet import (
    LIMIT,
    STOP_SELL,
    Cell,
    Difference,
    Sheet,
    SheetType,
    nights_of_sheet,
    types_of_sheet,
)
from apps.inventory.services._sheet_writing import outcome_of, write
from apps.inventory.types import CalendarChange, CalendarOutcome, PartyRoom, PriceChange
from apps.platform import audit, clock
from apps.platform.db import RoundTrip, uuid7
from apps.platform.errors import Invalid
from apps.platform.money import MAX_MINOR, from_minor, to_minor

MAX_CELLS = 50_000


def change_calendar(
    *,
    access: Access,
    hotel_id: UUID,
    changes: Sequence[CalendarChange],
    dry_run: bool = False,
    override_reason: str = "",
) -> CalendarOutcome:
    """Change all these nights in one transaction, or none; each change finds what those before it have left.

    Reservations keep their nights and prices.

    :param dry_run: change nothing, and say what would be changed.
    :param override_reason: why limits go as low as what is sold allows where they cannot go lower; takes the permission
        to override.
    :raises Invalid: naming each fault by its place, like `/changes/0/price/amount`.
    :raises CapacityBelowSold: naming the nights of which more rooms are sold or held than the new limit allows.
    """
    _require_rights(access, hotel_id, changes, override=bool(override_reason))
    hotel = hotel_of(hotel_id)
    _require_possible(hotel, changes)
    reason = audit.because(override_reason) if override_reason else nullcontext()
    with reason, transaction.atomic():
        sheet, targets = _open(hotel_id, changes, lock=not dry_run)
        for target in targets:
            _apply(target, sheet, hotel.currency, override=bool(override_reason))
        differences = sheet.differences()
        _require_no_contradiction(sheet, differences)
        require_rooms_for_sold(sheet, differences, "/changes/{}/overbooking_limit")
        batch = uuid7()
        if not dry_run:
            write(differences, access=access, hotel_id=hotel_id, batch=batch)
    return outcome_of(differences, currency=hotel.currency, change_id=batch, dry_run=dry_run)


def require_rooms_for_sold(sheet: Sheet, differences: Sequence[Difference], pointer: str) -> None:
    """Let no limit fall below what is sold.

    :param pointer: where the limit is said, with `{}` for the position of the change.
    :raises CapacityBelowSold: naming each night on which more rooms are sold or held.
    """
    short = []
    for each in differences:
        if LIMIT not in each.names or each.after[LIMIT] >= _least_limit(sheet, each.cell):
            continue
        taken = sheet.nights[each.cell[0], each.cell[2]]["taken"]
        place = pointer.format(sheet.position_of(each.cell, LIMIT))
        named = {"date": each.cell[2].isoformat(), "room_type_id": str(each.cell[0])}
        short.append(fault(place, f"{taken} rooms are sold or held.", "sold") | named)
    if short:
        raise CapacityBelowSold(items=short)


@dataclass(frozen=True, kw_only=True)
class _Target:
    """A change with what it is about: `plans` None for the room types themselves."""

    position: int
    change: CalendarChange
    types: Sequence[SheetType]
    plans: Sequence[Plan] | None
    nights: Sequence[date]
    book: RateBook

    def cells(self) -> Iterator[tuple[SheetType, Plan | None, Cell]]:
        for room_type in self.types:
            for plan in [None] if self.plans is None else self.plans:
                for night in self.nights:
                    yield room_type, plan, (room_type.priced.id, plan.shown.id if plan else None, night)


def _require_rights(access: Access, hotel_id: UUID, changes: Sequence[CalendarChange], *, override: bool) -> None:
    wanted = {Permission.MANAGE_RATES for change in changes if change.price is not None}
    wanted |= {Permission.MANAGE_INVENTORY for change in changes if change.price is None or _is_about_sale(change)}
    if override:
        wanted.add(Permission.OVERRIDE)
    for permission in sorted(wanted or {Permission.MANAGE_INVENTORY}):
        require(access, permission, hotel_id)


def _is_about_sale(change: CalendarChange) -> bool:
    return bool(change.restrictions) or change.stop_sell is not None or change.overbooking_limit is not None


def _require_possible(hotel: Hotel, changes: Sequence[CalendarChange]) -> None:
    """Refuse what can never be right, all of it at once."""
    if not 1 <= len(changes) <= policies.MAX_CHANGES:
        raise _invalid([fault("/changes", f"1 to {policies.MAX_CHANGES} changes at once.")])
    today = policies.business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)
    horizon = today + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS - 1)
    items = [
        fault(f"/changes/{position}{place}", detail)
        for position, change in enumerate(changes)
        for place, detail in policies.faults_of_change(change, today=today, horizon=horizon, currency=hotel.currency)
    ]
    if items:
        raise _invalid(items)


def _open(hotel_id: UUID, changes: Sequence[CalendarChange], *, lock: bool) -> tuple[Sheet, list[_Target]]:
    """Lock and read what the changes are about."""
    types = types_of_sheet(
        hotel_id,
        named={room_type_id for change in changes for room_type_id in change.room_type_ids},
        everything=any(not change.room_type_ids for change in changes),
        lock=lock,
    )
    first, last = min(change.first for change in changes), max(change.last for change in changes)
    book = RateBook(RoundTrip(), hotels=[hotel_id], types=list(types), first=first, last=last)
    _require_known(changes, types, book)
    targets = [_target(position, change, types, book) for position, change in enumerate(changes)]
    if sum(len(target.types) * len(target.plans or [None]) * len(target.nights) for target in targets) > MAX_CELLS:
        raise _invalid([fault("/changes", f"At most {MAX_CELLS} nights of room types and products at once.")])
    of_types = [target for target in targets if target.plans is None]
    wanted = {(cell[0], cell[2]) for target in of_types for _, _, cell in target.cells()}
    nights = nights_of_sheet(hotel_id, wanted, lock=lock)
    if lock and len(nights) < len(wanted):
        _refuse_missing(of_types, nights)
    return Sheet(book=book, nights=nights), targets


def _require_known(changes: Sequence[CalendarChange], types: Mapping[UUID, SheetType], book: RateBook) -> None:
    items = []
    for position, change in enumerate(changes):
        for place, room_type_id in enumerate(change.room_type_ids):
            if room_type_id not in types:
                pointer = f"/changes/{position}/room_type_ids/{place}"
                items.append(fault(pointer, "The hotel has no such room type."))
        for place, plan_id in enumerate(change.rate_plan_ids or ()):
            if plan_id not in book.plans:
                pointer = f"/changes/{position}/rate_plan_ids/{place}"
                items.append(fault(pointer, "The hotel has no such rate plan."))
    if items:
        raise _invalid(items)


def _target(position: int, change: CalendarChange, types: Mapping[UUID, SheetType], book: RateBook) -> _Target:
    named = set(change.room_type_ids)
    chosen = [row for id_, row in types.items() if id_ in named or not (named or row.archived)]
    plans: list[Plan] | None = None
    if change.rate_plan_ids is not None:
        by_name = set(change.rate_plan_ids)
        plans = [row for id_, row in book.plans.items() if id_ in by_name or not (by_name or row.row["archived"])]
    nights = policies.nights_of_change(change)
    return _Target(position=position, change=change, types=chosen, plans=plans, nights=nights, book=book)


def _refuse_missing(targets: Sequence[_Target], nights: Mapping[tuple[UUID, date], Any]) -> None:
    missing = {
        (target.position, cell[0], cell[2])
        for target in targets
        for _, _, cell in target.cells()
        if (cell[0], cell[2]) not in nights
    }
    raise _invalid(
        [
            fault(f"/changes/{position}/room_type_ids", "The room type is archived, and has no such night.")
            | {"date": night.isoformat(), "room_type_id": str(room_type_id)}
            for position, room_type_id, night in sorted(missing)
        ]
    )


def _apply(target: _Target, sheet: Sheet, currency: str, *, override: bool) -> None:
    change, position = target.change, target.position
    if target.plans is None:
        values = _values_of_type(change)
        for _, _, cell in target.cells():
            least = {LIMIT: max(values[LIMIT], _least_limit(sheet, cell))} if override and LIMIT in values else {}
            sheet.put(cell, values | least, position)
        return
    rules = dict(change.restrictions)
    if change.stop_sell is not None:
        rules[STOP_SELL] = True if change.stop_sell else None
    if rules:
        for _, _, cell in target.cells():
            sheet.put(cell, rules, position)
    if change.price is not None:
        # (No price of these hangs on another of them: what follows one is left out.)
        for cell, price in _prices(target, change.price, sheet, currency):
            sheet.put(cell, price, position)


def _values_of_type(change: CalendarChange) -> dict[str, Any]:
    """A room type inherits nothing that a false or 0 could lift: these take a restriction away."""
    values: dict[str, Any] = {name: value or None for name, value in change.restrictions.items()}
    if STOP_SELL in values:
        values[STOP_SELL] = bool(values[STOP_SELL])
    if change.stop_sell is not None:
        values[STOP_SELL] = change.stop_sell
    if change.overbooking_limit is not None:
        values[LIMIT] = change.overbooking_limit
    return values


def _least_limit(sheet: Sheet, cell: Cell) -> int:
    """With how many rooms beyond those there are the night is as full as it is."""
    row = sheet.nights.get((cell[0], cell[2]))
    return 0 if row is None else max(0, row["taken"] - row["rooms"])


def _prices(target: _Target, price: PriceChange, sheet: Sheet, currency: str) -> Iterator[tuple[Cell, dict[str, Any]]]:
    if price.percent is not None or price.plus is not None:
        percent = price.percent or Decimal(0)
        plus_minor = to_minor(price.plus.amount, currency) if price.plus else 0
        yield from _relative_prices(target, sheet, percent, plus_minor, currency)
        return
    by_adults = tuple(to_minor(amount.amount, currency) for amount in price.by_adults)
    amount_minor = to_minor(price.amount.amount, currency) if price.amount else None
    for room_type, _, cell in target.cells():
        included = min(room_type.priced.rule.included_adults, len(by_adults))
        of_adults = by_adults[included - 1] if by_adults else None
        amount = of_adults if amount_minor is None else amount_minor
        yield cell, {"amount_minor": amount, "by_adults": by_adults or None}


def _relative_prices(
    target: _Target, sheet: Sheet, percent: Decimal, plus_minor: int, currency: str
) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """Each product's price of now, changed; but what follows a plan that changes too goes on following it."""
    changing = {plan.shown.id for plan in target.plans or ()}
    for room_type, plan, cell in target.cells():
        if plan is None or _follows(plan, cell, changing, sheet):
            continue
        adults = PartyRoom(adults=room_type.priced.rule.included_adults)
        now = target.book.price(room_type.priced, plan, cell[2], adults, sheet.dated).amount_minor
        by_adults = target.book.prices_by_adults(room_type.priced, plan, cell[2], sheet.dated)
        amount = policies.changed_price(now, percent, plus_minor)
        changed = tuple(policies.changed_price(minor, percent, plus_minor) for minor in by_adults)
        if max(amount, *changed, 0) > MAX_MINOR:
            most = from_minor(MAX_MINOR, currency).amount
            raise _invalid([fault(f"/changes/{target.position}/price", f"A price is at most {most} {currency}.")])
        yield cell, {"amount_minor": amount, "by_adults": changed or None}


def _follows(plan: Plan, cell: Cell, changing: set[UUID], sheet: Sheet) -> bool:
    """Whether the product has no price of its own that night, and makes it of one that is changed as well."""
    room_type_id, _, night = cell
    for plan_id in reversed(plan.lineage):
        if plan_id != plan.shown.id and plan_id in changing:
            return True
        if (room_type_id, plan_id, night) in sheet.dated:
            return False
    return False


def _require_no_contradiction(sheet: Sheet, differences: Sequence[Difference]) -> None:
    """Refuse restrictions of one room type or product that no stay can meet; the first night of each pair is named."""
    items: dict[str, dict[str, Any]] = {}
    for each in differences:
        names = policies.contradiction(each.after)
        if names is None or each.names.isdisjoint(names):
            continue
        position = sheet.position_of(each.cell, *names)
        name = max(names, key=lambda name: (sheet.position_of(each.cell, name) == position, name in each.names))
        pointer = f"/changes/{position}/restrictions/{name}"
        detail = f"{names[0]} would be {each.after[names[0]]}, above {names[1]}, which is {each.after[names[1]]}."
        items.setdefault(pointer, fault(pointer, detail) | {"date": each.cell[2].isoformat()})
    if items:
        raise _invalid(list(items.values()))


def _invalid(items: Sequence[dict[str, Any]]) -> Invalid:
    return Invalid(items[0]["detail"] if len(items) == 1 else "Some fields are not valid.", items=items)
