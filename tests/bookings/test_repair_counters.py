"""Counters that have parted from the reservations are set right where the truth can be proven, and nowhere else."""

import json
import time
from io import StringIO
from threading import Event
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.bookings.services import _repairs
from apps.inventory import services as inventory
from apps.inventory.models import Movement, RoomNight
from apps.platform import clock
from apps.platform.db import fetch_one
from tests.bookings.orders import caller_of, fresh_key, order
from tests.concurrency.crowd import all_at_once
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


@pytest.fixture
def double(guest: accounts.Caller) -> Any:
    """A room type with one stay sold and another held, for the same three nights."""
    room_type = RoomTypeFactory.create()
    for confirm in (True, False):
        services.place_booking(order(room_type, confirm=confirm), caller=guest, key=fresh_key())
    return room_type


def counters() -> list[tuple[int, int]]:
    """Sold and held of the nights that the stays are in, or that count anything."""
    nights = ReservationNight.objects.values_list("night", flat=True)
    rows = RoomNight.objects.filter(night__in=nights) | RoomNight.objects.exclude(sold=0, held=0)
    return list(rows.order_by("room_type_id", "night").values_list("sold", "held"))


def test_every_night_counts_again_what_is_booked(double: Any) -> None:
    first, second, third = RoomNight.objects.filter(sold=1).order_by("night")
    free = RoomNight.objects.filter(sold=0).order_by("night")[0]
    for night, sold, held in ((first, 3, 1), (second, 0, 0), (third, 2, 0), (free, 0, 4)):
        RoomNight.objects.filter(room_type=double, night=night.night).update(sold=sold, held=held)

    repairs = services.repair_counters()

    assert [(one.night, one.sold_before, one.held_before, one.sold, one.held) for one in repairs] == [
        (free.night, 0, 4, 0, 0),
        (first.night, 3, 1, 1, 1),
        (second.night, 0, 0, 1, 1),
        (third.night, 2, 0, 1, 1),
    ]
    assert counters() == [(1, 1)] * 3
    assert services.check_invariants(unpruned=True) == ()


def test_what_counts_rightly_is_left_alone(double: Any) -> None:
    before = list(RoomNight.objects.order_by("night").values())

    assert services.repair_counters() == ()
    assert list(RoomNight.objects.order_by("night").values()) == before


def test_many_nights_are_repaired_batch_by_batch(double: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_repairs, "BATCH", 2)
    RoomNight.objects.filter(sold=1).update(sold=2)

    repairs = services.repair_counters()

    assert len(repairs) == 3
    assert services.check_invariants() == ()


def test_a_ledger_without_the_sales_of_an_older_release_is_balanced(double: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE inventory_movement")
    broken = {violation.code for violation in services.check_invariants()}

    said = StringIO()
    call_command("check_invariants", "--repair", stdout=said)

    assert broken == {"counters_are_not_their_movements"}
    assert said.getvalue().count("the movements come to 0 sold and 0 held, 1 and 1 are counted") == 3
    corrections = Movement.objects.values_list("reservation_id", "sold_delta", "held_delta", "cause")
    assert list(corrections) == [(None, 1, 1, "correction")] * 3
    assert counters() == [(1, 1)] * 3
    assert services.check_invariants() == ()


def test_counters_set_right_leave_a_ledger_that_was_right_alone(double: Any) -> None:
    RoomNight.objects.filter(sold=1).update(sold=2)
    before = Movement.objects.count()

    services.repair_counters()

    assert Movement.objects.count() == before
    assert services.check_invariants() == ()


def test_a_dry_run_says_the_same_and_changes_nothing(double: Any) -> None:
    RoomNight.objects.filter(sold=1).update(sold=2)
    before = counters()

    said = services.repair_counters(dry_run=True)

    assert counters() == before == [(2, 1)] * 3
    assert services.repair_counters() == said
    assert counters() == [(1, 1)] * 3


def test_a_night_with_more_booked_than_it_may_take_is_named_and_left(double: Any) -> None:
    short, other = RoomNight.objects.filter(sold=1).order_by("night")[:2]
    RoomNight.objects.filter(room_type=double, night=short.night).update(sold=0, held=0, physical=1)
    RoomNight.objects.filter(room_type=double, night=other.night).update(sold=0)

    repairs = services.repair_counters()

    assert [(one.night, one.refusal) for one in repairs] == [
        (short.night, "more than the 1 that may be taken"),
        (other.night, ""),
    ]
    assert counters() == [(0, 0), (1, 1), (1, 1)]


def test_a_night_that_is_not_in_the_inventory_is_named(double: Any) -> None:
    gone = RoomNight.objects.filter(sold=1).order_by("night")[0]
    RoomNight.objects.filter(room_type=double, night=gone.night).delete()

    repairs = services.repair_counters()

    assert [(one.night, one.refusal) for one in repairs] == [
        (gone.night, "there is no such night in the inventory"),
    ]


@pytest.mark.parametrize(
    "contradiction",
    [
        "canceled, with its nights",
        "confirmed, without its nights",
        "confirmed, its nights given back",
    ],
)
def test_where_reservations_contradict_themselves_nothing_is_proven(double: Any, contradiction: str) -> None:
    sold = Reservation.objects.get(status="confirmed")
    if contradiction == "canceled, with its nights":
        Reservation.objects.filter(id=sold.id).update(status="canceled")
        RoomNight.objects.filter(sold=1).update(sold=0)
    elif contradiction == "confirmed, without its nights":
        ReservationNight.objects.filter(reservation=sold).delete()
    else:
        ReservationNight.objects.filter(reservation=sold).update(released_at=clock.now())
    before = counters()

    repairs = services.repair_counters()

    assert {one.refusal for one in repairs} == {"a reservation contradicts its own nights"}
    assert len(repairs) == 3
    assert counters() == before


def test_the_command_repairs_and_is_content(double: Any) -> None:
    RoomNight.objects.filter(sold=1).update(sold=2)
    said = StringIO()

    call_command("check_invariants", "--repair", stdout=said)

    lines = said.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == ["repaired"] * 3
    assert lines[0].endswith("2 sold and 1 held are counted, 1 and 1 are booked")
    assert lines[-1].startswith("0 violations")


def test_the_dry_run_of_the_command_fails_as_the_check_does(double: Any) -> None:
    RoomNight.objects.filter(sold=1).update(sold=2)
    said = StringIO()

    with pytest.raises(SystemExit) as end:
        call_command("check_invariants", "--repair", "--dry-run", "--json", stdout=said)

    document = json.loads(said.getvalue())
    assert (end.value.code, document["ok"], document["dry_run"]) == (1, False, True)
    assert [(one["sold_before"], one["sold"], one["refusal"]) for one in document["repairs"]] == [(2, 1, "")] * 3
    assert counters() == [(2, 1)] * 3


def test_everything_else_is_only_reported(double: Any) -> None:
    Booking.objects.update(total_minor=F("total_minor") + 1)
    said = StringIO()

    with pytest.raises(SystemExit):
        call_command("check_invariants", "--repair", stdout=said)

    assert "booking_total_is_not_the_sum" in said.getvalue()
    assert "repaired" not in said.getvalue()


def test_a_dry_run_of_nothing_is_refused() -> None:
    with pytest.raises(CommandError, match="--repair"):
        call_command("check_invariants", "--dry-run")


@pytest.mark.django_db(transaction=True)
def test_nights_that_others_do_not_let_go_of_are_left_for_another_time(double: Any) -> None:
    RoomNight.objects.filter(sold=1).update(sold=2)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM inventory_roomnight WHERE sold = 2 ORDER BY night LIMIT 1 FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")

        refused = services.repair_counters()
        other.rollback()
    finally:
        other.close()
        connection.close()

    assert {one.refusal for one in refused} == {"others are at work on it: once more"}
    assert [one.refusal for one in services.repair_counters()] == ["", "", ""]


@pytest.mark.django_db(transaction=True)
def test_a_sale_that_commits_while_the_repair_waits_for_its_nights_is_counted(
    double: Any, guest: accounts.Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    RoomNight.objects.filter(sold=1).update(sold=2)
    has_the_nights, take_nights = Event(), inventory.take_nights

    def take_until_the_repair_waits(**wanted: Any) -> None:
        take_nights(**wanted)
        has_the_nights.set()
        deadline = time.monotonic() + 1.5
        while fetch_one("SELECT 1 FROM pg_locks WHERE NOT granted") is None and time.monotonic() < deadline:
            time.sleep(0.005)

    def repair() -> object:
        assert has_the_nights.wait(10)
        return services.repair_counters()

    def sell() -> object:
        return services.place_booking(command, caller=guest, key=fresh_key())

    monkeypatch.setattr(inventory, "take_nights", take_until_the_repair_waits)
    command = order(double, confirm=True)

    _, repairs = all_at_once(sell, repair)

    assert isinstance(repairs, tuple)
    assert [(one.sold_before, one.sold) for one in repairs] == [(3, 2)] * 3
    assert services.check_invariants() == ()
