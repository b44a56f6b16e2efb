"""C6 and C7: what clients were told of rooms, against what was certainly and what was possibly taken at that time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from config.local.proof.checker._facts import (
    NO_ROOMS_LEFT,
    PLACING,
    Booked,
    Facts,
    Violation,
    nights_left_over,
    nights_of,
)
from config.local.proof.history import Event

_NEVER = float("inf")
# (From the timestamp of a commit until everybody sees it: the time that its record takes to the disk.)
_UNTIL_SEEN_SECONDS = 5.0


@dataclass(frozen=True)
class _Taking:
    """A room that is taken for a night: possibly for the longer time, certainly for the shorter one."""

    possibly_from: float
    possibly_until: float
    certainly_from: float
    certainly_until: float

    def may_be_seen(self, begin: float, end: float) -> bool:
        return self.possibly_from <= end and self.possibly_until >= begin

    def must_be_seen(self, begin: float, end: float) -> bool:
        return self.certainly_from <= begin and self.certainly_until >= end


Nights = Mapping[tuple[str, date], Sequence[_Taking]]


def c6(facts: Facts) -> Iterator[Violation]:
    """No false refusal: it was possible at some moment before the refusal was committed that no room was left."""
    nights = _nights(facts)
    for asked in facts.asked.values():
        refusal = asked.answered
        if refusal is None or refusal.code != NO_ROOMS_LEFT:
            continue
        commit = facts.committed.get((refusal.user, refusal.key))
        decided = commit.at + facts.slack if commit else refusal.wall
        most = max(
            sum(taking.may_be_seen(asked.first.wall - facts.slack, decided) for taking in takings)
            for takings in _of(nights, refusal)
        )
        rooms = facts.capacities[refusal.value["room_type"]]
        if most < rooms:
            detail = f"refused with at most {most} of {rooms} rooms taken on each night"
            yield Violation(rule="C6", subject=refusal.key, detail=detail)


def c7(facts: Facts) -> Iterator[Violation]:
    """The rooms that a look has found left are no fewer than were certainly, and no more than were possibly free."""
    nights, begun = _nights(facts), {}
    for event in facts.events:
        if event.f != "look":
            continue
        if event.type == "invoke":
            begun[event.op_id] = event.wall
        if event.type != "ok":
            continue
        begin, end = begun[event.op_id] - facts.slack, event.wall + facts.slack
        rooms = facts.capacities[event.value["room_type"]]
        fewest = min(rooms - sum(t.may_be_seen(begin, end) for t in takings) for takings in _of(nights, event))
        most = min(rooms - sum(t.must_be_seen(begin, end) for t in takings) for takings in _of(nights, event))
        if not max(0, fewest) <= event.left <= max(0, most):
            detail = f"{event.left} rooms left were seen where {max(0, fewest)} to {max(0, most)} were possible"
            yield Violation(rule="C7", subject=str(event.op_id), detail=detail)


def _of(nights: Nights, event: Event) -> Iterator[Sequence[_Taking]]:
    """The takings of each night that an event is about."""
    for night in nights_of(event.value["arrival"], event.value["departure"]):
        yield nights.get((event.value["room_type"], night), ())


def _nights(facts: Facts) -> Nights:
    """For every night of a room type how long each booking may and must have been taking it."""
    ends: dict[str, Event] = {}
    for event in facts.events:
        if event.type == "ok" and event.f in {"cancel", "check_out"}:
            ends.setdefault(event.booking, event)
    nights: dict[tuple[str, date], list[_Taking]] = defaultdict(list)
    for booking in facts.bookings:
        if booking.id in facts.amendments:
            for place in _anywhere(booking, facts):
                nights[place].append(_Taking(_begin(booking, facts), _NEVER, _NEVER, _NEVER))
            continue
        for night, taking in _takings(booking, ends.get(booking.id), facts):
            nights[booking.room_type, night].append(taking)
    return nights


def _anywhere(booking: Booked, facts: Facts) -> set[tuple[str, date]]:
    """Wherever a booking that somebody has wanted to amend may have been at some time."""
    stays = [booking.value, *facts.amendments[booking.id]]
    return {(stay["room_type"], night) for stay in stays for night in nights_of(stay["arrival"], stay["departure"])}


def _begin(booking: Booked, facts: Facts) -> float:
    """From when on a booking may have been there."""
    place = (booking.user, booking.key)
    asked, commit = facts.asked.get(place), facts.committed.get(place)
    return commit.at if commit else asked.first.wall if asked else 0.0


def _takings(booking: Booked, end: Event | None, facts: Facts) -> Iterator[tuple[date, _Taking]]:
    place = (booking.user, booking.key)
    asked, begin = facts.asked.get(place), _begin(booking, facts)
    answered = asked.answered.wall if asked and asked.answered and asked.first.f in PLACING else _NEVER
    nights = nights_of(booking.arrival, booking.departure)
    stays = _Taking(begin, _NEVER, answered, _NEVER)
    if booking.expired_at is not None:
        # A hold that is overdue counts as free before it is expired, and nobody has noted since when it was.
        gone = _Taking(begin, booking.expired_at + _UNTIL_SEEN_SECONDS, _NEVER, _NEVER)
        yield from ((night, gone) for night in nights)
    elif end is None:
        # What somebody may have ended without ever being told is not certain.
        unsure = booking.marks & {"cancel", "check_out"}
        yield from ((night, _Taking(begin, _NEVER, _NEVER, _NEVER) if unsure else stays) for night in nights)
    else:
        given = facts.committed.get((end.user, end.key))
        gone = _Taking(begin, end.wall, answered, given.at if given else facts.asked[end.user, end.key].first.wall)
        free = nights if end.f == "cancel" else nights_left_over(booking, end.wall)
        yield from ((night, gone if night in free else stays) for night in nights)
