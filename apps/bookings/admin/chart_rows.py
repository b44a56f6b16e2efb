"""The tape chart as rows and bars: rooms by room type, above them who has no room yet, and how many rooms are left."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from apps.bookings.services import StaySpan, TapeChart
from apps.bookings.types import Status
from apps.inventory.services import ClosedSpan, ClosureKind, HouseNight, HouseRoom, HouseType

# The sign of a state on a bar, beside its colour and its outline, and the state in words.
SIGNS: Mapping[Status, tuple[str, str]] = {
    Status.PENDING: ("hourglass_top", "held, not confirmed"),
    Status.CONFIRMED: ("event_available", "confirmed"),
    Status.CHECKED_IN: ("hotel", "in the house"),
    Status.CHECKED_OUT: ("check", "checked out"),
    Status.NO_SHOW: ("person_off", "did not come"),
}
CLOSURES: Mapping[ClosureKind, str] = {
    ClosureKind.OUT_OF_ORDER: "out of order",
    ClosureKind.OUT_OF_SERVICE: "out of service",
}
_NOON = 0.5
_FRIDAY = 5


@dataclass(frozen=True, kw_only=True)
class Column:
    """A date of the chart; with what the whole house has left on its night."""

    date: date
    is_today: bool
    left: int | None

    @property
    def states(self) -> str:
        return f"{'is-weekend' if self.date.isoweekday() > _FRIDAY else ''} {'is-today' if self.is_today else ''}"


@dataclass(frozen=True, kw_only=True)
class Count:
    """What a room type has left on a night."""

    date: date
    left: int | None
    label: str

    @property
    def states(self) -> str:
        if self.left is None:
            return "is-none"
        return "is-full" if self.left < 0 else "is-tight" if self.left == 0 else ""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Nights of a stay in one room: from the middle of the day of arrival to that of departure, in columns.

    :param starts_here, ends_here: whether the guest comes and leaves there; else the bar goes on elsewhere.
    """

    span: StaySpan
    start: float
    end: float
    lane: int
    label: str
    starts_here: bool
    ends_here: bool
    moves: bool

    @property
    def width(self) -> float:
        return self.end - self.start

    @property
    def sign(self) -> str:
        return SIGNS[self.span.status][0]

    @property
    def states(self) -> str:
        return " ".join(
            [
                f"is-{self.span.status.value}",
                *(["starts"] if self.starts_here else []),
                *(["ends"] if self.ends_here else []),
                *(["is-short"] if self.width <= 1 else []),
            ]
        )

    @property
    def may_move(self) -> bool:
        """Whether the stay is ahead or runs; whether it may be touched at all is asked when it is."""
        return self.span.status in {Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN}


@dataclass(frozen=True, kw_only=True)
class Closed:
    """Nights on which nobody can stay in a room, in columns."""

    start: float
    end: float
    label: str

    @property
    def width(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Row:
    """A room, or the band of those who have none yet (`room` is None)."""

    room: HouseRoom | None
    bars: tuple[Bar, ...]
    closed: tuple[Closed, ...] = ()

    @property
    def lanes(self) -> int:
        return 1 + max((bar.lane for bar in self.bars), default=0)


@dataclass(frozen=True, kw_only=True)
class Group:
    """A room type: what it has left, who has no room yet, and its rooms."""

    room_type: HouseType
    counts: tuple[Count, ...]
    unassigned: Row
    rooms: tuple[Row, ...]


class ChartRows:
    """The chart of a hotel as its page draws it."""

    def __init__(self, chart: TapeChart, *, today: date) -> None:
        self._chart = chart
        self._today = today
        self._days = [chart.first + timedelta(days=ahead) for ahead in range((chart.last - chart.first).days + 1)]
        self._numbers = {room.id: room.number for kind in chart.room_types for room in kind.rooms}
        self._nights = {kind.id: {night.date: night for night in kind.nights} for kind in chart.room_types}
        self._turns = _turns(chart.stays)

    def columns(self) -> tuple[Column, ...]:
        """The dates, with the rooms that the house has left."""
        return tuple(Column(date=day, is_today=day == self._today, left=self._left(day)) for day in self._days)

    def groups(self) -> tuple[Group, ...]:
        """The room types; archived ones only where somebody stays in them."""
        in_room: dict[UUID, list[StaySpan]] = {}
        waiting: dict[UUID, list[StaySpan]] = {}
        for span in self._chart.stays:
            if span.room_id in self._numbers:
                in_room.setdefault(span.room_id, []).append(span)
            else:
                waiting.setdefault(span.room_type_id, []).append(span)
        groups = (self._group(kind, in_room, waiting.get(kind.id, [])) for kind in self._chart.room_types)
        return tuple(group for group in groups if _is_shown(group))

    def _group(self, kind: HouseType, in_room: Mapping[UUID, Sequence[StaySpan]], waiting: Sequence[StaySpan]) -> Group:
        rows = (
            Row(
                room=room,
                bars=tuple(self._bar(span) for span in in_room.get(room.id, ())),
                closed=tuple(self._closed(room, span) for span in room.closed),
            )
            for room in kind.rooms
        )
        return Group(
            room_type=kind,
            counts=tuple(self._count(kind, day) for day in self._days),
            unassigned=Row(room=None, bars=tuple(self._stacked(waiting))),
            rooms=tuple(row for row in rows if row.bars or not (row.room and row.room.archived)),
        )

    def _stacked(self, spans: Iterable[StaySpan]) -> Iterator[Bar]:
        """Bars that overlap stand in lanes below each other, each in the first one that is free."""
        ends: list[float] = []
        for span in spans:
            start, _ = self._place(span.first, span.last)
            lane = next((lane for lane, end in enumerate(ends) if end <= start), len(ends))
            bar = self._bar(span, lane=lane)
            ends[lane : lane + 1] = [bar.end]
            yield bar

    def _bar(self, span: StaySpan, *, lane: int = 0) -> Bar:
        start, end = self._place(span.first, span.last)
        comes, goes = self._turns[span]
        return Bar(
            span=span,
            start=start,
            end=end,
            lane=lane,
            label=self._label(span, comes, goes),
            starts_here=span.first == span.arrival,
            ends_here=goes is None and span.last < self._chart.last,
            moves=goes is not None or comes is not None,
        )

    def _place(self, first: date, last: date) -> tuple[float, float]:
        """Where nights begin and end, in columns; cut off at the edges of the chart."""
        start = (first - self._chart.first).days + _NOON
        end = (last - self._chart.first).days + 1 + _NOON
        return max(start, 0), min(end, len(self._days))

    def _closed(self, room: HouseRoom, span: ClosedSpan) -> Closed:
        start, end = self._place(span.first, span.last)
        what = f"{CLOSURES[span.kind]}: {span.reason}"
        return Closed(start=start, end=end, label=f"Room {room.number} {_dates(span.first, span.last)}, {what}")

    def _label(self, span: StaySpan, comes: StaySpan | None, goes: StaySpan | None) -> str:
        """All of a bar in words."""
        nights = (span.departure - span.arrival).days
        stay = f"{on(span.arrival)} to {on(span.departure)}, {nights} night{'' if nights == 1 else 's'}"
        facts = [span.guest_name, self._where(span), stay, SIGNS[span.status][1]]
        facts += [f"from {self._where(comes)} on {on(span.first)}"] if comes else []
        facts += [f"to {self._where(goes)} on {on(goes.first)}"] if goes else []
        facts += ["not to be moved"] if span.do_not_move else []
        people = [f"{span.adults} adult{'' if span.adults == 1 else 's'}"]
        people += [f"{span.children} child{'' if span.children == 1 else 'ren'}"] if span.children else []
        return ", ".join([*facts, *people, span.number])

    def _where(self, span: StaySpan) -> str:
        number = self._numbers.get(span.room_id) if span.room_id else None
        return f"room {number}" if number else "no room yet"

    def _count(self, kind: HouseType, day: date) -> Count:
        night = self._nights[kind.id].get(day)
        words = f"{kind.name}, {on(day)}: "
        if night is None:
            return Count(date=day, left=None, label=f"{words}not on sale")
        held = f", {night.held} held" if night.held else ""
        label = f"{words}{night.rooms_left} of {night.rooms} rooms left, {night.sold} sold{held}"
        return Count(date=day, left=night.rooms_left, label=label)

    def _left(self, day: date) -> int | None:
        found: list[HouseNight] = []
        for kind in self._chart.room_types:
            night = self._nights[kind.id].get(day)
            if night and (not kind.archived or night.sold):
                found.append(night)
        return sum(night.rooms_left for night in found) if found else None


def _is_shown(group: Group) -> bool:
    if not group.room_type.archived:
        return True
    return bool(group.unassigned.bars) or any(row.bars for row in group.rooms)


def _turns(spans: Iterable[StaySpan]) -> dict[StaySpan, tuple[StaySpan | None, StaySpan | None]]:
    """What comes right before and right after each span of the same stay: there the guest moves."""
    by_stay: dict[UUID, list[StaySpan]] = {}
    for span in spans:
        by_stay.setdefault(span.reservation_id, []).append(span)
    turns: dict[StaySpan, tuple[StaySpan | None, StaySpan | None]] = {}
    for of_stay in by_stay.values():
        before: dict[StaySpan, StaySpan] = {}
        after: dict[StaySpan, StaySpan] = {}
        for one, other in pairwise(sorted(of_stay, key=lambda span: span.first)):
            if one.last + timedelta(days=1) == other.first:
                after[one], before[other] = other, one
        turns |= {span: (before.get(span), after.get(span)) for span in of_stay}
    return turns


def _dates(first: date, last: date) -> str:
    return f"on {on(first)}" if first == last else f"from {on(first)} to {on(last)}"


def on(day: date) -> str:
    """A date as bars and panels name it."""
    return f"{day:%a} {day.day} {day:%b}"
