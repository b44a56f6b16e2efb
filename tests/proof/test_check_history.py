"""The checker of histories sees what it is there for: each rule catches a history that was doctored against it."""

from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from config.local.proof.checker import NO_ROOMS_LEFT, Booked, check
from config.local.proof.history import Event, History, Type, read_history, unsettled

TYPE = "double"
STAY = {"room_type": TYPE, "arrival": "2030-05-01", "departure": "2030-05-03"}


@dataclass
class Story:
    """A history told line by line, one second a line, with what the database holds at its end."""

    rooms: int = 1
    events: list[Event] = field(default_factory=list)
    bookings: list[Booked] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: count(1))

    def tell(self, type_: Type, key: str, *, f: str = "book", value: dict[str, str] = STAY, **answer: Any) -> None:
        common = {"op_id": next(self._ids), "process": "p", "user": "ana", "key": key, "f": f, "value": value}
        self.events.append(Event(**common, type="invoke", t=float(len(self.events))))
        self.events.append(Event(**common, type=type_, t=float(len(self.events)), **answer))

    def booked(self, key: str, booking: str, *, body: str = "bytes") -> None:
        self.tell("ok", key, status=201, booking=booking, body_sha=body)

    def sold_out(self, key: str) -> None:
        self.tell("fail", key, status=409, code=NO_ROOMS_LEFT)

    def canceled(self, key: str, booking: str) -> None:
        self.tell("ok", key, f="cancel", value={"booking": booking}, status=200, booking=booking, body_sha="canceled")

    def holds(self, booking: str, key: str, *, canceled: bool = False) -> None:
        self.bookings.append(Booked(id=booking, user="ana", key=key, canceled=canceled, **STAY))

    def broken(self) -> set[str]:
        return {violation.rule for violation in check(self.events, self.bookings, capacities={TYPE: self.rooms})}


@pytest.fixture
def story() -> Story:
    """An honest run: one booked the last room, one lost an answer and asked again, one was refused."""
    story = Story()
    story.tell("info", "lost")
    story.booked("lost", "b1")
    story.sold_out("late")
    story.holds("b1", "lost")
    return story


def test_an_honest_history_breaks_nothing(story: Story) -> None:
    assert story.broken() == set()


def test_a_room_given_back_is_sold_again(story: Story) -> None:
    story.canceled("changed my mind", "b1")
    story.booked("second", "b2")
    story.bookings = [replace(story.bookings[0], canceled=True)]
    story.holds("b2", "second")

    assert story.broken() == set()


def test_c1_a_lost_booking_is_seen(story: Story) -> None:
    story.bookings.clear()

    assert "C1" in story.broken()


def test_c1_a_booking_of_other_dates_than_asked_is_seen(story: Story) -> None:
    story.bookings = [replace(story.bookings[0], departure="2030-05-09")]

    assert "C1" in story.broken()


def test_c1_a_lost_cancellation_is_seen(story: Story) -> None:
    story.canceled("changed my mind", "b1")

    assert story.broken() == {"C1"}


def test_c2_a_booking_that_was_refused_is_seen(story: Story) -> None:
    story.rooms = 2
    story.holds("b2", "late")

    assert "C2" in story.broken()


def test_c2_a_booking_nobody_asked_for_is_seen(story: Story) -> None:
    story.holds("b2", "out of nowhere")

    assert story.broken() == {"C2"}


def test_c2_a_cancellation_nobody_asked_for_is_seen(story: Story) -> None:
    story.bookings = [replace(story.bookings[0], canceled=True)]

    assert story.broken() == {"C2"}


def test_c3_two_bookings_of_one_key_are_seen(story: Story) -> None:
    story.holds("b2", "lost")

    assert story.broken() == {"C3"}


def test_c3_other_bytes_at_a_replay_are_seen(story: Story) -> None:
    story.booked("lost", "b1", body="rendered anew")

    assert story.broken() == {"C3"}


def test_c3_a_refusal_that_a_duplicate_overturned_is_seen(story: Story) -> None:
    story.rooms = 2
    story.booked("late", "b2")
    story.holds("b2", "late")

    assert "C3" in story.broken()


def test_c6_a_refusal_with_a_room_left_is_seen(story: Story) -> None:
    story.rooms = 2

    assert story.broken() == {"C6"}


def test_c6_a_refusal_after_the_room_came_back_is_seen(story: Story) -> None:
    story.canceled("changed my mind", "b1")
    story.bookings = [replace(story.bookings[0], canceled=True)]
    story.sold_out("too late")

    assert story.broken() == {"C6"}


def test_what_was_never_settled_is_seen(story: Story) -> None:
    story.tell("info", "no answer")

    assert [event.key for event in unsettled(story.events)] == ["no answer"]
    assert story.broken() == {"unknown"}


def test_a_history_is_read_as_it_was_written(tmp_path: Path) -> None:
    with History(path=tmp_path / "run.jsonl") as history:
        for type_ in ("invoke", "ok"):
            history.add(op_id=history.next_id(), process="p", user="ana", key="k", f="book", value=STAY, type_=type_)

    assert list(read_history(tmp_path / "run.jsonl")) == history.events
    assert [event.type for event in history.events] == ["invoke", "ok"]
