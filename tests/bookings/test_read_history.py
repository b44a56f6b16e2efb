"""What a booking was like before: every revision with who, why, what, and any of them shown again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation, Revision
from apps.platform import clock
from apps.platform.errors import NotFound
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


def placed(caller: accounts.Caller, *room_types: Any, **fields: Any) -> UUID:
    outcome = services.place_booking(order(*room_types, **fields), caller=caller, key=fresh_key())
    return UUID(orjson.loads(outcome.body)["id"])


def test_a_booking_that_nobody_touched_is_its_own_history(guest: accounts.Caller, double: Any) -> None:
    booking_id = placed(guest, double)

    (first,) = services.read_history(booking_id, caller=guest)

    assert (first.revision, first.action, first.actor, first.changes) == (1, "place", "guest", {})
    assert (first.total_delta.amount, len(first.nights_delta)) == ("300.00", 3)
    assert not Revision.objects.exists()


def test_each_change_says_who_did_what_to_money_and_nights(guest: accounts.Caller, double: Any) -> None:
    booking_id = placed(guest, double, double)
    desk = caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)
    first_stay = Reservation.objects.order_by("position")[0]
    services.confirm_booking(services.ConfirmBooking(booking_id=booking_id), caller=desk, key=fresh_key())
    services.cancel_reservation(services.CancelReservation(reservation_id=first_stay.id), caller=guest, key=fresh_key())

    history = services.read_history(booking_id, caller=guest)

    assert [(one.revision, one.action, one.actor) for one in history] == [
        (1, "place", "guest"),
        (2, "confirm", "staff"),
        (3, "cancel", "guest"),
    ]
    assert history[1].changes["1.status"] == {"before": "pending", "after": "confirmed"}
    assert history[2].changes["1.status"] == {"before": "confirmed", "after": "canceled"}
    assert "2.status" not in history[2].changes
    assert [night.rooms for night in history[2].nights_delta] == [-1, -1, -1]
    assert services.read_history(booking_id, caller=desk)[1].actor == desk.principal


def test_any_past_state_is_shown_as_it_was(guest: accounts.Caller, double: Any) -> None:
    placing = services.place_booking(order(double), caller=guest, key=fresh_key())
    booking_id = UUID(orjson.loads(placing.body)["id"])
    confirming = services.confirm_booking(services.ConfirmBooking(booking_id=booking_id), caller=guest, key=fresh_key())
    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())

    from apps.platform import canonical

    shown = [canonical.encode(services.read_revision(booking_id, number, caller=guest)) for number in (1, 2)]

    assert shown == [placing.body, confirming.body]
    with pytest.raises(NotFound):
        services.read_revision(booking_id, 4, caller=guest)


def test_an_expired_hold_is_in_the_history_too(guest: accounts.Caller, double: Any) -> None:
    booking_id = placed(guest, double)
    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        services.expire_overdue_holds()

    history = services.read_history(booking_id, caller=guest)

    assert [(one.revision, one.action, one.actor) for one in history] == [
        (1, "place", "guest"),
        (2, "expire", "platform"),
    ]
    assert history[1].changes["1.status"]["after"] == "expired"


def test_strangers_read_no_history(guest: accounts.Caller, double: Any) -> None:
    booking_id = placed(guest, double)
    stranger = caller_of(UserFactory.create())

    with pytest.raises(NotFound):
        services.read_history(booking_id, caller=stranger)
    with pytest.raises(NotFound):
        services.read_revision(booking_id, 1, caller=stranger)


@pytest.mark.parametrize("statement", ["UPDATE bookings_revision SET actor = ''", "DELETE FROM bookings_revision"])
def test_the_database_lets_nobody_rewrite_it(guest: accounts.Caller, double: Any, statement: str) -> None:
    booking_id = placed(guest, double)
    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())

    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Revision.objects.count() == 2


def test_a_guest_who_is_forgotten_is_forgotten_in_it(guest: accounts.Caller, double: Any) -> None:
    booking_id = placed(guest, double)
    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())
    assert guest.user_id is not None

    services.erase(guest.user_id)

    states = [orjson.dumps(state).decode() for state in Revision.objects.values_list("state", flat=True)]
    assert len(states) == 2
    assert not [state for state in states if "Ada" in state or "ada@" in state]
    assert Booking.objects.get().booker_name == "Erased guest"
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE bookings_revision SET actor = ''")
