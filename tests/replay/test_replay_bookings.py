"""Replaying a booking history through the services."""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from apps.bookings.models import Booking
from apps.inventory import services as inventory
from apps.inventory.models import Hotel

SLICE = Path(__file__).parent.parent / "data" / "resort_hotel_bookings_slice.csv"

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
    return {line[:26].strip(): line[26:].strip() for line in said if line[26:].strip().replace(",", "").isdigit()}


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


@pytest.mark.django_db(transaction=True)
def test_a_summer_of_a_real_hotel_ends_with_zero_drift() -> None:
    before = _databases()

    said = _replay(SLICE)

    assert said[-1] == "invariants checked: zero drift"
    assert "2,087 lines: 2,054 bookings, 33 bad lines" in said
    assert _figures(said) == {
        "accepted": "2,046",
        "refused for lack of rooms": "8",
        "canceled": "746",
        "no-shows": "12",
        "arrivals": "1,288",
        "departures": "1,288",
        "room-nights": "6,587",
    }
    assert [line.split()[0::2][:2] + line.split()[-3:] for line in said if line.startswith("2015-")] == [
        ["2015-07", "58%", "2,719", "of", "4,681"],
        ["2015-08", "32%", "1,516", "of", "4,681"],
        ["2015-09", "46%", "2,094", "of", "4,530"],
        ["2015-10", "8%", "258", "of", "3,322"],
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
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = own_name
    try:
        kept = dict(Booking.objects.values_list("external_id", "reservations__status"))
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
    assert kept == {"3": "checked_out", "5": "canceled"}


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
    assert said[-1].startswith("from 2014-04-30 to 2015-10-23; rooms by type (at the peak): A 63 (63), C 7 (7)")


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
