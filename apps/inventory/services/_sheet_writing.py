"""What has become of a sheet goes into the tables, one statement for each, and into the audit log."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from apps.accounts.services import Access
from apps.inventory.services._lowest_rates import refresh_lowest_rates
from apps.inventory.services._sheet import LIMIT, PRICE, STOP_SELL, Cell, Difference, Values
from apps.inventory.types import CalendarOutcome, NightChange
from apps.platform import audit
from apps.platform.audit import Change
from apps.platform.money import from_minor

MAX_SHOWN = 2_000

OPERATIONS = {
    "inventory.set_price": "prices",
    "inventory.set_stop_sell": "stop_sell",
    "inventory.set_overbooking_limit": "overbooking_limits",
    "inventory.set_restrictions": "restrictions",
}
"""How the audit log calls each kind of change, and how an outcome counts it."""

# (Rows go in and out in one order, so that nothing else that writes them can stand in the way of this.)
_WRITE_PRICES = """
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
               AS row (room_type_id uuid, rate_plan_id uuid, night date, amount_minor bigint, by_adults bigint[])
     ORDER BY room_type_id, rate_plan_id, night
), gone AS (
    DELETE FROM inventory_nightlyrate AS rate USING given
     WHERE given.amount_minor IS NULL AND rate.room_type_id = given.room_type_id
       AND rate.rate_plan_id = given.rate_plan_id AND rate.night = given.night
)
INSERT INTO inventory_nightlyrate (room_type_id, rate_plan_id, night, amount_minor, by_adults)
SELECT room_type_id, rate_plan_id, night, amount_minor, by_adults FROM given WHERE amount_minor IS NOT NULL
    ON CONFLICT (room_type_id, rate_plan_id, night)
    DO UPDATE SET amount_minor = excluded.amount_minor, by_adults = excluded.by_adults
"""
_WRITE_RULES = """
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
               AS row (room_type_id uuid, rate_plan_id uuid, night date, rules jsonb)
     ORDER BY room_type_id, rate_plan_id, night
), gone AS (
    DELETE FROM inventory_productrestriction AS restriction USING given
     WHERE given.rules = '{}' AND restriction.room_type_id = given.room_type_id
       AND restriction.rate_plan_id = given.rate_plan_id AND restriction.night = given.night
)
INSERT INTO inventory_productrestriction (room_type_id, rate_plan_id, night, rules)
SELECT room_type_id, rate_plan_id, night, rules FROM given WHERE rules <> '{}'
    ON CONFLICT (room_type_id, rate_plan_id, night) DO UPDATE SET rules = excluded.rules
"""
# The rows are locked, in the canonical order, by whoever has read the sheet.
_WRITE_NIGHTS = """
UPDATE inventory_roomnight AS night
   SET stop_sell = given.stop_sell, overbooking_limit = given.overbooking_limit,
       restrictions = nullif(given.restrictions, '{}')
  FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS given (room_type_id uuid, night date, stop_sell boolean, overbooking_limit int, restrictions jsonb)
 WHERE night.room_type_id = given.room_type_id AND night.night = given.night
"""


def write(differences: Sequence[Difference], *, access: Access, hotel_id: UUID, batch: UUID) -> None:
    """Write all that differs, and tell the audit log of each night. In the transaction that has locked the sheet."""
    products = [each for each in differences if each.cell[1] is not None]
    priced = [each for each in products if not PRICE.isdisjoint(each.names)]
    _execute(_WRITE_PRICES, [_key(each.cell) | _price(each.after) for each in priced])
    ruled = [each for each in products if not PRICE.issuperset(each.names)]
    _execute(_WRITE_RULES, [_key(each.cell) | {"rules": _without(each.after, PRICE)} for each in ruled])
    _execute(_WRITE_NIGHTS, [_key(each.cell) | _of_room_type(each.after) for each in differences if not each.cell[1]])
    if priced:
        nights = [each.cell[2] for each in priced]
        refresh_lowest_rates(hotel_id, min(nights), max(nights))
    audit.record(_changes(differences, hotel_id), actor=access.principal, batch=batch)


def outcome_of(
    differences: Sequence[Difference], *, currency: str, change_id: UUID | None, dry_run: bool
) -> CalendarOutcome:
    """What the caller is told."""
    counts = dict.fromkeys(OPERATIONS.values(), 0)
    for each in differences:
        for operation in {_operation(name) for name in each.names}:
            counts[OPERATIONS[operation]] += 1
    return CalendarOutcome(
        change_id=None if dry_run or not differences else change_id,
        dry_run=dry_run,
        nights_changed=len(differences),
        counts=counts,
        changes=tuple(_shown(each, currency) for each in differences[:MAX_SHOWN]) if dry_run else (),
    )


def cell_of(object_id: str) -> Cell:
    """The night that an entry of the audit log names."""
    room_type, *plan, night = object_id.split("/")
    return UUID(room_type), UUID(plan[0]) if plan else None, date.fromisoformat(night)


def _execute(statement: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"rows": orjson.dumps(rows).decode()})


def _key(cell: Cell) -> dict[str, Any]:
    room_type_id, plan_id, night = cell
    return {"room_type_id": room_type_id, "rate_plan_id": plan_id, "night": night}


def _price(values: Values) -> dict[str, Any]:
    return {"amount_minor": values.get("amount_minor"), "by_adults": values.get("by_adults")}


def _of_room_type(values: Values) -> dict[str, Any]:
    rules = _without(values, {STOP_SELL, LIMIT})
    return {STOP_SELL: values[STOP_SELL], LIMIT: values[LIMIT], "restrictions": rules}


def _without(values: Values, names: frozenset[str] | set[str]) -> Values:
    return {name: value for name, value in values.items() if name not in names}


def _operation(name: str) -> str:
    if name in PRICE:
        return "inventory.set_price"
    return f"inventory.set_{name}" if name in {STOP_SELL, LIMIT} else "inventory.set_restrictions"


def _changes(differences: Sequence[Difference], hotel_id: UUID) -> Iterator[Change]:
    """One change a night and kind, named by the product and the night."""
    for each in differences:
        room_type_id, plan_id, night = each.cell
        object_id = f"{room_type_id}/{night}" if plan_id is None else f"{room_type_id}/{plan_id}/{night}"
        for operation in OPERATIONS:
            names = sorted(name for name in each.names if _operation(name) == operation)
            if names:
                yield Change(
                    operation=operation,
                    kind="night",
                    object_id=object_id,
                    scope_id=hotel_id,
                    before={name: each.before.get(name) for name in names},
                    after={name: each.after.get(name) for name in names},
                )


def _shown(each: Difference, currency: str) -> NightChange:
    room_type_id, plan_id, night = each.cell
    return NightChange(
        room_type_id=room_type_id,
        rate_plan_id=plan_id,
        date=night,
        before=_told(each.before, each.names, currency),
        after=_told(each.after, each.names, currency),
    )


def _told(values: Values, names: frozenset[str], currency: str) -> Mapping[str, Any]:
    told = {name: values.get(name) for name in sorted(names - PRICE)}
    if not PRICE.isdisjoint(names):
        amount = values.get("amount_minor")
        told["price"] = None if amount is None else from_minor(amount, currency)
    if "by_adults" in names:
        told["by_adults"] = [from_minor(minor, currency) for minor in values.get("by_adults", ())]
    return told
