"""What a run is judged by: what clients asked and were told, and what the database holds when all is over."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from statistics import median

from config.local.proof.history import Event, Intention

NO_ROOMS_LEFT = "no_rooms_left"
KEY_REUSED = "idempotency_key_reused"
PLACING = frozenset({"book", "hold"})
"""What makes a booking: sold at once, or held until it is confirmed."""

ROLLOVER = timedelta(hours=3)
"""Until when in the night it is still yesterday at the hotel of the proof, whose clock is UTC."""

_JITTER_SECONDS = 0.001

Key = tuple[str, str]
"""A user and a key of theirs."""


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A booking of one room as the database holds it when all is over.

    :param room_type, arrival, departure: as it was placed; `last`: as it is when all is over, where that is known.
    :param marks: what has happened to it: confirm, amend, cancel, check_in, check_out.
    :param placed_at: when the transaction committed that made it, where nothing has changed it since.
    :param expired_at: when the transaction committed that let its hold expire.
    """

    id: str
    user: str
    key: str
    room_type: str
    arrival: str
    departure: str
    status: str = "confirmed"
    marks: frozenset[str] = frozenset({"confirm"})
    placed_at: float | None = None
    expired_at: float | None = None
    last: Mapping[str, str] = field(default_factory=dict)

    @property
    def value(self) -> dict[str, str]:
        return {"room_type": self.room_type, "arrival": self.arrival, "departure": self.departure}

    @property
    def canceled(self) -> bool:
        return self.status == "canceled"


@dataclass(frozen=True, kw_only=True)
class Committed:
    """The stored answer to a key, and when its transaction committed, by the clock of the wall."""

    user: str
    key: str
    outcome: str
    body_sha: str
    at: float


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that a run has broken, and where to look."""

    rule: str
    subject: str
    detail: str


@dataclass(frozen=True)
class Asked:
    """What became of a key: its first attempt, its first definite answer, and its first success."""

    first: Event
    answered: Event | None = None
    granted: Event | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything the rules look at."""

    events: Sequence[Event]
    bookings: Collection[Booked]
    commits: Collection[Committed]
    capacities: Mapping[str, int]

    @cached_property
    def asked(self) -> dict[Key, Asked]:
        """Every key with what became of it; without the requests that came too late for a key that others had."""
        late = {event.intention for event in self.events if event.code == KEY_REUSED}
        found: dict[Key, Asked] = {}
        for event in self.events:
            if event.f == "look" or event.intention in late:
                continue
            place = (event.user, event.key)
            known = found.get(place) or Asked(event)
            if event.type in {"ok", "fail"}:
                granted = event if event.type == "ok" else None
                known = Asked(known.first, known.answered or event, known.granted or granted)
            found[place] = known
        return found

    @cached_property
    def committed(self) -> dict[Key, Committed]:
        return {(commit.user, commit.key): commit for commit in self.commits}

    @cached_property
    def by_id(self) -> dict[str, Booked]:
        return {booking.id: booking for booking in self.bookings}

    @cached_property
    def amendments(self) -> dict[str, list[Mapping[str, str]]]:
        """The stays that anybody has wanted each booking to become."""
        found: dict[str, list[Mapping[str, str]]] = {}
        for event in self.events:
            if event.f == "amend" and event.type == "invoke":
                found.setdefault(event.value["booking"], []).append(stay_in(event.value))
        return found

    @cached_property
    def placings(self) -> dict[str, Key]:
        """Under which key each booking was made."""
        return {booking.id: (booking.user, booking.key) for booking in self.bookings}

    @cached_property
    def slack(self) -> float:
        """By how much two readings of the wall's clock may contradict each other: what it was set by during the run.

        The clients note a clock that is never set beside it; that of PostgreSQL is the wall's as well.
        """
        offsets = [event.wall - event.t for event in self.events]
        half = len(offsets) // 2
        set_by = abs(median(offsets[half:]) - median(offsets[:half])) if half else 0.0
        return set_by + _JITTER_SECONDS


def placed_as(booking: Booked) -> tuple[Intention, ...]:
    """The intentions that may have made a booking."""
    value = tuple(sorted(booking.value.items()))
    return tuple((booking.user, booking.key, f, value) for f in sorted(PLACING))


def stay_in(value: Mapping[str, str]) -> dict[str, str]:
    """The stay that a request is about."""
    return {name: value[name] for name in ("room_type", "arrival", "departure")}


def nights_of(arrival: str, departure: str) -> list[date]:
    """The nights of a stay; the last one is that before the departure."""
    first, last = date.fromisoformat(arrival), date.fromisoformat(departure)
    return [first + timedelta(days=day) for day in range((last - first).days)]


def nights_left_over(booking: Booked, at: float) -> list[date]:
    """The nights that a guest who leaves at this moment gives back: never the first one, which was used."""
    today = (datetime.fromtimestamp(at, tz=UTC) - ROLLOVER).date()
    return [night for night in nights_of(booking.arrival, booking.departure)[1:] if night >= today]
