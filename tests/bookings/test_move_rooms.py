"""Another room from a date on: of the same type, or an upgrade at the same price."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.inventory.models import Room, RoomNight
from apps.platform import clock
from apps.platform.errors import Invalid
from apps.platform.models import AuditEntry
from tests.bookings.desk import assign, check_in, check_out, doors, move, rooms, staff_of, stay
from tests.bookings.orders import fresh_key, today_at
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def suite(double: Any) -> Any:
    return RoomTypeFactory.create(hotel=double.hotel, name="Suite", base_rate_minor=30_000, room_count=1)


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return staff_of(double.hotel_id)


def sold(room_type: Any) -> list[int]:
    """The rooms sold of the next four nights."""
    nights = RoomNight.objects.filter(room_type=room_type, night__gte=today_at(room_type)).order_by("night")
    return list(nights.values_list("sold", flat=True)[:4])


def test_a_move_within_the_type_changes_only_the_room(double: Any, desk: accounts.Caller) -> None:
    first, second = rooms(double, "101", "102")
    booked = stay(double, nights=3)
    assign(booked, desk, first)
    tomorrow = today_at(double) + timedelta(days=1)

    outcome = move(booked, second, desk, from_date=tomorrow, reason="The tap drips.")

    assert (outcome.code, doors(booked)) == ("moved", [first.id, second.id, second.id])
    assert sold(double) == [1, 1, 1, 0]
    assert AuditEntry.objects.get(operation="bookings.move").reason == "The tap drips."
    assert services.check_invariants() == ()


def test_an_upgrade_takes_other_nights_and_keeps_the_price_and_what_is_charged(
    double: Any, suite: Any, desk: accounts.Caller
) -> None:
    [room] = rooms(suite, "901")
    booked = stay(double, nights=3)
    total = Booking.objects.get().total_minor

    outcome = move(booked, room, desk, from_date=today_at(double) + timedelta(days=1))

    nights = ReservationNight.objects.filter(reservation_id=booked).order_by("night")
    assert outcome.code == "moved"
    assert list(nights.values_list("room_type_id", "charged_room_type_id")) == [
        (double.id, None),
        (suite.id, double.id),
        (suite.id, double.id),
    ]
    assert (sold(double), sold(suite)) == ([1, 0, 0, 0], [0, 1, 1, 0])
    assert Booking.objects.get().total_minor == total
    assert services.check_invariants() == ()


def test_moving_back_leaves_nothing_of_the_upgrade(double: Any, suite: Any, desk: accounts.Caller) -> None:
    [up], [down] = rooms(suite, "901"), rooms(double, "101")
    booked = stay(double)
    move(booked, up, desk)

    move(booked, down, desk)

    assert set(ReservationNight.objects.values_list("room_type_id", "charged_room_type_id")) == {(double.id, None)}
    assert (sold(double), sold(suite)) == ([1, 1, 0, 0], [0, 0, 0, 0])
    assert services.check_invariants() == ()


def test_a_type_without_a_room_left_refuses_and_changes_nothing(double: Any, suite: Any, desk: accounts.Caller) -> None:
    [up], [down] = rooms(suite, "901"), rooms(double, "101")
    stay(suite)
    booked = stay(double)
    assign(booked, desk, down)

    assert move(booked, up, desk).code == "no_rooms_left"
    assert doors(booked) == [down.id] * 2
    assert services.check_invariants() == ()


def test_a_guest_in_house_moves_tonight_and_leaves_the_old_room_dirty(double: Any, desk: accounts.Caller) -> None:
    first, second = rooms(double, "101", "102")
    booked = stay(double, nights=3)
    check_in(booked, desk, first)

    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert move(booked, second, desk).code == "moved"
        assert check_out(booked, desk).code == "checked_out"

    assert doors(booked) == [first.id]
    assert set(Room.objects.values_list("condition", flat=True)) == {"dirty"}


def test_nobody_moves_into_a_room_that_is_dirty_or_taken(double: Any, desk: accounts.Caller) -> None:
    first, dirty, taken = rooms(double, "101", "102", "103")
    Room.objects.filter(id=dirty.id).update(condition="dirty")
    assign(stay(double), desk, taken)
    booked = stay(double)
    check_in(booked, desk, first)

    assert move(booked, dirty, desk).code == "room_not_ready"
    assert move(booked, taken, desk).code == "room_taken"
    assert doors(booked) == [first.id] * 2


def test_nights_that_are_over_stay_where_they_were(double: Any, desk: accounts.Caller) -> None:
    first, second = rooms(double, "101", "102")
    booked = stay(double, nights=2)
    check_in(booked, desk, first)
    arrival = Reservation.objects.get(id=booked).arrival

    with clock.moved_to(clock.now() + timedelta(days=1)), pytest.raises(Invalid):
        move(booked, second, desk, from_date=arrival)
    with clock.moved_to(clock.now() + timedelta(days=2)), pytest.raises(Invalid):
        move(booked, second, desk)


def test_another_price_is_an_amendment(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")

    with pytest.raises(Invalid):
        move(stay(double), room, desk, keep_price=False)


def test_who_was_promised_the_room_is_asked(double: Any, desk: accounts.Caller) -> None:
    first, second = rooms(double, "101", "102")
    booked = stay(double)
    assign(booked, desk, first, do_not_move=True)

    assert move(booked, second, desk).code == "room_promised"
    assert move(booked, second, desk, even_if_promised=True).code == "moved"


def test_canceling_an_upgraded_stay_gives_back_what_it_took(double: Any, suite: Any, desk: accounts.Caller) -> None:
    [up] = rooms(suite, "901")
    booked = stay(double, days_ahead=1)
    move(booked, up, desk)

    services.cancel_reservation(services.CancelReservation(reservation_id=booked), caller=desk, key=fresh_key())

    assert (sum(sold(double)), sum(sold(suite))) == (0, 0)
    assert services.check_invariants() == ()
