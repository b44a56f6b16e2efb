"""The rooms of an amended stay: kept nights keep theirs, added ones are beside them where it is free."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation, ReservationNight
from apps.inventory import services as inventory
from tests.bookings.amending import ONE_DAY, amend, change
from tests.bookings.desk import assign, doors, rooms, staff_of, stay
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return staff_of(double.hotel_id)


def amended(stay_id: UUID, caller: accounts.Caller, **fields: Any) -> list[UUID | None]:
    """The rooms of the nights, once one of the stay has been changed."""
    code, _ = amend(change(Reservation.objects.get(id=stay_id).booking_id, **fields), caller)
    assert code == "amended"
    assert services.check_invariants() == ()
    return doors(stay_id)


def test_added_nights_before_and_after_are_in_the_same_room(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    stay_id = stay(double, days_ahead=5)
    assign(stay_id, desk, room)
    row = Reservation.objects.get(id=stay_id)

    found = amended(stay_id, desk, arrival=row.arrival - ONE_DAY, departure=row.departure + 2 * ONE_DAY)

    assert found == [room.id] * 5


def test_where_somebody_else_has_it_for_any_of_them_added_nights_have_none_yet(
    double: Any, desk: accounts.Caller
) -> None:
    [room] = rooms(double, "101")
    stay_id, other = stay(double, days_ahead=5), stay(double, days_ahead=8, nights=1)
    assign(stay_id, desk, room)
    assign(other, desk, room)

    found = amended(stay_id, desk, departure=Reservation.objects.get(id=stay_id).departure + 3 * ONE_DAY)

    assert found == [room.id] * 2 + [None] * 3


def test_a_room_that_is_closed_then_is_not_taken_along(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    stay_id = stay(double, days_ahead=5)
    assign(stay_id, desk, room)
    departure = Reservation.objects.get(id=stay_id).departure
    inventory.close_room(
        access=accounts.Access(principal="user:test", is_administrator=True, permissions=frozenset()),
        hotel_id=double.hotel_id,
        room_id=room.id,
        first=departure,
        last=departure,
        kind=inventory.ClosureKind.OUT_OF_SERVICE,
        reason="Paint",
    )

    assert amended(stay_id, desk, departure=departure + ONE_DAY) == [room.id] * 2 + [None]


def test_nights_without_a_room_bring_none_along(double: Any, desk: accounts.Caller) -> None:
    rooms(double, "101")
    stay_id = stay(double, days_ahead=5)

    assert amended(stay_id, desk, departure=Reservation.objects.get(id=stay_id).departure + ONE_DAY) == [None] * 3


def test_another_room_type_leaves_the_room_and_the_promise_of_it(double: Any, desk: accounts.Caller) -> None:
    suite = RoomTypeFactory.create(hotel=double.hotel)
    [room] = rooms(double, "101")
    stay_id = stay(double, days_ahead=5)
    assign(stay_id, desk, room, do_not_move=True)

    found = amended(stay_id, desk, room_type_id=suite.id)

    assert found == [None] * 2
    assert not Reservation.objects.get(id=stay_id).do_not_move


def test_other_people_stay_in_the_room(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    stay_id = stay(double, days_ahead=5)
    assign(stay_id, desk, room)

    assert amended(stay_id, desk, adults=1) == [room.id] * 2


def test_an_upgraded_stay_keeps_its_room_and_what_it_is_charged_as(double: Any, desk: accounts.Caller) -> None:
    suite = RoomTypeFactory.create(hotel=double.hotel, base_rate_minor=30_000)
    [better] = rooms(suite, "901")
    stay_id = stay(double, days_ahead=5)
    services.move_room(
        services.MoveRoom(reservation_id=stay_id, room_id=better.id), caller=desk, key=f"upgrade-{stay_id}"
    )

    found = amended(stay_id, desk, departure=Reservation.objects.get(id=stay_id).departure + ONE_DAY)

    nights = ReservationNight.objects.filter(reservation_id=stay_id).order_by("night")
    assert found == [better.id] * 2 + [None]
    assert list(nights.values_list("room_type_id", "charged_room_type_id", "amount_minor")) == [
        (suite.id, double.id, 10_000),
        (suite.id, double.id, 10_000),
        (double.id, None, 10_000),
    ]


def test_the_type_that_a_guest_was_upgraded_to_is_charged_once_it_is_booked(double: Any, desk: accounts.Caller) -> None:
    suite = RoomTypeFactory.create(hotel=double.hotel, base_rate_minor=30_000)
    [better] = rooms(suite, "901")
    stay_id = stay(double, days_ahead=5)
    services.move_room(
        services.MoveRoom(reservation_id=stay_id, room_id=better.id), caller=desk, key=f"upgrade-{stay_id}"
    )

    found = amended(stay_id, desk, room_type_id=suite.id)

    nights = ReservationNight.objects.filter(reservation_id=stay_id)
    assert found == [better.id] * 2
    assert set(nights.values_list("room_type_id", "charged_room_type_id", "amount_minor")) == {(suite.id, None, 30_000)}


@pytest.mark.django_db(transaction=True)
def test_taking_the_room_along_stays_within_twenty_statements(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    stay_id = stay(double, days_ahead=5)
    assign(stay_id, desk, room)
    row = Reservation.objects.get(id=stay_id)
    command = change(row.booking_id, departure=row.departure + timedelta(days=1))

    with CaptureQueriesContext(connection) as statements:
        amend(command, desk, revision=2)

    assert doors(stay_id) == [room.id] * 3
    assert len(statements) <= 20, "\n".join(statement["sql"] for statement in statements)
