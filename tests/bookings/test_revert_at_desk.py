"""Undoing a check-in or a check-out, on the same business date."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation
from apps.inventory.models import RoomNight
from apps.platform import clock
from apps.platform.models import AuditEntry, OutboxMessage
from tests.bookings.desk import (
    assign,
    check_in,
    check_out,
    doors,
    revert_check_in,
    revert_check_out,
    rooms,
    staff_of,
    status,
    stay,
)
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create(room_count=1)


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return staff_of(double.hotel_id)


def sold() -> int:
    return sum(RoomNight.objects.values_list("sold", flat=True))


def test_a_check_in_is_undone_and_the_room_stays_assigned(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    booked = stay(double)
    check_in(booked, desk)

    outcome = revert_check_in(booked, desk)

    assert (outcome.code, status(booked), doors(booked)) == ("check_in_reverted", "confirmed", [room.id] * 2)
    assert Reservation.objects.get().checked_in_at is None
    assert OutboxMessage.objects.filter(topic="stay.check_in_reverted").count() == 1
    assert AuditEntry.objects.filter(operation="bookings.revert_check_in").count() == 1
    assert check_in(booked, desk).code == "checked_in"
    assert services.check_invariants() == ()


def test_on_the_next_business_date_it_is_too_late(double: Any, desk: accounts.Caller) -> None:
    booked = stay(double, nights=3)
    check_in(booked, desk)

    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert revert_check_in(booked, desk).code == "too_late"
        check_out(booked, desk)
    with clock.moved_to(clock.now() + timedelta(days=2)):
        assert revert_check_out(booked, desk).code == "too_late"

    assert status(booked) == "checked_out"


def test_an_early_check_out_is_undone_with_its_nights_and_its_room(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    booked = stay(double, nights=4)
    check_in(booked, desk)
    check_out(booked, desk)
    assert sold() == 1

    outcome = revert_check_out(booked, desk)

    assert (outcome.code, status(booked), sold()) == ("check_out_reverted", "checked_in", 4)
    assert doors(booked) == [room.id] * 4
    assert Reservation.objects.get().checked_out_at is None
    assert services.check_invariants() == ()


def test_nights_that_were_sold_meanwhile_are_not_taken_again(double: Any, desk: accounts.Caller) -> None:
    booked = stay(double, nights=3)
    check_in(booked, desk)
    check_out(booked, desk)
    stay(double, days_ahead=1, nights=1)

    assert revert_check_out(booked, desk).code == "no_rooms_left"
    assert status(booked) == "checked_out"
    assert services.check_invariants() == ()


def test_the_room_has_to_be_vacant_and_free(desk: accounts.Caller, double: Any) -> None:
    twin = RoomTypeFactory.create(hotel=double.hotel)
    [room] = rooms(twin, "201")
    booked, other = stay(twin, nights=1), stay(twin, days_ahead=1)
    check_in(booked, desk)
    with clock.moved_to(clock.now() + timedelta(days=1)):
        check_out(booked, desk)
        room.refresh_from_db()
        room.condition = "clean"
        room.save()
        assign(other, desk, room)
        check_in(other, desk)

        assert revert_check_out(booked, desk).code == "room_occupied"


def test_what_is_not_in_that_state_is_not_undone(double: Any, desk: accounts.Caller) -> None:
    booked = stay(double)

    assert revert_check_in(booked, desk).code == "invalid_transition"
    assert revert_check_out(booked, desk).code == "invalid_transition"
