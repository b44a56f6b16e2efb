"""What a booking was before it became what the file says, of which the file has only the number of changes."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from apps.bookings.management.replay.drafts import (
    LONGER_BY,
    MOST_DRAFTS,
    Draft,
    days_of_changes,
    drafts_of,
    in_the_end,
)
from apps.bookings.management.replay.history import Deposit, Fate, PartyOfRoom, PastBooking

TYPES = ["A", "B"]


def past(**others: object) -> PastBooking:
    """A stay of three nights, booked ten days ahead and changed once."""
    usual = PastBooking(
        line=7,
        room_type="A",
        assigned_type="A",
        meal="BB",
        deposit=Deposit.NONE,
        changes=1,
        segment="Direct",
        booked_on=date(2015, 7, 1),
        arrival=date(2015, 7, 11),
        departure=date(2015, 7, 14),
        rooms=(PartyOfRoom(adults=2, children=1, babies=0), PartyOfRoom(adults=1, children=0, babies=0)),
        average_rate=Decimal(80),
        fate=Fate.STAYED,
        fate_on=date(2015, 7, 14),
    )
    return replace(usual, **others)  # type: ignore[arg-type]


def _differences(one: Draft, other: Draft) -> list[str]:
    return [field.name for field in fields(Draft) if getattr(one, field.name) != getattr(other, field.name)]


@pytest.mark.parametrize("line", range(2, 40))
@pytest.mark.parametrize("lead_days", [0, 1, 30])
def test_each_change_alters_one_thing_and_the_last_one_leads_to_what_the_file_says(line: int, lead_days: int) -> None:
    arrival = date(2015, 7, 11)
    booking = past(line=line, changes=5, booked_on=date.fromordinal(arrival.toordinal() - lead_days))

    drafts = drafts_of(booking, seed="a file", room_types=TYPES)

    assert drafts[-1] == in_the_end(booking)
    assert [len(_differences(*pair)) for pair in pairwise(drafts)] == [1] * 5
    assert {draft.deposit for draft in drafts} == {Deposit.NONE}
    # Nobody is there before the last change, and everybody on the day on which the file has them come.
    assert all(max(days_of_changes(booking)) <= draft.arrival <= arrival < draft.departure for draft in drafts)
    assert all((draft.departure - draft.arrival).days <= 3 + LONGER_BY for draft in drafts)
    assert all(1 <= room.adults <= 4 for draft in drafts for room in draft.rooms)


def test_the_same_line_of_the_same_file_has_always_been_the_same() -> None:
    booking = past(changes=4)

    drafts = [drafts_of(booking, seed=seed, room_types=TYPES) for seed in ("a file", "a file", "another")]

    assert drafts[0] == drafts[1]
    assert drafts[0] != drafts[2]


def test_all_kinds_of_changes_occur() -> None:
    lines = [drafts_of(past(line=line), seed="a file", room_types=TYPES) for line in range(2, 60)]

    assert {name for drafts in lines for name in _differences(*drafts)} == {
        *("arrival", "departure", "meal", "rooms", "room_type"),
    }


def test_who_changed_nothing_wanted_it_so_from_the_beginning() -> None:
    booking = past(changes=0)

    assert drafts_of(booking, seed="a file", room_types=TYPES) == (in_the_end(booking),)
    assert list(days_of_changes(booking)) == []


def test_of_many_changes_the_last_ones_are_only_words() -> None:
    booking = past(changes=17)

    assert len(drafts_of(booking, seed="a file", room_types=TYPES)) == MOST_DRAFTS + 1
    assert len(list(days_of_changes(booking))) == 17


@pytest.mark.parametrize(
    ("others", "days"),
    [
        ({"changes": 1}, [6]),
        ({"changes": 4}, [3, 5, 7, 9]),
        ({"changes": 3, "booked_on": date(2015, 7, 10)}, [10, 10, 10]),
        ({"changes": 2, "booked_on": date(2015, 7, 11)}, [11, 11]),
        ({"changes": 1, "fate": Fate.CANCELED, "fate_on": date(2015, 7, 5)}, [3]),
        ({"changes": 1, "fate": Fate.CANCELED, "fate_on": date(2015, 7, 13)}, [6]),
    ],
)
def test_changes_are_spread_over_the_days_until_arrival_or_cancellation(
    others: dict[str, object], days: list[int]
) -> None:
    assert [day.day for day in days_of_changes(past(**others))] == days
