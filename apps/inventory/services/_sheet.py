"""Nights of a hotel as they are, read under locks, and as they become: what a change of the calendar works on.

What stands of a night of a room type, or of a product, are values by name: `stop_sell`, `overbooking_limit` and
restrictions of the one, `amount_minor`, `by_adults` and restrictions of the other. A name that is not there is not set.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from apps.inventory import policies
from apps.inventory.services._generation import fill_nights, keep_generation_out
from apps.inventory.services._rates import PricedType, Product, RateBook
from apps.inventory.types import PriceSource, Rate
from apps.platform.db import array_of, fetch_all

Cell = tuple[UUID, UUID | None, date]
"""A night of a room type (with None), or of it under a rate plan."""

Values = dict[str, Any]

PRICE = frozenset({"amount_minor", "by_adults"})
LIMIT = "overbooking_limit"
STOP_SELL = "stop_sell"

_TYPES = """
SELECT id, hotel_id, archived_at IS NOT NULL AS archived, base_rate_minor, max_adults, included_adults,
       extra_adult_minor, child_bands
  FROM inventory_roomtype
 WHERE hotel_id = %(hotel)s AND (id = ANY(%(types)s::uuid[]) OR (%(all)s AND archived_at IS NULL))
 ORDER BY id
"""
_NIGHTS = """
SELECT night.room_type_id, night.night, night.physical - night.out_of_order AS rooms,
       night.sold + night.held AS taken, night.stop_sell, night.overbooking_limit, night.restrictions
  FROM inventory_roomnight AS night
  JOIN unnest(%(types)s::uuid[], %(nights)s::date[]) AS wanted (room_type_id, night)
    ON wanted.room_type_id = night.room_type_id AND wanted.night = night.night
 ORDER BY night.room_type_id, night.night
"""
# Sales go on meanwhile, of a room type whose row is locked like this too; another change of its calendar waits.
_LOCKED = " FOR NO KEY UPDATE"


@dataclass(frozen=True, kw_only=True)
class SheetType:
    """A room type of the hotel, with what its prices need."""

    priced: PricedType
    archived: bool


def types_of_sheet(
    hotel_id: UUID, *, named: Collection[UUID], everything: bool, lock: bool
) -> Mapping[UUID, SheetType]:
    """These room types of the hotel, and perhaps all that are not archived; locked in one order if any is to change."""
    parameters = {"hotel": hotel_id, "types": array_of(named), "all": everything}
    return {
        row["id"]: SheetType(
            priced=PricedType(
                id=row["id"],
                hotel_id=hotel_id,
                base_rate_minor=row["base_rate_minor"],
                rule=policies.occupancy_rule(row),
            ),
            archived=row["archived"],
        )
        for row in fetch_all(_TYPES + (_LOCKED if lock else ""), parameters)
    }


def nights_of_sheet(
    hotel_id: UUID, wanted: Collection[tuple[UUID, date]], *, lock: bool
) -> dict[tuple[UUID, date], Values]:
    """The rows of these nights of room types, locked in the canonical order if anything is to change.

    Nights that the generation has not made yet are made now.
    """
    if not wanted:
        return {}
    nights = _nights(wanted, lock=lock)
    if lock and len(nights) < len(wanted):
        keep_generation_out()
        fill_nights(hotel_id=hotel_id)
        nights = _nights(wanted, lock=True)
    return nights


def _nights(wanted: Collection[tuple[UUID, date]], *, lock: bool) -> dict[tuple[UUID, date], Values]:
    parameters = {
        "types": array_of(room_type_id for room_type_id, _ in wanted),
        "nights": array_of(night for _, night in wanted),
    }
    rows = fetch_all(_NIGHTS + (f"{_LOCKED} OF night" if lock else ""), parameters)
    return {(row["room_type_id"], row["night"]): row for row in rows}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What is another on one night: all its values before and after, and the names that differ."""

    cell: Cell
    before: Values
    after: Values
    names: frozenset[str]


class Sheet:
    """The values of some nights, which `put` changes in memory."""

    def __init__(self, *, book: RateBook, nights: Mapping[tuple[UUID, date], Mapping[str, Any]]) -> None:
        self.nights = nights
        self.dated: dict[Product, Rate] = dict(book.date_rates)
        self._book = book
        self._before: dict[Cell, Values] = {}
        self._after: dict[Cell, Values] = {}
        self._positions: dict[tuple[Cell, str], int] = {}

    def values(self, cell: Cell) -> Mapping[str, Any]:
        """What stands of the night now."""
        if cell not in self._after:
            self._before[cell] = self._read(cell)
            self._after[cell] = dict(self._before[cell])
        return self._after[cell]

    def put(self, cell: Cell, values: Mapping[str, Any], position: int = 0) -> None:
        """Set these values of a night, None takes one away; the change at `position` wants it."""
        self.values(cell)
        after = self._after[cell]
        for name, value in values.items():
            self._positions[cell, name] = position
            if value is None:
                after.pop(name, None)
            else:
                after[name] = value
        room_type_id, plan_id, night = cell
        if plan_id is not None and not PRICE.isdisjoint(values):
            self._keep_price((room_type_id, plan_id, night), after)

    def position_of(self, cell: Cell, *names: str) -> int:
        """Which change was the last to want one of these values."""
        return max(self._positions.get((cell, name), 0) for name in names)

    def differences(self) -> list[Difference]:
        """The nights that have become others, in the order of room type, plan and date."""
        found = []
        for cell, after in self._after.items():
            before = self._before[cell]
            if before == after:
                continue
            names = frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
            found.append(Difference(cell=cell, before=before, after=after, names=names))
        return sorted(found, key=lambda each: (each.cell[0], str(each.cell[1] or ""), each.cell[2]))

    def _read(self, cell: Cell) -> Values:
        room_type_id, plan_id, night = cell
        if plan_id is None:
            # (A dry run may meet a night that is not there yet: it will be made without anything set.)
            row = self.nights.get((room_type_id, night), {})
            return {STOP_SELL: row.get(STOP_SELL, False), LIMIT: row.get(LIMIT, 0), **(row.get("restrictions") or {})}
        values: Values = dict(self._book.own_rules(room_type_id, plan_id, night))
        rate = self._book.own_rate(room_type_id, plan_id, night)
        if rate is not None:
            values["amount_minor"] = rate.amount_minor
            if rate.by_adults:
                values["by_adults"] = rate.by_adults
        return values

    def _keep_price(self, product: Product, values: Mapping[str, Any]) -> None:
        if "amount_minor" in values:
            self.dated[product] = Rate(
                amount_minor=values["amount_minor"], by_adults=values.get("by_adults", ()), source=PriceSource.DATE
            )
        else:
            self.dated.pop(product, None)
