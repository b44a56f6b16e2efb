"""Nights of long ago leave the inventory, and the books balance all the same."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.management import CommandError, call_command

from apps.bookings import services
from apps.bookings.models import Reservation
from apps.inventory import services as inventory
from apps.inventory.models import ArchivedNight, RoomNight
from apps.platform import clock
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

SPRING = datetime(2026, 3, 1, 12, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def double() -> Any:
    """A room type with nights since spring."""
    with clock.moved_to(SPRING):
        return RoomTypeFactory.create()


def book(double: Any, **fields: Any) -> dict[str, Any]:
    guest = caller_of(UserFactory.create())
    outcome = services.place_booking(order(double, **fields), caller=guest, key=fresh_key())
    booking: dict[str, Any] = orjson.loads(outcome.body)
    return booking | {"caller": guest}


def archive(**options: Any) -> str:
    said = StringIO()
    call_command("archive_nights", before="2026-06-01", stdout=said, **options)
    return said.getvalue().strip()


def test_what_is_over_is_moved_and_a_second_run_moves_nothing(double: Any) -> None:
    with clock.moved_to(AUTUMN):
        tried = archive(dry_run=True)
        left = RoomNight.objects.count()
        done, again = archive(), archive()

    assert tried == "92 nights before 2026-06-01 would be archived."
    assert left == 500
    assert (done, again) == (
        "92 nights before 2026-06-01 archived.",
        "0 nights before 2026-06-01 archived.",
    )
    assert (RoomNight.objects.count(), ArchivedNight.objects.count()) == (408, 92)


def test_stays_that_are_over_are_counted_in_the_archive(double: Any) -> None:
    with clock.moved_to(SPRING):
        for _ in range(2):
            book(double, confirm=True)
    Reservation.objects.update(status="checked_out")

    with clock.moved_to(AUTUMN):
        archive()
        codes = {violation.code for violation in services.check_invariants()}

    assert not {code for code in codes if "counters" in code}
    assert set(ArchivedNight.objects.filter(sold__gt=0).values_list("sold", flat=True)) == {2}


def test_nights_of_a_stay_that_is_not_over_are_left_where_they_can_move(double: Any) -> None:
    with clock.moved_to(SPRING):
        booking = book(double, confirm=True)

    with clock.moved_to(AUTUMN):
        archive()
        kept = list(RoomNight.objects.filter(sold=1).order_by("night").values_list("night", flat=True))
        command = services.CancelBooking(booking_id=UUID(booking["id"]))
        services.cancel_booking(command, caller=booking["caller"], key=fresh_key())
        rest = archive()

    assert len(kept) == 3
    assert rest == "3 nights before 2026-06-01 archived."
    assert not ArchivedNight.objects.filter(sold__gt=0).exists()


def test_what_is_not_over_at_the_hotel_stays_whatever_the_date(double: Any) -> None:
    with clock.moved_to(SPRING):
        moved = services.archive_nights(before=(SPRING + timedelta(days=30)).date())

    assert moved == 0


def test_an_archived_night_can_be_explained(double: Any) -> None:
    with clock.moved_to(AUTUMN):
        archive()
        told = inventory.explanation_of(hotel_id=double.hotel_id, room_type=double.code, night=SPRING.date())

    assert told.archived
    assert told.verdict == "Over, and in the archive: 0 were sold of 5."


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="2026-01-01"):
        call_command("archive_nights", "--before", "soon")
