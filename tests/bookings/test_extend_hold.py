"""Holding rooms for longer: both clocks of a hold move together, and not for ever."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking
from apps.inventory.models import Hold, RoomNight
from apps.platform import clock
from apps.platform.audit import entries_of
from apps.platform.errors import NotFound
from apps.platform.idempotency import Outcome
from apps.platform.models import OutboxMessage
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


def placed(caller: accounts.Caller, *, at: datetime = NOON, **fields: Any) -> UUID:
    with clock.moved_to(at):
        double = RoomTypeFactory.create()
        outcome = services.place_booking(order(double, double, **fields), caller=caller, key=fresh_key())
    return UUID(orjson.loads(outcome.body)["id"])


def extend(booking_id: UUID, caller: accounts.Caller, *, after_minutes: float, key: str = "") -> Outcome:
    with clock.moved_to(NOON + timedelta(minutes=after_minutes)):
        return services.extend_hold(services.ExtendHold(booking_id=booking_id), caller=caller, key=key or fresh_key())


def test_booking_and_holds_run_out_together_and_later(guest: accounts.Caller) -> None:
    booking_id = placed(guest)
    held = list(RoomNight.objects.values_list("held", flat=True))

    outcome = extend(booking_id, guest, after_minutes=10)

    until = NOON + timedelta(minutes=25)
    assert (outcome.code, outcome.etag) == ("hold_extended", '"2"')
    assert Booking.objects.get().hold_expires_at == until
    assert set(Hold.objects.values_list("expires_at", flat=True)) == {until}
    assert Hold.objects.count() == 2
    assert list(RoomNight.objects.values_list("held", flat=True)) == held
    assert OutboxMessage.objects.filter(topic="booking.hold_extended").count() == 1
    assert services.check_invariants() == ()


def test_an_extended_hold_is_confirmed_after_its_first_end_and_expires_after_its_second(guest: accounts.Caller) -> None:
    first, second = placed(guest), placed(guest)
    for booking_id in (first, second):
        extend(booking_id, guest, after_minutes=14)

    with clock.moved_to(NOON + timedelta(minutes=20)):
        swept_early = services.expire_overdue_holds()
        confirmed = services.confirm_booking(services.ConfirmBooking(booking_id=first), caller=guest, key=fresh_key())
    with clock.moved_to(NOON + timedelta(minutes=29)):
        swept = services.expire_overdue_holds()

    assert (swept_early, confirmed.code, swept) == (0, "confirmed", 1)
    assert services.check_invariants() == ()


def test_there_is_an_end_to_it(guest: accounts.Caller) -> None:
    booking_id = placed(guest)
    for minutes in (14, 28, 42, 56):
        extend(booking_id, guest, after_minutes=minutes)

    refused = extend(booking_id, guest, after_minutes=58)

    assert Booking.objects.get().hold_expires_at == NOON + timedelta(minutes=60)
    assert (refused.code, refused.refused) == ("hold_not_extendable", True)
    assert orjson.loads(refused.body)["hold_expires_at"].startswith("2026-07-01T13:00:00")


def test_what_has_run_out_is_not_brought_back(guest: accounts.Caller) -> None:
    booking_id = placed(guest)

    at_its_end = extend(booking_id, guest, after_minutes=15)
    with clock.moved_to(NOON + timedelta(minutes=16)):
        services.expire_overdue_holds()
    swept = extend(booking_id, guest, after_minutes=16)

    assert (at_its_end.code, swept.code) == ("hold_expired", "invalid_transition")


def test_only_what_is_pending_is_held(guest: accounts.Caller) -> None:
    booking_id = placed(guest, confirm=True)

    refused = extend(booking_id, guest, after_minutes=1)

    assert (refused.code, orjson.loads(refused.body)["allowed"]) == (
        "invalid_transition",
        ["amend", "cancel", "check_in", "no_show"],
    )


def test_once_however_often_it_is_sent(guest: accounts.Caller) -> None:
    booking_id, key = placed(guest), fresh_key()

    first = extend(booking_id, guest, after_minutes=5, key=key)
    second = extend(booking_id, guest, after_minutes=9, key=key)

    assert second.replayed
    assert second.body == first.body
    assert Booking.objects.get().hold_expires_at == NOON + timedelta(minutes=20)


def test_others_know_nothing_of_it_and_staff_leave_a_trace(guest: accounts.Caller) -> None:
    booking_id = placed(guest)
    hotel_id = Booking.objects.get().hotel_id
    staff = MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=hotel_id).user

    with pytest.raises(NotFound):
        extend(booking_id, caller_of(UserFactory.create()), after_minutes=1)
    extend(booking_id, guest, after_minutes=1)
    assert not entries_of(hotel_id, operation="bookings.extend_hold").exists()
    extend(booking_id, caller_of(staff), after_minutes=2)

    assert entries_of(hotel_id, operation="bookings.extend_hold").count() == 1


def test_it_takes_few_statements(guest: accounts.Caller) -> None:
    booking_id = placed(guest)

    with CaptureQueriesContext(connection) as statements:
        extend(booking_id, guest, after_minutes=5)

    assert len(statements) <= 12
