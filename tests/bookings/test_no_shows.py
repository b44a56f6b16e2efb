"""Guests who do not come, or come late."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation
from apps.inventory.models import Hotel, RoomNight
from apps.platform import clock
from apps.platform.errors import Denied
from apps.platform.models import OutboxMessage
from tests.bookings.desk import check_in, doors, no_show, revert_check_in, rooms, staff_of, status, stay
from tests.bookings.orders import fresh_key, today_at
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 6, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def double() -> Any:
    with clock.moved_to(NOON):
        return RoomTypeFactory.create(room_count=1, hotel=HotelFactory.create(time_zone="UTC"))


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return staff_of(double.hotel_id)


def at(days: int, hour: int, minute: int = 0, second: int = 0) -> Any:
    """The clock of the hotel, so many days after NOON."""
    return clock.moved_to(NOON.replace(hour=hour, minute=minute, second=second) + timedelta(days=days))


def sold() -> int:
    return sum(RoomNight.objects.values_list("sold", flat=True))


def test_later_nights_are_kept_until_noon_of_the_day_after(double: Any, desk: accounts.Caller) -> None:
    with at(0, 12):
        booked = stay(double, nights=3)
        no_show(booked, desk)
    assert sold() == 3

    with at(1, 11, 59, 59):
        assert services.free_kept_nights() == 0
    with at(1, 12):
        freed = [services.free_kept_nights(), services.free_kept_nights()]

    assert (freed, sold()) == ([1, 0], 1)
    assert OutboxMessage.objects.filter(topic="stay.nights_freed").count() == 1
    assert services.check_invariants() == ()


def test_where_the_hotel_says_so_they_are_free_at_once(double: Any, desk: accounts.Caller) -> None:
    Hotel.objects.update(no_show_nights="at_once")

    with at(0, 12):
        no_show(stay(double, nights=3), desk)

    assert sold() == 1


def test_after_noon_nobody_waits_any_more(double: Any, desk: accounts.Caller) -> None:
    with at(0, 12):
        booked = stay(double, nights=3)
    with at(1, 12):
        no_show(booked, desk)

    assert sold() == 1


@pytest.mark.parametrize(
    ("guarantee", "before", "after"),
    [("until_18", (0, 17, 59, 59), (0, 18, 0, 0)), ("all_night", (1, 2, 59, 59), (1, 3, 0, 0))],
)
def test_the_guarantee_says_until_when_a_guest_is_waited_for(
    double: Any, guarantee: str, before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    Hotel.objects.update(no_show_by="job")
    with at(0, 12):
        booked = stay(double)
    Reservation.objects.update(guarantee=guarantee)

    with at(*before):
        assert services.no_shows_due([double.hotel_id]) == []
        assert services.record_due_no_shows() == 0
    with at(*after):
        assert [row["id"] for row in services.no_shows_due([double.hotel_id])] == [booked]
        assert [services.record_due_no_shows(), services.record_due_no_shows()] == [1, 0]

    assert status(booked) == "no_show"


def test_the_hotel_sets_its_cutoff(double: Any) -> None:
    Hotel.objects.update(no_show_by="job", no_show_cutoff=time(6, 30))
    with at(0, 12):
        stay(double)

    with at(1, 6, 29, 59):
        assert services.record_due_no_shows() == 0
    with at(1, 6, 30):
        assert services.record_due_no_shows() == 1


def test_by_hand_the_job_only_proposes(double: Any) -> None:
    with at(0, 12):
        booked = stay(double)

    with at(2, 12):
        assert services.record_due_no_shows() == 0
        assert len(services.no_shows_due([double.hotel_id])) == 1

    assert status(booked) == "confirmed"


def test_who_comes_late_is_let_in_without_a_fee(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    with at(0, 12):
        booked = stay(double, nights=3)
        no_show(booked, desk)
    assert Reservation.objects.get().penalty_minor

    with at(1, 10):
        assert check_in(booked, desk).code == "checked_in"
        assert services.check_invariants() == ()

    assert (status(booked), sold(), Reservation.objects.get().penalty_minor) == ("checked_in", 3, None)
    assert doors(booked) == [None, room.id, room.id]


def test_nights_that_were_given_back_are_taken_again(double: Any, desk: accounts.Caller) -> None:
    with at(0, 12):
        booked = stay(double, nights=4)
        no_show(booked, desk)
    with at(1, 13):
        services.free_kept_nights()

    with at(2, 10):
        assert check_in(booked, desk).code == "checked_in"
        assert services.check_invariants() == ()
        assert revert_check_in(booked, desk).code == "invalid_transition"

    # The night before, which nobody slept, stays given back.
    assert sold() == 3


def test_nights_that_are_sold_refuse_unless_staff_override(double: Any, desk: accounts.Caller) -> None:
    with at(0, 12):
        booked = stay(double, nights=3)
        no_show(booked, desk)
    with at(1, 13):
        services.free_kept_nights()
        stay(double, days_ahead=0, nights=2)
        chief = staff_of(double.hotel_id, accounts.Role.HOTEL_ADMIN)
        command = services.CheckIn(reservation_id=booked, override_reason="They are in the lobby.")

        assert check_in(booked, desk).code == "no_rooms_left"
        with pytest.raises(Denied):
            services.check_in(command, caller=desk, key=fresh_key())
        assert services.check_in(command, caller=chief, key=fresh_key()).code == "checked_in"
        assert services.check_invariants() == ()

    tonight = today_at(double)
    assert tonight is not None
    assert RoomNight.objects.filter(overbooking_limit=1).count() == 2
