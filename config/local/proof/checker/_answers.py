"""C1 to C3: what each key was answered, and what it has left in the database."""

from collections import defaultdict
from collections.abc import Iterator

from config.local.proof.checker._facts import PLACING, Booked, Facts, Violation, placed_as
from config.local.proof.history import Event

_CHANGES = ("confirm", "amend", "cancel", "check_in", "check_out")


def c1(facts: Facts) -> Iterator[Violation]:
    """Every success is in the database, as the answer said."""
    for event in facts.events:
        if event.type != "ok" or event.f == "look":
            continue
        booking = facts.by_id.get(event.booking)
        wrong = (
            f"{event.f} gave {event.booking}, which is not there" if booking is None else _contradiction(event, booking)
        )
        if wrong:
            yield Violation(rule="C1", subject=event.key, detail=wrong)


def _contradiction(event: Event, booking: Booked) -> str:
    if event.f in PLACING:
        if (booking.user, booking.key, booking.value) != (event.user, event.key, event.value):
            return f"{event.booking} is another booking than was asked"
        if event.f == "book" and "confirm" not in booking.marks:
            return f"{event.booking} was sold, and is not confirmed"
    elif event.value["booking"] != event.booking:
        return f"{event.f} of {event.value['booking']} was answered with {event.booking}"
    elif event.f not in booking.marks:
        return f"{event.f} of {event.booking} was answered, and has not happened"
    return ""


def c2(facts: Facts) -> Iterator[Violation]:
    """Nothing is in the database that was refused for good, or that nobody asked for."""
    asked = {event.intention for event in facts.events if event.type == "invoke"}
    refused = {event.intention for event in facts.events if event.type == "fail"}
    changing = {
        (event.f, event.value.get("booking")) for event in facts.events if event.type == "invoke" and event.f != "look"
    }
    for booking in facts.bookings:
        possible = [intention for intention in placed_as(booking) if intention in asked]
        if not possible:
            yield Violation(rule="C2", subject=booking.id, detail=f"nobody asked for it under {booking.key}")
        elif refused.issuperset(possible):
            yield Violation(rule="C2", subject=booking.id, detail=f"{booking.key} was refused, and yet booked")
        sold_at_once = any(f == "book" for _, _, f, _ in possible)
        for change in _CHANGES:
            wanted = (change, booking.id) in changing or (change == "confirm" and sold_at_once)
            if possible and change in booking.marks and not wanted:
                yield Violation(rule="C2", subject=booking.id, detail=f"{change} has happened, and nobody asked for it")


def c3(facts: Facts) -> Iterator[Violation]:
    """A key has at most one booking, and one answer, for ever."""
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    for booking in facts.bookings:
        held[booking.user, booking.key].append(booking.id)
    for (_, key), ids in held.items():
        if len(ids) > 1:
            yield Violation(rule="C3", subject=key, detail=f"{len(ids)} bookings under one key: {', '.join(ids)}")
    yield from _changed_bytes(facts)
    ends = defaultdict(set)
    for event in facts.events:
        if event.type in {"ok", "fail"} and event.f != "look":
            ends[event.intention].add(event.type)
    for intention, kinds in ends.items():
        if len(kinds) > 1:
            yield Violation(rule="C3", subject=intention[1], detail="granted at one time and refused at another")


def _changed_bytes(facts: Facts) -> Iterator[Violation]:
    bodies: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for event in facts.events:
        if event.type == "ok" and event.f != "look":
            bodies[event.user, event.key, event.f].add(event.body_sha)
    for (user, key, f), different in bodies.items():
        if len(different) > 1:
            yield Violation(rule="C3", subject=key, detail=f"{len(different)} different answers to one {f}")
        stored = facts.committed.get((user, key))
        if stored is not None and stored.body_sha not in different:
            yield Violation(rule="C3", subject=key, detail=f"the answer to {f} was never the one that is stored")
