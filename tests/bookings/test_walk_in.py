"""Somebody stands at the desk: booked, given a room and let in, once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation
from apps.inventory.models import RatePlan, Room, RoomNight
from apps.platform import clock
from apps.platform.errors import Denied, NotFound
from apps.platform.idempotency import Outcome
from tests.bookings.desk import body, doors, rooms, staff_of
from tests.bookings.orders import caller_of, fresh_key, today_at
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return staff_of(double.hotel_id)


def command(double: Any, **fields: Any) -> services.WalkIn:
    return services.WalkIn(
        hotel_id=double.hotel_id,
        room=services.RoomRequest(
            room_type_id=double.id, rate_plan_id=RatePlan.objects.get(hotel=double.hotel).id, adults=1
        ),
        booker=services.Booker(full_name="Ada Lovelace", email="ada@guests.example"),
        **{"departure": today_at(double) + timedelta(days=2)} | fields,
    )


def walk_in(double: Any, desk: accounts.Caller, **fields: Any) -> Outcome:
    return services.walk_in(command(double, **fields), caller=desk, key=fresh_key())


def test_a_guest_without_a_booking_is_in_a_room(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")

    outcome = walk_in(double, desk)

    shown = body(outcome)
    assert (outcome.code, shown["status"], shown["source"]) == ("booked", "checked_in", "walk-in")
    assert doors(Reservation.objects.get().id) == [room.id] * 2
    assert outcome.location.endswith(shown["id"])
    assert services.check_invariants(unpruned=True) == ()


def test_twice_with_one_key_is_one_guest(double: Any, desk: accounts.Caller) -> None:
    rooms(double, "101", "102")
    asked, key = command(double), fresh_key()

    first = services.walk_in(asked, caller=desk, key=key)
    second = services.walk_in(asked, caller=desk, key=key)

    assert (second.body, second.replayed) == (first.body, True)
    assert Booking.objects.count() == 1


def test_without_a_ready_room_nothing_is_booked(double: Any, desk: accounts.Caller) -> None:
    rooms(double, "101")
    Room.objects.update(condition="dirty")

    assert walk_in(double, desk).code == "no_room_ready"
    assert Booking.objects.count() == 0
    assert not RoomNight.objects.filter(sold__gt=0).exists()


def test_at_half_past_one_it_is_the_night_that_still_runs() -> None:
    night = datetime(2027, 6, 11, 1, 30, tzinfo=UTC)
    with clock.moved_to(night):
        double = RoomTypeFactory.create(hotel=HotelFactory.create(time_zone="UTC"))
        outcome = walk_in(double, staff_of(double.hotel_id), departure=date(2027, 6, 11))

    assert outcome.code == "booked"
    assert Reservation.objects.get().arrival == date(2027, 6, 10)


def test_a_full_house_says_so(desk: accounts.Caller, double: Any) -> None:
    RoomNight.objects.filter(room_type=double).update(stop_sell=True)

    assert walk_in(double, desk).code == "no_rooms_left"


def test_only_the_staff_of_the_hotel_let_people_in(double: Any) -> None:
    with pytest.raises(NotFound):
        walk_in(double, caller_of(UserFactory.create()))
    with pytest.raises(Denied):
        walk_in(double, staff_of(double.hotel_id, accounts.Role.HOUSEKEEPING))
