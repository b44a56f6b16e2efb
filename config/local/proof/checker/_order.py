"""C5: the history in the order in which PostgreSQL committed it, on a house where one thing happens after the other.

The answer to a key is stored by the transaction of its effect, so the commit of the answer is that of the effect. Where
two transactions want the same rows, the later one waits for the earlier: their timestamps are in the order of truth.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from config.local.proof.checker._facts import (
    Asked,
    Booked,
    Committed,
    Facts,
    Key,
    Violation,
    nights_left_over,
    nights_of,
    stay_in,
)

_MOVES = {
    "confirm": ({"pending"}, "confirmed"),
    "cancel": ({"pending", "confirmed"}, "canceled"),
    "expire": ({"pending"}, "expired"),
    "check_in": ({"confirmed"}, "checked_in"),
    "check_out": ({"checked_in"}, "checked_out"),
}

_AMENDABLE = frozenset({"pending", "confirmed", "checked_in"})


def c5(facts: Facts) -> Iterator[Violation]:
    """Every success was possible in the order of commits, and every commit lies between the question and the answer."""
    for place, asked in facts.asked.items():
        for wrong in _untimely(asked, facts.committed.get(place), facts.slack):
            yield Violation(rule="C5", subject=place[1], detail=wrong)
    yield from _torn(facts)
    house = _House(capacities=dict(facts.capacities))
    for step in sorted(_steps(facts), key=lambda step: step.at):
        for wrong in house.take(step):
            yield Violation(rule="C5", subject=step.subject, detail=wrong)
    for booking in facts.bookings:
        ended = house.statuses.get(booking.id)
        if ended not in {None, booking.status}:
            detail = f"is {booking.status}; after all that was committed it should be {ended}"
            yield Violation(rule="C5", subject=booking.id, detail=detail)
        stay = house.stays.get(booking.id)
        if stay is not None and booking.last and dict(booking.last) != stay.value:
            detail = f"is {dict(booking.last)}; after all that was committed it should be {stay.value}"
            yield Violation(rule="C5", subject=booking.id, detail=detail)


def _untimely(asked: Asked, commit: Committed | None, slack: float) -> Iterator[str]:
    """What is wrong with the time of a commit.

    All commits lie within their own operations: so of two, of which one was over before the other began, the first
    also commits first.
    """
    if commit is None:
        if asked.granted is not None:
            yield f"{asked.granted.f} was granted, and no answer is stored"
        return
    if commit.at < asked.first.wall - slack:
        yield f"committed {asked.first.wall - commit.at:.6f} s before it was asked for"
    if asked.answered is not None and commit.at > asked.answered.wall + slack:
        yield f"committed {commit.at - asked.answered.wall:.6f} s after it was answered"


def _torn(facts: Facts) -> Iterator[Violation]:
    """Bookings that were not committed together with the answer of their key."""
    for booking in facts.bookings:
        answer = facts.committed.get((booking.user, booking.key))
        if answer is not None and booking.placed_at not in {None, answer.at}:
            yield Violation(
                rule="C5", subject=booking.key, detail=f"{booking.id} and the answer with it are of two commits"
            )


@dataclass(frozen=True, kw_only=True)
class _Step:
    """Something that was committed: `f` happened to a booking."""

    at: float
    f: str
    booking: Booked
    subject: str
    value: Mapping[str, str]


def _steps(facts: Facts) -> Iterator[_Step]:
    for place, asked in facts.asked.items():
        commit, granted = facts.committed.get(place), asked.granted
        booking = facts.by_id.get(granted.booking) if granted else None
        # (Where one of them is missing, C1 or the above has said so.)
        if commit and granted and booking:
            yield _Step(at=commit.at, f=granted.f, booking=booking, subject=_name(place), value=granted.value)
    for booking in facts.bookings:
        if booking.expired_at is not None:
            yield _Step(at=booking.expired_at, f="expire", booking=booking, subject=booking.id, value={})


def _name(place: Key) -> str:
    return place[1]


@dataclass(kw_only=True)
class _House:
    """The sequential model: what is taken on each night, and the state of each booking."""

    capacities: dict[str, int]
    statuses: dict[str, str] = field(default_factory=dict)
    stays: dict[str, Booked] = field(default_factory=dict)
    taken: Counter[tuple[str, date]] = field(default_factory=Counter)

    def take(self, step: _Step) -> Iterator[str]:
        """Let a step happen, and say why it could not have."""
        booking = step.booking
        if step.f in {"book", "hold"}:
            yield from self._place(booking, held=step.f == "hold")
            return
        if step.f == "amend":
            yield from self._amend(booking, stay_in(step.value))
            return
        sources, target = _MOVES[step.f]
        status = self.statuses.get(booking.id, "not there")
        if status not in sources:
            yield f"{step.f} of {booking.id}, which was {status}"
            return
        self.statuses[booking.id], stay = target, self.stays[booking.id]
        if step.f == "check_out":
            self._give_back(stay, nights_left_over(stay, step.at))
        elif step.f in {"cancel", "expire"}:
            self._give_back(stay, nights_of(stay.arrival, stay.departure))

    def _place(self, booking: Booked, *, held: bool) -> Iterator[str]:
        if booking.id in self.statuses:
            yield f"{booking.id} was placed again"
            return
        self.statuses[booking.id] = "pending" if held else "confirmed"
        yield from self._take(booking)

    def _amend(self, booking: Booked, wanted: dict[str, str]) -> Iterator[str]:
        """The same booking, somewhere else or at another time; it is not in its own way."""
        status = self.statuses.get(booking.id, "not there")
        if status not in _AMENDABLE:
            yield f"amend of {booking.id}, which was {status}"
            return
        before = self.stays[booking.id]
        self._give_back(before, nights_of(before.arrival, before.departure))
        room_type, arrival, departure = wanted["room_type"], wanted["arrival"], wanted["departure"]
        yield from self._take(replace(before, room_type=room_type, arrival=arrival, departure=departure))

    def _take(self, booking: Booked) -> Iterator[str]:
        self.stays[booking.id] = booking
        rooms = self.capacities[booking.room_type]
        for night in nights_of(booking.arrival, booking.departure):
            self.taken[booking.room_type, night] += 1
            if self.taken[booking.room_type, night] > rooms:
                yield f"{booking.id} was room {self.taken[booking.room_type, night]} of {rooms} on {night}"

    def _give_back(self, booking: Booked, nights: list[date]) -> None:
        for night in nights:
            self.taken[booking.room_type, night] -= 1
