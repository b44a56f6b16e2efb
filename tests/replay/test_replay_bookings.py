"""Replaying a booking history through the services."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Sum

from apps.bookings.management.replay import living, till
from apps.bookings.management.replay.drafts import Draft, in_the_end
from apps.bookings.management.replay.history import PastBooking
from apps.bookings.models import Booking, Payment, ReservationNight, Revision
from apps.inventory import services as inventory
from apps.inventory.models import Hotel, RoomType

SLICE = Path(__file__).parent.parent / "data" / "resort_hotel_bookings_slice.csv"

CANCELED = {"reservation_status": "Canceled", "reservation_status_date": "6/10/2015"}
NO_SHOW = {"reservation_status": "No-Show", "reservation_status_date": "7/1/2015"}

Write = Callable[..., Path]


def _line(number: int) -> dict[str, str]:
    """A line of the slice, counted as the command counts."""
    with SLICE.open(newline="") as file:
        return list(csv.DictReader(file))[number - 2]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a history of these lines."""

    def written(*lines: dict[str, str]) -> Path:
        path = tmp_path / "history.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(lines[0]))
            writer.writeheader()
            writer.writerows(lines)
        return path

    return written


def _replay(path: Path, *options: str) -> list[str]:
    said = StringIO()
    call_command("replay_bookings", str(path), *options, stdout=said)
    return [line.rstrip() for line in said.getvalue().splitlines()]


def _figures(said: list[str]) -> dict[str, str]:
    found = (line.rpartition(" ") for line in said)
    return {
        what.strip(): count
        for what, _, count in found
        if what.strip() and not what.startswith("20") and count.replace(",", "").isdecimal()
    }


def _databases() -> set[str]:
    """This test's own and those that a replay makes beside it: others come and go with other tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, current_database())")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def own_name() -> Iterator[str]:
    """The name of a database that the test keeps; dropped at its end."""
    name = f"{connection.settings_dict['NAME']}_kept_replay"
    yield name
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


@contextmanager
def _inside(name: str) -> Iterator[None]:
    """Within the block the models read the database that a replay has left."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def _stay(**others: str) -> dict[str, str]:
    """Two adults in A from 1 to 3 July 2015, booked ten days before by themselves, but for what is given."""
    return _line(4) | {
        "lead_time": "10",
        "stays_in_weekend_nights": "0",
        "stays_in_week_nights": "2",
        "adults": "2",
        "children": "0",
        "babies": "0",
        "meal": "BB",
        "market_segment": "Direct",
        "reserved_room_type": "A",
        "assigned_room_type": "A",
        "booking_changes": "0",
        "deposit_type": "No Deposit",
        "adr": "100",
        "reservation_status": "Check-Out",
        "reservation_status_date": "7/3/2015",
        **others,
    }


@pytest.mark.django_db(transaction=True)
def test_a_month_of_a_real_hotel_ends_with_zero_drift_and_money_to_the_cent(write: Write) -> None:
    before = _databases()
    with SLICE.open(newline="") as file:
        july = [line for line in csv.DictReader(file) if line["arrival_date_month"] == "July"]

    said = _replay(write(*july))

    assert said[-2:] == [
        "money checked: every booking paid exactly what it owes",
        "invariants checked: zero drift",
    ]
    assert "842 lines: 825 bookings, 17 bad lines" in said
    assert _figures(said) == {
        "accepted": "820",
        "refused for lack of rooms": "5",
        "changes of bookings": "142",
        "canceled": "238",
        "no-shows": "4",
        "arrivals": "578",
        "in another type of room": "147",
        "departures": "578",
        "room-nights": "2,824",
        "overbooked": "0",
    }
    paid = ("stays", "penalties", "payments captured", "refunded", "paid")
    assert [_amount(said, what) for what in paid] == ["379,886.91", "1,180.23", "381,067.14", "0.00", "381,067.14"]
    assert [line.split()[0::2][:2] + line.split()[-3:] for line in said if line.startswith("2015-")] == [
        ["2015-07", "55%", "2,722", "of", "4,960"],
        ["2015-08", "7%", "102", "of", "1,440"],
    ]
    assert _databases() == before
    assert not Booking.objects.exists()
    assert not Hotel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_bad_line_stops_nothing(write: Write, own_name: str) -> None:
    good, day_use, canceled = _line(4), _line(2), _line(10)
    nobody = _line(5) | {"adults": "0"}
    path = write(day_use, good, nobody, canceled)

    said = _replay(path, "--keep", "--database", own_name)

    assert "line 2: a day use of 0 nights: a reservation has one night at least" in said
    assert "line 4: 0 adults: every room has one at least" in said
    assert said[-1] == "invariants checked: zero drift"
    with _inside(own_name):
        kept = dict(Booking.objects.values_list("external_id", "reservations__status"))
    assert kept == {"3": "checked_out", "5": "canceled"}


@pytest.mark.django_db(transaction=True)
def test_a_file_of_bad_lines_only_is_a_hotel_without_guests(write: Write) -> None:
    said = _replay(write(_line(2)))

    assert _figures(said)["accepted"] == "0"
    assert said[-1] == "invariants checked: zero drift"


@pytest.mark.django_db(transaction=True)
def test_a_booking_is_changed_as_often_as_the_history_says_and_becomes_what_it_says(
    write: Write, own_name: str
) -> None:
    other = _stay(reserved_room_type="B", assigned_room_type="B", arrival_date_month="May") | CANCELED
    path = write(_stay(booking_changes="8"), other)

    said = _replay(path, "--keep", "--database", own_name)

    assert _figures(said)["changes of bookings"] == "8"
    with _inside(own_name):
        booking = Booking.objects.get(external_id="2")
        stay = booking.reservations.get()
        actions = list(Revision.objects.filter(booking=booking).order_by("revision").values_list("action", flat=True))
        first = Revision.objects.filter(booking=booking).earliest("revision").state["reservations"][0]
    assert actions.count("amend") == 8
    assert (stay.arrival, stay.departure, stay.adults) == (date(2015, 7, 1), date(2015, 7, 3), 2)
    assert any(first[name] != str(getattr(stay, name)) for name in ("arrival", "departure", "rate_plan_id", "adults"))


@pytest.mark.django_db(transaction=True)
def test_who_cannot_stay_longer_leaves_earlier(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def a_night_less(booking: PastBooking, **_: object) -> tuple[Draft, ...]:
        last = in_the_end(booking)
        return (replace(last, departure=date(2015, 7, 2)), last) if booking.changes else (last,)

    monkeypatch.setattr(living, "drafts_of", a_night_less)
    next_one = _stay(arrival_date_day_of_month="2", reservation_status_date="7/4/2015")
    path = write(_stay(booking_changes="1"), next_one)

    # (One room for two bookings: the second night of the first one is the first night of the second one.)
    said = _replay(path, "--capacity", "0.5")

    assert said[-1] == "invariants checked: zero drift"
    figures = _figures(said)
    assert (figures["changes of bookings"], figures["changes refused: no_rooms_left"]) == ("0", "1")
    assert (figures["arrivals"], figures["departures"], figures["room-nights"]) == ("2", "2", "3")


@pytest.mark.django_db(transaction=True)
def test_what_was_made_up_refuses_nobody(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_a_room_that_is_taken(booking: PastBooking, **_: object) -> tuple[Draft, ...]:
        last = in_the_end(booking)
        return (replace(last, room_type="B"), last) if booking.changes else (last,)

    monkeypatch.setattr(living, "drafts_of", in_a_room_that_is_taken)
    path = write(_stay(reserved_room_type="B", assigned_room_type="B"), _stay(booking_changes="3"))

    said = _replay(path)

    figures = _figures(said)
    assert (figures["accepted"], figures["refused for lack of rooms"], figures["changes of bookings"]) == (
        "2",
        "0",
        "3",
    )


@pytest.mark.django_db(transaction=True)
def test_guests_sleep_in_the_type_that_was_assigned_and_pay_for_the_one_they_reserved(
    write: Write, own_name: str
) -> None:
    path = write(_stay(assigned_room_type="C"), _stay(assigned_room_type="C"), _stay(reserved_room_type="C"))

    said = _replay(path, "--keep", "--database", own_name, "--capacity", "0.6")

    # (Two rooms of C at that capacity; one of them is reserved by the third.)
    figures = _figures(said)
    assert (figures["in another type of room"], figures["moves refused: no_rooms_left"]) == ("2", "1")
    with _inside(own_name):
        types: dict[UUID | None, str] = {row.id: row.code for row in RoomType.objects.all()}
        nights = ReservationNight.objects.filter(reservation__booking__external_id="2")
        slept = {
            (types[night.room_type_id], night.charged_room_type_id and types[night.charged_room_type_id])
            for night in nights
        }
        rooms = {night.room_id for night in ReservationNight.objects.all()}
    assert slept == {("C", "A")}
    assert len(rooms) == 3
    assert None not in rooms


@pytest.mark.django_db(transaction=True)
def test_deposits_are_taken_and_what_is_too_much_goes_back(write: Write, own_name: str) -> None:
    late = CANCELED | {"reservation_status_date": "6/20/2015"}
    refundable, bound = {"deposit_type": "Refundable"}, {"deposit_type": "Non Refund"}
    lines = [{}, NO_SHOW, bound, bound | CANCELED, refundable, refundable | CANCELED, refundable | late]
    path = write(*(_stay(**{"lead_time": "60", **others}) for others in [*lines, refundable | NO_SHOW]))

    said = _replay(path, "--capacity", "2", "--keep", "--database", own_name)

    assert said[-2] == "money checked: every booking paid exactly what it owes"
    with _inside(own_name):
        payments = Payment.objects.values_list("booking__external_id").order_by("booking__external_id")
        sums = list(payments.annotate(Sum("captured_minor"), Sum("refunded_minor")))
    # Two nights at 100.00 come to 211.69; the city tax of 8.00 in it is due at the hotel. A deposit is 30 % of the
    # rest; who does not keep to a refundable stay forfeits nothing at first, then 30 % of all, and in the end a night.
    assert sums == [
        ("2", 21169, 0),
        ("3", 21169, 0),
        ("4", 21169, 0),
        ("5", 21169, 0),
        ("6", 21169, 0),
        ("7", 6111, 6111),
        ("8", 6351, 0),
        ("9", 10000, 0),
    ]
    assert _amount(said, "stays") == "635.07"
    assert _amount(said, "penalties") == "586.89"


def _amount(said: list[str], what: str) -> str:
    [line] = [line for line in said if line.startswith(what)]
    return line.split("EUR")[1].split()[0]


@pytest.mark.django_db(transaction=True)
def test_a_booking_that_is_not_paid_is_named_and_ends_in_failure(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(till, "settle", lambda *_: None)
    path = write(_stay())
    said = StringIO()

    with pytest.raises(CommandError, match="1 bookings were not paid exactly what they owe"):
        call_command("replay_bookings", str(path), stdout=said)

    assert "line 2: 211.69 EUR are not paid" in said.getvalue()


@pytest.mark.django_db(transaction=True)
def test_drift_is_named_and_ends_in_failure(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def keep_them(_: object, *, cause: str) -> None:
        """Nights that a cancellation gives back and that the inventory forgets to count."""

    monkeypatch.setattr(inventory, "release_sold", keep_them)
    path = write(_line(10))

    with pytest.raises(CommandError, match="violations"):
        _replay(path)


@pytest.mark.django_db(transaction=True)
def test_the_platforms_own_database_is_refused(write: Write) -> None:
    path = write(_line(4))

    with pytest.raises(CommandError, match="own database"):
        _replay(path, "--database", connection.settings_dict["NAME"])

    assert connection.settings_dict["NAME"] in _databases()


def test_a_dry_run_reads_the_file_and_asks_no_database() -> None:
    # (There is no mark that would let this test ask one.)
    said = _replay(SLICE, "--dry-run")

    assert "line 330: 2 adults with 10 children need 4 rooms, and every room has one adult at least" in said
    assert said[-2] == "2,087 lines: 2,054 bookings, 33 bad lines"
    assert said[-1].startswith(
        "from 2014-04-30 to 2015-10-23; rooms by type (at the peak): A 63 (63), B 1 (1), C 12 (12)"
    )


def test_capacity_is_a_multiple_of_the_peak() -> None:
    said = _replay(SLICE, "--dry-run", "--capacity", "1.5")

    assert "A 95 (63)" in said[-1]


@pytest.mark.parametrize(
    ("options", "problem"), [(["--capacity", "0"], "above 0"), (["--dry-run", "--capacity", "-1"], "above 0")]
)
def test_a_hotel_without_rooms_is_refused(options: list[str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        _replay(SLICE, *options)


@pytest.mark.parametrize(
    ("content", "problem"),
    [("a,b\n1,2\n", "no column"), ("", "no column"), (None, "No such file"), (b"\xff\xfe\x00", "UTF-8")],
)
def test_another_file_is_refused(tmp_path: Path, content: Any, problem: str) -> None:
    path = tmp_path / "other.csv"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(CommandError, match=problem):
        _replay(path, "--dry-run")
