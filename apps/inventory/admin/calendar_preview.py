"""What a change of the calendar would come to, and what was changed lately, in the words of the page."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.inventory.services import SavedChange
from apps.inventory.types import Calendar, CalendarOutcome, NightChange, Restriction
from apps.platform.money import Money

SHOWN = 12
_COUNTED = {
    "prices": "price",
    "restrictions": "restriction",
    "stop_sell": "stop-sell",
    "overbooking_limits": "overbooking limit",
}
_COUNTED_ENTRIES = 1_000
_NAMED = 2
_WHO = {"user": "a colleague", "key": "an API key", "system": "the platform"}
# Where nothing is set: what holds instead.
_UNSET = {"price": "by its plan", "by_adults": "by its room type", "stop_sell": "on sale"}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One value that becomes another."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One night of a row with its differences."""

    name: str
    night: date
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """How much differs, the first nights of it, and how many more there are."""

    nights: int
    counts: tuple[str, ...]
    lines: tuple[Line, ...]
    more: int


def preview_of(outcome: CalendarOutcome, calendar: Calendar) -> Preview:
    """The answer to a dry run as the page tells it.

    :param calendar: as it is now, on the first `SHOWN` nights of the answer.
    """
    types = {row.room_type.id: row.room_type.name for row in calendar.room_types}
    plans = {plan.id: plan.code for plan in calendar.rate_plans}
    prices: dict[tuple[UUID, UUID | None, date], Money] = {
        (row.room_type.id, price.rate_plan_id, night.date): price.amount
        for row in calendar.room_types
        for night in row.nights
        for price in night.prices
    }
    lines = tuple(_line(change, types, plans, prices) for change in outcome.changes[:SHOWN])
    return Preview(
        nights=outcome.nights_changed,
        counts=tuple(_count(name, number) for name, number in outcome.counts.items() if number),
        lines=lines,
        more=outcome.nights_changed - len(lines),
    )


def _line(
    change: NightChange,
    types: Mapping[UUID, str],
    plans: Mapping[UUID, str],
    prices: Mapping[tuple[UUID, UUID | None, date], Money],
) -> Line:
    inherited = prices.get((change.room_type_id, change.rate_plan_id, change.date))
    return Line(
        name=_name(change.room_type_id, change.rate_plan_id, types, plans),
        night=change.date,
        differences=tuple(_differences(change, inherited)),
    )


def _differences(change: NightChange, price_now: Money | None) -> Iterator[Difference]:
    for name in dict.fromkeys((*change.before, *change.after)):
        before = _in_words(name, change.before.get(name))
        if name == "price" and change.before.get(name) is None and price_now is not None:
            before = f"{price_now.amount} {before}"
        yield Difference(
            what="by adults" if name == "by_adults" else name.replace("_", " "),
            before=before,
            after=_in_words(name, change.after.get(name)),
        )


def _in_words(name: str, value: Any) -> str:
    if value is None or (name == Restriction.STOP_SELL and not value):
        return _UNSET.get(name, "not set")
    if isinstance(value, Money):
        return value.amount
    if isinstance(value, list | tuple):
        return ", ".join(f"{adults}: {price.amount}" for adults, price in enumerate(value, start=1))
    if name == Restriction.STOP_SELL:
        return "stopped"
    if isinstance(value, bool):
        return "yes" if value else "no, even if inherited"
    return str(value) if value or name == "overbooking_limit" else "none, even if inherited"


def _count(name: str, number: int) -> str:
    noun = _COUNTED.get(name, name)
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True, kw_only=True)
class Saved:
    """One line of the last changes."""

    id: UUID
    text: str
    by: str
    at: datetime
    reason: str
    may_undo: bool


def saved_of(changes: Iterable[SavedChange], *, reader: str, calendar: Calendar) -> list[Saved]:
    """The last changes as the page tells of them, in the hotel's time.

    :param reader: the principal of who reads.
    """
    types = {row.room_type.id: row.room_type.name for row in calendar.room_types}
    plans = {plan.id: plan.code for plan in calendar.rate_plans}
    return [
        Saved(
            id=change.id,
            text=_what(change, [_name(*product, types, plans) for product in change.products]),
            by="you" if change.actor == reader else _WHO.get(change.actor.partition(":")[0], change.actor),
            at=change.at.astimezone(ZoneInfo(calendar.time_zone)),
            reason=change.reason,
            may_undo=not (change.undoes or change.is_undone),
        )
        for change in changes
    ]


def _what(change: SavedChange, names: list[str]) -> str:
    """Like "Double FLEX and 2 more rows, 3 July to 5 July 2026: prices"."""
    rows = " and ".join(names) if len(names) <= _NAMED else f"{names[0]} and {len(names) - 1} more rows"
    nights = f"{change.first:%-d %B %Y}"
    if change.last > change.first:
        nights = f"{change.first:%-d %B} to {change.last:%-d %B %Y}"
    if change.entries > _COUNTED_ENTRIES:
        nights += " and more"
    kinds = ", ".join("sale" if kind == "stop_sell" else kind.replace("_", " ") for kind in change.kinds)
    text = f"{rows}, {nights}: {kinds}"
    if change.undoes:
        return f"Undoing of {text}"
    return f"{text} (undone)" if change.is_undone else text


def _name(room_type_id: UUID, plan_id: UUID | None, types: Mapping[UUID, str], plans: Mapping[UUID, str]) -> str:
    """As the rows of the grid are called; what is archived by now has no row."""
    room_type = types.get(room_type_id, "A former room type")
    return room_type if plan_id is None else f"{room_type} {plans.get(plan_id, 'under a former plan')}"
