"""What a line of a history means, and the order in which its steps happen."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from apps.bookings.management.replay.history import Deposit, History, PartyOfRoom, mean_rates, peak_rooms, read_history
from apps.bookings.management.replay.timetable import timetable

SLICE = Path(__file__).parent.parent / "data" / "resort_hotel_bookings_slice.csv"

Read = Callable[..., History]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a history of lines that are a plain stay but for what is given: two adults in A, 1 to 3 July 2015."""
    with SLICE.open(newline="") as file:
        plain = next(csv.DictReader(file)) | {
            "lead_time": "10",
            "stays_in_weekend_nights": "0",
            "stays_in_week_nights": "2",
            "reserved_room_type": "A",
            "assigned_room_type": "A",
            "booking_changes": "0",
            "reservation_status": "Check-Out",
            "reservation_status_date": "7/3/2015",
            "adr": "80",
        }

    def written(*lines: dict[str, str]) -> History:
        path = tmp_path / "history.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(plain))
            writer.writeheader()
            writer.writerows(plain | line for line in lines)
        return read_history(path)

    return written


def test_a_line_is_a_booking(read: Read) -> None:
    (booking,) = read({"children": "1", "babies": "1"}).bookings

    assert (booking.booked_on, booking.arrival, booking.departure) == (
        date(2015, 6, 21),
        date(2015, 7, 1),
        date(2015, 7, 3),
    )
    assert booking.rooms == (PartyOfRoom(adults=2, children=1, babies=1),)
    assert (booking.line, booking.deposit, booking.changes, booking.assigned_type) == (2, Deposit.NONE, 0, "A")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"stays_in_week_nights": "0"}, "0 nights"),
        ({"adults": "0"}, "0 adults"),
        ({"adults": "two"}, "adults is 'two'"),
        ({"children": "NA"}, "children is 'NA'"),
        ({"adults": "2", "children": "7"}, "need 3 rooms"),
        ({"arrival_date_month": "Juli"}, "no date of arrival"),
        ({"arrival_date_day_of_month": "32"}, "no date of arrival"),
        ({"adr": "-6.38"}, "no price"),
        ({"adr": "NaN"}, "no price"),
        ({"adr": "cheap"}, "no amount"),
        ({"meal": "Tea"}, "no meal"),
        ({"reservation_status": "Gone"}, "reservation_status"),
        ({"reservation_status_date": "31/31/2015"}, "no date"),
        ({"reservation_status": "No-Show", "reservation_status_date": "6/30/2015"}, "before the arrival"),
        ({"reservation_status": "Canceled", "reservation_status_date": "6/20/2015"}, "before it was booked"),
        ({"hotel": "City Hotel"}, "replay each alone"),
        ({"reserved_room_type": " "}, "no room type"),
        ({"assigned_room_type": ""}, "no room type"),
        ({"deposit_type": "Half"}, "deposit_type is 'Half'"),
        ({"booking_changes": "-1"}, "booking_changes is '-1'"),
    ],
)
def test_a_line_that_cannot_be_is_named_and_left_out(read: Read, fields: dict[str, str], problem: str) -> None:
    history = read({}, fields, {})

    assert [(fault.line, problem in fault.problem) for fault in history.faults] == [(3, True)]
    assert [booking.line for booking in history.bookings] == [2, 4]


@pytest.mark.parametrize(
    ("adults", "children", "rooms"), [("4", "3", 1), ("5", "0", 2), ("26", "0", 7), ("55", "0", 14), ("4", "10", 4)]
)
def test_a_group_takes_as_many_rooms_as_it_needs(read: Read, adults: str, children: str, rooms: int) -> None:
    (booking,) = read({"adults": adults, "children": children}).bookings

    assert len(booking.rooms) == rooms
    assert sum(room.adults for room in booking.rooms) == int(adults)
    assert sum(room.children for room in booking.rooms) == int(children)
    assert all(1 <= room.adults <= 4 and room.children <= 3 for room in booking.rooms)


def test_the_peak_counts_rooms_of_those_who_were_not_canceled(read: Read) -> None:
    canceled = {"reservation_status": "Canceled", "reservation_status_date": "6/30/2015"}
    later = {"arrival_date_day_of_month": "3", "reservation_status_date": "7/5/2015"}
    other_type = {"reserved_room_type": "P", "assigned_room_type": "P", **canceled}

    history = read({}, {"adults": "8"}, canceled, later, other_type)

    # (Who leaves on the 3rd and who comes on the 3rd share a room; a type that nobody stayed in has one room still.)
    assert peak_rooms(history.bookings) == {"A": 3, "P": 1}


def test_the_peak_counts_rooms_that_guests_slept_in_though_they_reserved_others(read: Read) -> None:
    better, absent = (
        {"assigned_room_type": "B"},
        {"reservation_status": "No-Show", "reservation_status_date": "7/1/2015"},
    )

    history = read({}, better, better, better | absent)

    # (Whoever did not come slept nowhere; what was reserved for them was theirs.)
    assert peak_rooms(history.bookings) == {"A": 4, "B": 2}
    assert mean_rates(history.bookings) == {"A": 80, "B": 80}


def test_a_day_frees_rooms_before_it_sells_them_and_waits_for_its_guests_until_the_end(read: Read) -> None:
    first = {"arrival_date_day_of_month": "1", "lead_time": "0"}
    history = read(
        first | {"reservation_status": "No-Show", "reservation_status_date": "7/1/2015"},
        first | {"reservation_status": "Canceled", "reservation_status_date": "7/1/2015", "booking_changes": "2"},
        first | {"reservation_status_date": "7/1/2015"},
        {"reservation_status": "Canceled", "reservation_status_date": "7/1/2015"},
        {"arrival_date_month": "June", "arrival_date_day_of_month": "29", "reservation_status_date": "7/1/2015"},
    )

    day = [step for step in timetable(history.bookings) if step.day == date(2015, 7, 1)]

    assert [(step.hour.value, str(step.kind), step.booking.line) for step in day] == [
        (9, "cancellation", 5),
        (11, "departure", 6),
        (12, "booking", 2),
        (12, "booking", 3),
        (12, "booking", 4),
        (13, "change", 3),
        (13, "change", 3),
        (14, "cancellation", 3),
        (16, "arrival", 4),
        (20, "departure", 4),
        (23, "no-show", 2),
    ]
