"""Nobody escapes a penalty by making a stay smaller and canceling what is left; the staff of the hotel may be kind."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation
from apps.inventory.models import RatePlan
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def double() -> Any:
    room_type = RoomTypeFactory.create()
    RatePlan.objects.update(cancellation_tiers=[{"days_before": None, "at": None, "penalty": {"amount_minor": 20_000}}])
    return room_type


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


def shortened(stay: Reservation, nights: int, caller: accounts.Caller) -> dict[str, Any]:
    change = services.StayChange(reservation_id=stay.id, departure=stay.arrival + timedelta(days=nights))
    command = services.AmendBooking(booking_id=stay.booking_id, reservations=(change,))
    outcome = services.amend_booking(command, caller=caller, key=fresh_key(), expected_revision=1)
    answer: dict[str, Any] = orjson.loads(outcome.body)
    return answer | {"code": outcome.code}


def booked(guest: accounts.Caller, double: Any) -> Reservation:
    outcome = services.place_booking(order(double, confirm=True), caller=guest, key=fresh_key())
    return Reservation.objects.get(booking_id=UUID(orjson.loads(outcome.body)["id"]))


def test_a_guest_cannot_shorten_below_the_penalty(guest: accounts.Caller, double: Any) -> None:
    stay = booked(guest, double)

    refused = shortened(stay, 1, guest)
    two_nights = shortened(stay, 2, guest)

    assert (refused["code"], refused["penalty"]["amount"], refused["total"]["amount"]) == (
        "below_penalty",
        "200.00",
        "100.00",
    )
    assert (two_nights["code"], two_nights["total"]["amount"]) == ("amended", "200.00")
    assert services.preview_cancellation(stay.booking_id, caller=guest).penalty.amount == "200.00"


def test_staff_can(guest: accounts.Caller, double: Any) -> None:
    stay = booked(guest, double)
    desk = caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)

    view = shortened(stay, 1, desk)

    assert (view["code"], view["total"]["amount"]) == ("amended", "100.00")
    assert services.check_invariants() == ()
