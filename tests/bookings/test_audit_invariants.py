"""The hourly look at all invariants: one line in the log, with counts and without anything personal."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import F

from apps.bookings import services
from apps.bookings.models import Booking
from apps.bookings.services import _invariants
from apps.bookings.tasks import check_invariants
from apps.inventory.models import RoomNight
from apps.platform.db import fetch_one
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def booking(caplog: pytest.LogCaptureFixture) -> Booking:
    """A confirmed booking of three nights, made before the log is read."""
    command = order(RoomTypeFactory.create(), confirm=True)
    services.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())
    caplog.set_level(logging.INFO)
    caplog.clear()
    return Booking.objects.get()


def lines(caplog: pytest.LogCaptureFixture, *, at_least: int = logging.WARNING) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= at_least]


def test_a_sound_database_is_no_cause_for_alarm(caplog: pytest.LogCaptureFixture) -> None:
    check_invariants()

    assert lines(caplog) == []
    assert lines(caplog, at_least=logging.INFO) == ["invariants hold"]


def test_drift_is_one_line_of_counts_by_kind(caplog: pytest.LogCaptureFixture) -> None:
    RoomNight.objects.filter(sold=1).update(sold=2)
    Booking.objects.update(total_minor=F("total_minor") + 1)

    check_invariants()

    kinds = "booking_total_is_not_the_sum 1, counters_are_not_the_live_nights 3, counters_are_not_their_movements 3"
    assert lines(caplog) == [f"invariants are broken (at most 100 of a kind are counted): {kinds}"]
    assert caplog.records[-1].levelno == logging.ERROR


def test_nothing_in_the_log_is_anybodys(caplog: pytest.LogCaptureFixture, booking: Booking) -> None:
    Booking.objects.update(total_minor=F("total_minor") + 1, principal="guest:another")

    check_invariants()

    said = caplog.text
    assert "answer_of_another_key 1" in said
    for personal in ("guest:", booking.principal, booking.booker_email, booking.booker_name, str(booking.id)):
        assert personal not in said


@pytest.mark.django_db(transaction=True)
def test_one_audit_leaves_the_work_to_another_that_is_running(caplog: pytest.LogCaptureFixture) -> None:
    RoomNight.objects.filter(sold=1).update(sold=2)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_invariants._AUDIT_LOCK])

        left = services.audit_invariants()
        # Closing alone would let go of it only once the server notices.
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    done = services.audit_invariants()

    assert left is None
    assert done == {"counters_are_not_the_live_nights": 3, "counters_are_not_their_movements": 3}
    assert len(lines(caplog)) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("timeout", ["statement_timeout", "transaction_timeout"])
def test_an_audit_may_outlast_the_time_outs_of_a_worker(timeout: str) -> None:
    def look(**within: Any) -> None:
        with _invariants.snapshot(**within):
            fetch_one("SELECT pg_sleep(0.1)")

    with connection.cursor() as cursor:
        cursor.execute(f"SET {timeout} = '50ms'")
    try:
        look(within=timedelta(seconds=60))
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {timeout}")
            kept = cursor.fetchone()
        with pytest.raises(DatabaseError):
            look()
    finally:
        connection.close()

    assert kept == ("50ms",)


@pytest.mark.django_db(transaction=True)
def test_an_audit_ends_when_its_own_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_invariants, "AUDIT_TIME", timedelta(milliseconds=50))
    monkeypatch.setattr(_invariants, "_BOOKINGS", "SELECT pg_sleep(60) AS id")

    with pytest.raises(DatabaseError):
        services.audit_invariants()
    connection.close()
