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

_SHOWN = 12
_COUNTED = {
    "prices": "price",
    "restrictions": "restriction",
    "stop_sell": "stop-sell",
    "overbooking_limits": "overbooking limit",
}
_COUNTED_ENTRIES = 1_000
_WHO = {"user": "a colleague", "key": "an API key", "system": "the platform"}
# Where nothing is set: what holds instead.
_UNSET = {"price": "as the plan says", "by_adults": "as the room type says", "stop_sell": "on sale"}


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
    """The answer to a dry run as the page tells it."""
    types = {row.room_type.id: row.room_type.name for row in calendar.room_types}
    plans = {plan.id: plan.code for plan in calendar.rate_plans}
    lines = tuple(_line(change, types, plans) for change in outcome.changes[:_SHOWN])
    return Preview(
        nights=outcome.nights_changed,
        counts=tuple(_count(name, number) for name, number in outcome.counts.items() if number),
        lines=lines,
        more=outcome.nights_changed - len(lines),
    )


def _line(change: NightChange, types: Mapping[UUID, str], plans: Mapping[UUID, str]) -> Line:
    names = [types.get(change.room_type_id, "")]
    if change.rate_plan_id is not None:
        names.append(plans.get(change.rate_plan_id, ""))
    return Line(name=" ".join(names), night=change.date, differences=tuple(_differences(change)))


def _differences(change: NightChange) -> Iterator[Difference]:
    for name in dict.fromkeys((*change.before, *change.after)):
        yield Difference(
            what="by adults" if name == "by_adults" else name.replace("_", " "),
            before=_in_words(name, change.before.get(name)),
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


def saved_of(changes: Iterable[SavedChange], *, reader: str, time_zone: str) -> list[Saved]:
    """The last changes as the page tells of them, in the hotel's time.

    :param reader: the principal of who reads.
    """
    return [
        Saved(
            id=change.id,
            text=_what(change),
            by="you" if change.actor == reader else _WHO.get(change.actor.partition(":")[0], change.actor),
            at=change.at.astimezone(ZoneInfo(time_zone)),
            reason=change.reason,
            may_undo=not (change.undoes or change.is_undone),
        )
        for change in changes
    ]


def _what(change: SavedChange) -> str:
    many = change.entries > _COUNTED_ENTRIES
    number = f"More than {_COUNTED_ENTRIES:,}" if many else f"{change.entries:,}"
    kinds = ", ".join(kind.replace("_", "-" if kind == "stop_sell" else " ") for kind in change.kinds)
    text = f"{number} change{'' if change.entries == 1 else 's'} of {kinds}"
    if change.undoes:
        return f"Undoing: {text}"
    return f"{text}, undone" if change.is_undone else text
