"""The history checker: is what the clients were told what the database holds? A pure function of both.

C4, the invariants of the database by itself, is `manage.py check_invariants`. The others stand here:

- C1  every success is in the database, as the answer said.
- C2  nothing is there that was refused for good, or that nobody asked for.
- C3  a key has at most one booking, and its successes are the same bytes; what was refused once is never granted.
- C6  no false refusal: "no rooms left" was possible at some moment between the first attempt and the first refusal.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from config.local.proof.history import Event, unsettled

NO_ROOMS_LEFT = "no_rooms_left"


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A booking of one room as the database holds it when all is over."""

    id: str
    user: str
    key: str
    room_type: str
    arrival: str
    departure: str
    canceled: bool = False

    @property
    def value(self) -> dict[str, str]:
        return {"room_type": self.room_type, "arrival": self.arrival, "departure": self.departure}


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that a run has broken, and where to look."""

    rule: str
    subject: str
    detail: str


def check(
    events: Sequence[Event], bookings: Collection[Booked], *, capacities: Mapping[str, int]
) -> tuple[Violation, ...]:
    """Everything in which the history and the database contradict each other; empty if all is well.

    :param events: a whole history, in order, whose unknown outcomes were asked for until they were known.
    :param bookings: every booking of the users of the history.
    :param capacities: the rooms of each room type, for every night alike.
    """
    return (
        *_never_settled(events),
        *_c1(events, bookings),
        *_c2(events, bookings),
        *_c3(events, bookings),
        *_c6(events, bookings, capacities),
    )


def _never_settled(events: Sequence[Event]) -> Iterator[Violation]:
    for event in unsettled(events):
        yield Violation(rule="unknown", subject=event.key, detail=f"{event.f} never came to a definite answer")


def _c1(events: Sequence[Event], bookings: Collection[Booked]) -> Iterator[Violation]:
    by_id = {booking.id: booking for booking in bookings}
    for event in events:
        if event.type != "ok":
            continue
        booking = by_id.get(event.booking)
        if booking is None:
            yield Violation(rule="C1", subject=event.key, detail=f"{event.f} gave {event.booking}, which is not there")
        elif event.f == "book" and (booking.user, booking.key, booking.value) != (event.user, event.key, event.value):
            yield Violation(rule="C1", subject=event.key, detail=f"{event.booking} is another booking than was asked")
        elif event.f == "cancel" and not (booking.canceled and event.value["booking"] == event.booking):
            yield Violation(rule="C1", subject=event.key, detail=f"{event.booking} was canceled, and still stands")


def _c2(events: Sequence[Event], bookings: Collection[Booked]) -> Iterator[Violation]:
    asked = {event.intention for event in events if event.type == "invoke" and event.f == "book"}
    refused = {event.intention for event in events if event.type == "fail" and event.f == "book"}
    canceling = {event.value["booking"] for event in events if event.type == "invoke" and event.f == "cancel"}
    for booking in bookings:
        if _intention(booking) not in asked:
            yield Violation(rule="C2", subject=booking.id, detail=f"nobody asked for it under {booking.key}")
        elif _intention(booking) in refused:
            yield Violation(rule="C2", subject=booking.id, detail=f"{booking.key} was refused, and yet booked")
        if booking.canceled and booking.id not in canceling:
            yield Violation(rule="C2", subject=booking.id, detail="it is canceled, and nobody asked for that")


def _intention(booking: Booked) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    return booking.user, booking.key, "book", tuple(sorted(booking.value.items()))


def _c3(events: Sequence[Event], bookings: Collection[Booked]) -> Iterator[Violation]:
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    for booking in bookings:
        held[booking.user, booking.key].append(booking.id)
    for (_, key), ids in held.items():
        if len(ids) > 1:
            yield Violation(rule="C3", subject=key, detail=f"{len(ids)} bookings under one key: {', '.join(ids)}")
    yield from _changed_answers(events)


def _changed_answers(events: Sequence[Event]) -> Iterator[Violation]:
    bodies, ends = defaultdict(set), defaultdict(set)
    for event in events:
        if event.type == "ok":
            bodies[event.user, event.key, event.f].add(event.body_sha)
        if event.type in {"ok", "fail"}:
            ends[event.intention].add(event.type)
    for (_, key, f), different in bodies.items():
        if len(different) > 1:
            yield Violation(rule="C3", subject=key, detail=f"{len(different)} different answers to one {f}")
    for intention, kinds in ends.items():
        if len(kinds) > 1:
            yield Violation(rule="C3", subject=intention[1], detail="granted at one time and refused at another")


@dataclass(frozen=True, kw_only=True)
class _Span:
    """From when until when at most a booking, or the decision on an attempt, was."""

    begin: float
    end: float


def _c6(events: Sequence[Event], bookings: Collection[Booked], capacities: Mapping[str, int]) -> Iterator[Violation]:
    nights = _possible_nights(events, bookings)
    for event, span in _refusals(events):
        room_type = event.value["room_type"]
        most = max(
            sum(taken.begin <= span.end and taken.end >= span.begin for taken in nights[room_type, night])
            for night in nights_of(event.value["arrival"], event.value["departure"])
        )
        if most < capacities[room_type]:
            detail = f"refused with at most {most} of {capacities[room_type]} rooms taken on each night"
            yield Violation(rule="C6", subject=event.key, detail=detail)


def _possible_nights(events: Sequence[Event], bookings: Collection[Booked]) -> dict[tuple[str, date], list[_Span]]:
    """For every night of a room type the longest times for which each booking may have been taking it."""
    asked: dict[object, float] = {}
    gone: dict[str, float] = {}
    for event in events:
        if event.type == "invoke" and event.f == "book":
            asked.setdefault(event.intention, event.t)
        elif event.type == "ok" and event.f == "cancel":
            gone.setdefault(event.booking, event.t)
    nights: dict[tuple[str, date], list[_Span]] = defaultdict(list)
    for booking in bookings:
        span = _Span(begin=asked.get(_intention(booking), 0.0), end=gone.get(booking.id, float("inf")))
        for night in nights_of(booking.arrival, booking.departure):
            nights[booking.room_type, night].append(span)
    return nights


def _refusals(events: Sequence[Event]) -> Iterator[tuple[Event, _Span]]:
    """The first refusal for want of rooms of each intention, with the time in which that was decided."""
    asked: dict[object, float] = {}
    seen = set()
    for event in events:
        if event.f == "book" and event.type == "invoke":
            asked.setdefault(event.intention, event.t)
        elif event.type == "fail" and event.code == NO_ROOMS_LEFT and event.intention not in seen:
            seen.add(event.intention)
            yield event, _Span(begin=asked.get(event.intention, 0.0), end=event.t)


def nights_of(arrival: str, departure: str) -> list[date]:
    """The nights of a stay; the last one is that before the departure."""
    first, last = date.fromisoformat(arrival), date.fromisoformat(departure)
    return [first + timedelta(days=day) for day in range((last - first).days)]
