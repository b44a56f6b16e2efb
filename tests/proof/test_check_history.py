"""The checker of histories sees what it is there for: each rule catches a history that was doctored against it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from config.local.proof.checker import NO_ROOMS_LEFT, Booked, Committed, check
from config.local.proof.history import Event, History, Type, read_history, unsettled

TYPE = "double"
STAY = {"room_type": TYPE, "arrival": "2030-05-01", "departure": "2030-05-03"}
ARRIVAL = 1_903_867_200.0 - 60 * 60
"""An hour before midnight of the first night: whoever leaves within the next hours gives the second night back."""


@dataclass
class Story:
    """A history told line by line, one second a line, with what the database holds at its end.

    What is answered was committed half a second before.
    """

    rooms: int = 1
    events: list[Event] = field(default_factory=list)
    bookings: list[Booked] = field(default_factory=list)
    commits: list[Committed] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: count(1))

    @property
    def now(self) -> float:
        return ARRIVAL + len(self.events)

    def tell(self, type_: Type, key: str, *, f: str = "book", value: dict[str, str] = STAY, **answer: Any) -> None:
        common = {"op_id": next(self._ids), "process": "p", "user": "ana", "key": key, "f": f, "value": value}
        self.events.append(Event(**common, type="invoke", t=self.now, wall=self.now))
        known = any(commit.key == key for commit in self.commits)
        if f != "look" and type_ in {"ok", "fail"} and not known:
            self.commit(key, at=self.now - 0.5, body=answer.get("body_sha", ""), outcome=answer.get("code", ""))
        self.events.append(Event(**common, type=type_, t=self.now, wall=self.now, **answer))

    def commit(self, key: str, *, at: float, body: str = "bytes", outcome: str = "") -> None:
        self.commits.append(Committed(user="ana", key=key, outcome=outcome, body_sha=body, at=at))

    def booked(self, key: str, booking: str, *, body: str = "bytes") -> None:
        self.tell("ok", key, status=201, booking=booking, body_sha=body)

    def held(self, key: str, booking: str) -> None:
        self.tell("ok", key, f="hold", status=201, booking=booking, body_sha="held")

    def sold_out(self, key: str) -> None:
        self.tell("fail", key, status=409, code=NO_ROOMS_LEFT)

    def moved(self, f: str, key: str, booking: str) -> None:
        self.tell("ok", key, f=f, value={"booking": booking}, status=200, booking=booking, body_sha=f)

    def looked(self, left: int) -> None:
        self.tell("ok", "", f="look", status=200, left=left)

    def holds(self, booking: str, key: str, *, status: str = "confirmed", marks: Sequence[str] = ("confirm",)) -> None:
        stay: dict[str, Any] = {**STAY, "status": status, "marks": frozenset(marks)}
        self.bookings.append(Booked(id=booking, user="ana", key=key, **stay))

    def canceled(self, key: str, booking: str) -> None:
        """A cancellation that has happened."""
        self.moved("cancel", key, booking)
        self.became(booking, "canceled", "cancel")

    def became(self, booking: str, status: str, mark: str) -> None:
        self.bookings = [
            replace(known, status=status, marks=known.marks | {mark}) if known.id == booking else known
            for known in self.bookings
        ]

    def committed_at(self, key: str, at: float) -> None:
        self.commits = [replace(commit, at=at) if commit.key == key else commit for commit in self.commits]

    def broken(self) -> set[str]:
        found = check(self.events, self.bookings, self.commits, capacities={TYPE: self.rooms})
        return {violation.rule for violation in found}


@pytest.fixture
def story() -> Story:
    """An honest run: one booked the last room, one lost an answer and asked again, one was refused."""
    story = Story()
    story.looked(1)
    story.tell("info", "lost")
    story.booked("lost", "b1")
    story.sold_out("late")
    story.holds("b1", "lost")
    story.looked(0)
    return story


def test_an_honest_history_breaks_nothing(story: Story) -> None:
    assert story.broken() == set()


def test_a_room_given_back_is_sold_again(story: Story) -> None:
    story.canceled("changed my mind", "b1")
    story.looked(1)
    story.booked("second", "b2")
    story.holds("b2", "second")

    assert story.broken() == set()


def test_a_guest_who_leaves_early_gives_the_later_nights_back(story: Story) -> None:
    story.moved("check_in", "arrived", "b1")
    story.became("b1", "checked_in", "check_in")
    story.moved("check_out", "left", "b1")
    story.became("b1", "checked_out", "check_out")
    second_night = STAY | {"arrival": "2030-05-02"}
    story.tell("ok", "second", value=second_night, status=201, booking="b2", body_sha="bytes")
    story.holds("b2", "second")
    story.bookings[-1] = replace(story.bookings[-1], arrival="2030-05-02")

    assert story.broken() == set()


def test_a_hold_is_confirmed_or_expires() -> None:
    story = Story(rooms=2)
    story.held("one", "b1")
    story.moved("confirm", "yes", "b1")
    story.held("two", "b2")
    story.holds("b1", "one")
    story.holds("b2", "two", status="expired", marks=())
    story.bookings[-1] = replace(story.bookings[-1], expired_at=story.now)

    assert story.broken() == set()


def test_c1_a_lost_booking_is_seen(story: Story) -> None:
    story.bookings.clear()

    assert "C1" in story.broken()


def test_c1_a_booking_of_other_dates_than_asked_is_seen(story: Story) -> None:
    story.bookings = [replace(story.bookings[0], departure="2030-05-09")]

    assert "C1" in story.broken()


def test_c1_a_lost_cancellation_is_seen(story: Story) -> None:
    story.moved("cancel", "changed my mind", "b1")

    assert "C1" in story.broken()


def test_c2_a_booking_that_was_refused_is_seen(story: Story) -> None:
    story.rooms = 2
    story.holds("b2", "late")

    assert "C2" in story.broken()


def test_c1_a_lost_confirmation_is_seen(story: Story) -> None:
    story.rooms = 2
    story.held("one", "b2")
    story.moved("confirm", "yes", "b2")
    story.holds("b2", "one", status="pending", marks=())

    assert "C1" in story.broken()


def test_c2_a_booking_nobody_asked_for_is_seen(story: Story) -> None:
    story.holds("b2", "out of nowhere")

    assert story.broken() == {"C2"}


@pytest.mark.parametrize(
    ("mark", "status"), [("cancel", "canceled"), ("check_in", "checked_in"), ("check_out", "checked_out")]
)
def test_c2_a_change_nobody_asked_for_is_seen(story: Story, mark: str, status: str) -> None:
    story.became("b1", status, mark)

    assert "C2" in story.broken()


def test_c2_a_hold_that_was_confirmed_by_itself_is_seen() -> None:
    story = Story()
    story.held("one", "b1")
    story.holds("b1", "one")

    assert "C2" in story.broken()


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


def test_c3_an_answer_that_is_not_the_stored_one_is_seen(story: Story) -> None:
    story.commits = [replace(commit, body_sha="rendered anew") for commit in story.commits]

    assert story.broken() == {"C3"}


def test_c5_a_room_sold_twice_is_seen(story: Story) -> None:
    story.booked("second", "b2")
    story.holds("b2", "second")

    assert "C5" in story.broken()


def test_c5_a_room_sold_again_before_it_was_given_back_is_seen(story: Story) -> None:
    story.canceled("changed my mind", "b1")
    story.booked("second", "b2")
    story.holds("b2", "second")
    given, sold = story.commits[-2:]
    story.committed_at("second", given.at)
    story.committed_at("changed my mind", sold.at)

    assert "C5" in story.broken()


def test_c5_a_second_cancellation_of_one_booking_is_seen(story: Story) -> None:
    story.canceled("changed my mind", "b1")
    story.moved("cancel", "changed it again", "b1")

    assert story.broken() == {"C5"}


@pytest.mark.parametrize("f", ["confirm", "check_out"])
def test_c5_a_change_that_the_state_forbids_is_seen(story: Story, f: str) -> None:
    story.moved(f, "out of turn", "b1")
    story.became("b1", "confirmed", f)

    assert "C5" in story.broken()


def test_c5_a_state_that_nothing_has_led_to_is_seen(story: Story) -> None:
    story.moved("check_in", "arrived", "b1")
    story.became("b1", "confirmed", "check_in")

    assert story.broken() == {"C5"}


def test_c5_a_success_that_is_not_stored_is_seen(story: Story) -> None:
    story.commits = [commit for commit in story.commits if commit.key != "lost"]

    assert "C5" in story.broken()


@pytest.mark.parametrize("seconds", [-10, 10])
def test_c5_a_commit_before_the_question_or_after_the_answer_is_seen(story: Story, seconds: int) -> None:
    story.commits = [replace(commit, at=commit.at + seconds) for commit in story.commits if commit.key == "lost"]

    assert "C5" in story.broken()


def test_c5_a_booking_committed_without_its_answer_is_seen(story: Story) -> None:
    story.bookings = [replace(story.bookings[0], placed_at=story.commits[0].at - 0.1)]

    assert story.broken() == {"C5"}


def test_c5_a_clock_that_was_set_during_the_run_accuses_nobody(story: Story) -> None:
    story.events = [
        replace(event, wall=event.wall + (3 if place > 4 else 0)) for place, event in enumerate(story.events)
    ]

    assert story.broken() == set()


def test_c6_a_refusal_with_a_room_left_is_seen(story: Story) -> None:
    story.rooms = 2

    assert "C6" in story.broken()


def test_c6_a_refusal_after_the_room_came_back_is_seen(story: Story) -> None:
    story.canceled("changed my mind", "b1")
    story.sold_out("too late")

    assert story.broken() == {"C6"}


def test_c6_a_refusal_that_was_decided_before_the_room_was_sold_is_seen(story: Story) -> None:
    story.events = [event for event in story.events if event.key != "late"]
    first = story.events[0]
    asked = replace(first, op_id=99, key="late", f="book", type="invoke")
    refused = replace(asked, type="fail", status=409, code=NO_ROOMS_LEFT, wall=story.now, t=story.now)
    story.events = [asked, *story.events, refused]
    story.committed_at("late", asked.wall + 0.5)

    assert story.broken() == {"C6"}


@pytest.mark.parametrize("left", [1, 2])
def test_c7_a_room_seen_that_is_certainly_taken_is_seen(story: Story, left: int) -> None:
    story.looked(left)

    assert story.broken() == {"C7"}


def test_c7_a_room_not_seen_that_is_certainly_free_is_seen(story: Story) -> None:
    story.canceled("changed my mind", "b1")
    story.looked(0)

    assert story.broken() == {"C7"}


def test_c7_beside_a_sale_both_answers_are_possible(story: Story) -> None:
    story.rooms = 2
    story.events, story.commits = (
        [event for event in story.events if event.f != "look" and event.key == "lost"],
        [commit for commit in story.commits if commit.key == "lost"],
    )
    before, after = story.events[0], story.events[-1]
    for op_id, left in ((90, 1), (91, 2)):
        look = replace(before, op_id=op_id, key="", f="look")
        story.events = [look, *story.events, replace(look, type="ok", left=left, wall=after.wall, t=after.t)]

    assert story.broken() == set()


def test_what_was_never_settled_is_seen(story: Story) -> None:
    story.tell("info", "no answer")

    assert [event.key for event in unsettled(story.events)] == ["no answer"]
    assert story.broken() == {"unknown"}


def test_a_history_is_read_as_it_was_written(tmp_path: Path) -> None:
    with History(path=tmp_path / "run.jsonl") as history:
        for type_ in ("invoke", "ok"):
            history.add(op_id=history.next_id(), process="p", user="ana", key="k", f="book", value=STAY, type=type_)

    assert list(read_history(tmp_path / "run.jsonl")) == history.events
    assert [event.type for event in history.events] == ["invoke", "ok"]


# Amendments

LATER = {"room_type": TYPE, "arrival": "2030-05-02", "departure": "2030-05-04"}


def amended(story: Story, key: str, booking: str, stay: dict[str, str], *, ended: dict[str, str] | None = None) -> None:
    """An amendment that has happened; `ended` is what the database holds of it."""
    value = {"booking": booking, "reservation": "r", "revision": "1", **stay}
    story.tell("ok", key, f="amend", value=value, status=200, booking=booking, body_sha="amend")
    story.bookings = [
        replace(known, marks=known.marks | {"amend"}, last=ended or stay) if known.id == booking else known
        for known in story.bookings
    ]


def booked_as(story: Story, key: str, stay: dict[str, Any]) -> None:
    """Another booking, for these dates."""
    story.tell("ok", key, value=stay, status=201, booking="b2", body_sha="other")
    story.bookings.append(Booked(id="b2", user="ana", key=key, **stay))


def test_an_amended_stay_gives_its_nights_back_and_is_not_in_its_own_way(story: Story) -> None:
    amended(story, "later", "b1", LATER)
    booked_as(story, "first night", STAY | {"departure": "2030-05-02"})

    assert story.broken() == set()


def test_an_amendment_that_did_not_happen_is_found(story: Story) -> None:
    amended(story, "later", "b1", LATER, ended=STAY)

    assert "C5" in story.broken()


def test_an_amendment_into_a_full_night_is_found(story: Story) -> None:
    amended(story, "later", "b1", LATER)
    booked_as(story, "the same", LATER)

    assert "C5" in story.broken()


def test_an_amendment_that_was_granted_and_left_nothing_is_found(story: Story) -> None:
    amended(story, "later", "b1", LATER)
    story.bookings = [replace(known, marks=known.marks - {"amend"}) for known in story.bookings]

    assert "C1" in story.broken()


def test_an_amendment_that_nobody_asked_for_is_found(story: Story) -> None:
    story.bookings = [replace(known, marks=known.marks | {"amend"}) for known in story.bookings]

    assert "C2" in story.broken()


def test_a_refused_amendment_where_rooms_were_left_is_found(story: Story) -> None:
    value = {"booking": "b1", "reservation": "r", "revision": "1", **LATER, "departure": "2030-05-09"}
    story.rooms = 3
    story.events = [event for event in story.events if event.key != "late" and event.f != "look"]
    story.tell("fail", "refused", f="amend", value=value, status=409, code=NO_ROOMS_LEFT)

    assert story.broken() == {"C6"}
