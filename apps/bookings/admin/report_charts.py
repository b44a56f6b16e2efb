"""The figures of a report as drawings: columns, a line for the year before, and the steps of the axes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil, floor, log10

from apps.bookings.services import Figures, PickUp, Report, ReportNight
from apps.platform.money import Money

WIDTH, HEIGHT = 560, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 12, 30
_LABELS = 8
_STEPS = 4
_SHARES = (0.85, 0.55, 0.25)
_FRIDAY = 5


@dataclass(frozen=True, kw_only=True)
class Column:
    """One value of one night."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A step of an axis with its label."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One drawing. `said` tells in words what it shows; the table below has each figure."""

    name: str
    title: str
    figure: str
    beside: str
    said: str
    columns: tuple[Column, ...]
    line: str
    dots: tuple[tuple[float, float], ...]
    weekends: tuple[tuple[float, float], ...]
    days: tuple[Tick, ...]
    steps: tuple[Tick, ...]
    zero: float
    today: float | None
    key: tuple[tuple[str, str], ...]


class _Paper:
    """Where nights and values lie."""

    def __init__(self, days: Sequence[date], lowest: float, highest: float) -> None:
        self.days = days
        self.slot = (WIDTH - LEFT - RIGHT) / len(days)
        self.step = _nice(max(highest, 0) - min(lowest, 0))
        self.low = floor(min(lowest, 0) / self.step) * self.step
        self.high = max(ceil(highest / self.step) * self.step, self.low + self.step)

    def x(self, place: int) -> float:
        return round(LEFT + place * self.slot, 2)

    def y(self, value: float) -> float:
        scale = (HEIGHT - TOP - BOTTOM) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - (value - self.low) * scale, 2)

    def column(self, place: int, value: float, share: float, tone: str, text: str) -> Column:
        """A column from zero, as wide as its share of the night."""
        width = max(self.slot * share, 0.8)
        top, bottom = sorted((self.y(value), self.y(0)))
        return Column(
            x=round(self.x(place) + (self.slot - width) / 2, 2),
            y=top,
            width=round(width, 2),
            height=round(bottom - top, 2),
            tone=tone,
            text=text,
        )

    def steps(self, shown: Callable[[float], str]) -> tuple[Tick, ...]:
        count = round((self.high - self.low) / self.step)
        values = (self.low + place * self.step for place in range(count + 1))
        return tuple(Tick(at=self.y(value), text=shown(value)) for value in values)

    def ticks(self) -> tuple[Tick, ...]:
        every = ceil(len(self.days) / _LABELS)
        return tuple(
            Tick(at=round(self.x(place) + self.slot / 2, 2), text=f"{day.day} {day:%b}")
            for place, day in enumerate(self.days)
            if place % every == 0
        )

    def weekends(self) -> tuple[tuple[float, float], ...]:
        return tuple(
            (self.x(place), round(self.slot, 2)) for place, day in enumerate(self.days) if day.isoweekday() > _FRIDAY
        )

    def place_of(self, day: date) -> float | None:
        return self.x((day - self.days[0]).days) if self.days[0] < day <= self.days[-1] else None


def charts_of(report: Report) -> tuple[Chart, ...]:
    """Occupancy, ADR and RevPAR beside the year before, and what came in of the nights ahead."""
    charts = [
        _measured(report, "occupancy", "Occupancy", _occupancy, lambda value: f"{value:g} %"),
        _measured(report, "adr", f"ADR, {report.currency}", lambda figures: figures.adr, _short),
        _measured(report, "revpar", f"RevPAR, {report.currency}", lambda figures: figures.revpar, _short),
    ]
    if report.last >= report.business_date:
        charts.append(_pick_up(report))
    return tuple(charts)


def _measured(
    report: Report,
    name: str,
    title: str,
    measure: Callable[[Figures], Money | Decimal | None],
    shown: Callable[[float], str],
) -> Chart:
    def value(figures: Figures | None) -> float | None:
        found = measure(figures) if figures else None
        return float(found.amount if isinstance(found, Money) else found) if found is not None else None

    def text(figures: Figures | None) -> str:
        found = measure(figures) if figures else None
        return in_words(found)

    now = [value(night.figures) for night in report.nights]
    before = [value(night.last_year) for night in report.nights]
    paper = _Paper([night.date for night in report.nights], 0, max([*filter(None, now + before), 1]))
    columns = [
        paper.column(place, figure, 0.7, _tone(night, report), f"{on(night.date)}: {text(night.figures)}")
        for place, (night, figure) in enumerate(zip(report.nights, now, strict=True))
        if figure is not None
    ]
    line, dots = _line(paper, before)
    year = f"; a year before {text(report.last_year)}" if report.last_year else ""
    key = (("now", "this period"),) + ((("ahead", "nights ahead, as booked now"),) if _is_ahead(report) else ())
    return Chart(
        name=name,
        title=title,
        figure=text(report.figures),
        beside=f"{text(report.last_year)} 52 weeks before" if report.last_year else "",
        said=f"{title} of {len(now)} nights, in all {text(report.figures)}{year}. The table below has each night.",
        columns=tuple(columns),
        line=line,
        dots=dots,
        weekends=paper.weekends(),
        days=paper.ticks(),
        steps=paper.steps(shown),
        zero=paper.y(0),
        today=paper.place_of(report.business_date),
        key=key + ((("before", "52 weeks before"),) if line or dots else ()),
    )


def _pick_up(report: Report) -> Chart:
    """Narrower and darker the more recent: the last 30 days, in them the last 7, in them the last one."""
    nights = [night for night in report.nights if night.pick_up]
    totals = {one.days: one.net for one in report.pick_up}
    nets = {days: [_net(night.pick_up, days) for night in nights] for days in sorted(totals, reverse=True)}
    every = [net for of_window in nets.values() for net in of_window]
    paper = _Paper([night.date for night in nights], min([*every, 0]), max([*every, _STEPS]))
    columns = [
        paper.column(place, net, share, f"back-{days}", f"{on(nights[place].date)}: {net:+d} in {_last(days)}")
        for (days, of_window), share in zip(nets.items(), _SHARES, strict=True)
        for place, net in enumerate(of_window)
        if net
    ]
    told = ", ".join(f"{totals[days]:+d} in {_last(days)}" for days in sorted(totals))
    return Chart(
        name="pick-up",
        title="Pick-up, room nights",
        figure=f"{totals[max(totals)]:+d}",
        beside=f"in {_last(max(totals))}",
        said=f"Room nights booked less those given back, for the nights ahead: {told}. The table below has each night.",
        columns=tuple(columns),
        line="",
        dots=(),
        weekends=paper.weekends(),
        days=paper.ticks(),
        steps=paper.steps(lambda value: f"{value:g}"),
        zero=paper.y(0),
        today=None,
        key=tuple((f"back-{days}", _last(days)) for days in nets),
    )


def in_words(value: Money | Decimal | None) -> str:
    """A figure as people read it; a dash where there is none."""
    if value is None:
        return "–"  # noqa: RUF001 - nothing, as a table shows it
    if isinstance(value, Money):
        whole, _, decimals = value.amount.partition(".")
        return f"{int(whole):,}.{decimals}" if decimals else f"{int(whole):,}"
    return f"{value:.1f} %"


def on(day: date) -> str:
    """A date as charts and tables name it."""
    return f"{day:%a} {day.day} {day:%b}"


def _occupancy(figures: Figures) -> Decimal | None:
    return figures.occupancy_percent


def _tone(night: ReportNight, report: Report) -> str:
    return "ahead" if night.date >= report.business_date else "now"


def _is_ahead(report: Report) -> bool:
    return report.last >= report.business_date


def _net(pick_up: Sequence[PickUp], days: int) -> int:
    return next(one.net for one in pick_up if one.days == days)


def _last(days: int) -> str:
    return "the last day" if days == 1 else f"the last {days} days"


def _line(paper: _Paper, values: Sequence[float | None]) -> tuple[str, tuple[tuple[float, float], ...]]:
    """A path through the middles of the nights, broken where there is no value; dots where it has no neighbour."""
    path, dots, pen = [], [], False
    for place, value in enumerate(values):
        if value is None:
            pen = False
            continue
        x, y = round(paper.x(place) + paper.slot / 2, 2), paper.y(value)
        lonely = not pen and (place + 1 == len(values) or values[place + 1] is None)
        if lonely:
            dots.append((x, y))
        path.append(f"{'L' if pen else 'M'}{x} {y}")
        pen = True
    return " ".join(path), tuple(dots)


def _nice(span: float) -> float:
    """A round step of which a few make the span."""
    rough = max(span, 1e-9) / _STEPS
    power: float = 10 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return max(step, 1)


def _short(value: float) -> str:
    return f"{value:,.0f}"
