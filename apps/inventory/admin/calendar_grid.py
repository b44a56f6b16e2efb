"""The rate calendar as rows and cells: room types with what is left, and beneath each its rate plans with prices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from apps.inventory.types import (
    Calendar,
    CalendarNight,
    CalendarRow,
    OfferedRatePlan,
    PlanPrice,
    PriceSource,
    Restriction,
    Rules,
)
from apps.platform.money import Money

# The mark of a restriction in a cell, and the same in words; {} is its number.
BADGES: Mapping[str, tuple[str, str]] = {
    Restriction.STOP_SELL: ("Stop", "sale stopped"),
    Restriction.CLOSED_TO_ARRIVAL: ("CTA", "closed to arrival"),
    Restriction.CLOSED_TO_DEPARTURE: ("CTD", "closed to departure"),
    Restriction.MIN_STAY: ("≥{}", "at least {} nights if arriving"),
    Restriction.MAX_STAY: ("≤{}", "at most {} nights if arriving"),
    Restriction.MIN_STAY_THROUGH: ("≥{}t", "at least {} nights for any stay through it"),
    Restriction.MAX_STAY_THROUGH: ("≤{}t", "at most {} nights for any stay through it"),
    Restriction.MIN_ADVANCE: ("≥{}d", "booked at least {} days ahead"),
    Restriction.MAX_ADVANCE: ("≤{}d", "booked at most {} days ahead"),
}
# Who says what a night costs: the mark of a cell, and in words.
SOURCES: Mapping[str, tuple[str, str]] = {
    PriceSource.RATE_PLAN: ("", "the base rate"),
    PriceSource.SEASON: ("S", "its season"),
    PriceSource.DATE: ("D", "a price of this date"),
    PriceSource.DERIVED: ("%", "the plan above it"),
}
_FEW = 5  # a fifth of the rooms
_FRIDAY = 5


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One night of a row: what stands in it, and all of it in words."""

    night: date
    states: str
    label: str
    is_open: bool
    figure: str
    of: str = ""
    notes: tuple[str, ...] = ()
    source: str = ""
    badges: tuple[str, ...] = ()

    @property
    def weekday(self) -> int:
        return self.night.isoweekday()


@dataclass(frozen=True, kw_only=True)
class Row:
    """A room type, or one of its rate plans. `key` names it in the form: the ids, with a slash between them."""

    key: str
    name: str
    code: str
    is_type: bool
    max_adults: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """A room type with its rate plans beneath it."""

    room_type: Row
    plans: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return (self.room_type, *self.plans)


@dataclass(frozen=True, kw_only=True)
class Day:
    """The head of a column."""

    date: date
    is_today: bool

    @property
    def states(self) -> str:
        return f"{_weekend(self.date)} {'is-today' if self.is_today else ''}"


def days_of(calendar: Calendar) -> tuple[Day, ...]:
    """The columns of the calendar."""
    nights = (calendar.last - calendar.first).days + 1
    dates = (calendar.first + timedelta(days=ahead) for ahead in range(nights))
    return tuple(Day(date=day, is_today=day == calendar.business_date) for day in dates)


def groups_of(calendar: Calendar) -> tuple[Group, ...]:
    """The rows of the calendar, room type by room type."""
    return tuple(_group(row, calendar) for row in calendar.room_types)


def rules_in_words(rules: Rules) -> Iterator[str]:
    """The restrictions that are in force, each as people say it."""
    for name, value in rules.items():
        if value and name in BADGES:
            yield BADGES[name][1].format(value)


def short(price: Money) -> str:
    """An amount without the decimals that say nothing."""
    amount = Decimal(price.amount)
    return f"{amount:.0f}" if amount == amount.to_integral_value() else price.amount


def _group(row: CalendarRow, calendar: Calendar) -> Group:
    kind = row.room_type
    room_type = Row(
        key=str(kind.id),
        name=kind.name,
        code=kind.code,
        is_type=True,
        max_adults=kind.max_adults,
        cells=tuple(_rooms(kind.name, night, calendar) for night in row.nights),
    )
    plans = tuple(
        Row(
            key=f"{kind.id}/{plan.id}",
            name=plan.name,
            code=plan.code,
            is_type=False,
            max_adults=kind.max_adults,
            cells=tuple(_price(kind.name, plan, night, night.prices[place], calendar) for night in row.nights),
        )
        for place, plan in enumerate(calendar.rate_plans)
    )
    return Group(room_type=room_type, plans=plans)


def _rooms(name: str, night: CalendarNight, calendar: Calendar) -> Cell:
    """The night of a room type: rooms left of those in order, and where they have gone."""
    words = f"{name}, {night.date:%a %-d %B}: "
    if not night.generated:
        return _not_on_sale(night, words, calendar)
    sellable = night.physical - night.out_of_order
    notes = [f"{night.sold} sold"] if night.sold else []
    notes += [f"{night.held} held"] if night.held else []
    notes += [f"+{night.overbooking_limit} over"] if night.overbooking_limit else []
    facts = [f"{night.rooms_left} of {sellable} left", f"{night.sold} sold", f"{night.held} held"]
    facts += [f"{night.out_of_order} out of order"] if night.out_of_order else []
    facts += [f"may be oversold by {night.overbooking_limit}"] if night.overbooking_limit else []
    facts += ["sale stopped"] if night.stop_sell else []
    facts += rules_in_words(night.restrictions)
    stop = ("Stop",) if night.stop_sell else ()
    return Cell(
        night=night.date,
        states=f"is-{_state(night, calendar.business_date)} {_weekend(night.date)}",
        label=words + ", ".join(facts),
        is_open=night.date >= calendar.business_date,
        figure=str(night.rooms_left),
        of=str(sellable),
        notes=tuple(notes),
        badges=stop + _badges(night.restrictions),
    )


def _price(kind: str, plan: OfferedRatePlan, night: CalendarNight, price: PlanPrice, calendar: Calendar) -> Cell:
    """The night of a product: its price, who says so, and the restrictions of its own or inherited."""
    words = f"{kind}, {plan.name}, {night.date:%a %-d %B}: "
    if not night.generated:
        return _not_on_sale(night, words, calendar)
    rules = price.effective_restrictions
    mark, source = SOURCES.get(price.source, ("", price.source))
    facts = [f"{price.amount.amount} {price.amount.currency}, from {source}"]
    if price.by_adults:
        facts.append("for 1, 2, ... adults " + ", ".join(short(each) for each in price.by_adults))
    facts += rules_in_words(rules)
    is_past = night.date < calendar.business_date
    stopped = "is-stopped" if rules.get(Restriction.STOP_SELL) else ""
    return Cell(
        night=night.date,
        states=f"{'is-past' if is_past else stopped} {_weekend(night.date)}",
        label=words + ", ".join(facts),
        is_open=not is_past,
        figure=short(price.amount),
        source=mark,
        # What holds for the whole room type stands in its own row.
        badges=_badges({name: value for name, value in rules.items() if not _is_of_type(name, value, night)}),
    )


def _is_of_type(name: str, value: bool | int, night: CalendarNight) -> bool:
    if name == Restriction.STOP_SELL:
        return night.stop_sell
    return night.restrictions.get(name) == value


def _not_on_sale(night: CalendarNight, words: str, calendar: Calendar) -> Cell:
    state = "is-past" if night.date < calendar.business_date else "is-none"
    return Cell(
        night=night.date,
        states=f"{state} {_weekend(night.date)}",
        label=f"{words}not on sale",
        is_open=False,
        figure="–",  # noqa: RUF001 - nothing, as a table shows it
    )


def _badges(rules: Rules) -> tuple[str, ...]:
    return tuple(BADGES[name][0].format(value) for name, value in rules.items() if value and name in BADGES)


def _state(night: CalendarNight, today: date) -> str:
    """The colour of a night. What is over comes first, then what staff have stopped."""
    if night.date < today:
        return "past"
    if night.stop_sell:
        return "stopped"
    if night.rooms_left <= 0:
        return "full"
    return "few" if night.rooms_left * _FEW <= night.physical else "open"


def _weekend(day: date) -> str:
    return "is-weekend" if day.isoweekday() > _FRIDAY else ""
