"""Which room a stay gets: by hand, by the best fit, and never two stays one room."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation, ReservationNight
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.errors import Denied, Invalid, NotFound
from apps.platform.models import AuditEntry, OutboxMessage
from tests.bookings.desk import assign, body, check_in, doors, rooms, staff_of, stay
from tests.bookings.orders import caller_of, fresh_key, today_at
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return staff_of(double.hotel_id)


def test_a_room_is_assigned_for_every_night_and_told(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    booked = stay(double, nights=3)

    outcome = assign(booked, desk, room, do_not_move=True)

    shown = body(outcome)["reservations"][0]
    assert (outcome.code, doors(booked)) == ("assigned", [room.id] * 3)
    assert [night["room"]["number"] for night in shown["nights"]] == ["101"] * 3
    assert shown["do_not_move"]
    assert OutboxMessage.objects.filter(topic="stay.room_changed").count() == 1
    assert AuditEntry.objects.get(operation="bookings.assign").actor == desk.principal
    assert services.check_invariants() == ()


def test_the_next_guest_has_the_room_from_the_day_of_departure(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    first, second = stay(double, nights=2), stay(double, days_ahead=2)
    assign(first, desk, room)

    assert assign(second, desk, room).code == "assigned"


def test_a_room_that_another_stay_has_is_refused_with_the_nights(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    first, second = stay(double, nights=2), stay(double, days_ahead=1)
    assign(first, desk, room)

    refusal = assign(second, desk, room)

    tomorrow = today_at(double) + timedelta(days=1)
    assert refusal.code == "room_taken"
    assert [item["date"] for item in body(refusal)["errors"]] == [tomorrow.isoformat()]
    assert doors(second) == [None, None]


def test_the_database_refuses_one_room_twice_a_night(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    first, second = stay(double), stay(double)
    assign(first, desk, room)

    with pytest.raises(IntegrityError), transaction.atomic():
        ReservationNight.objects.filter(reservation_id=second).update(room_id=room.id)


def test_the_best_fit_keeps_the_long_gap(double: Any, desk: accounts.Caller) -> None:
    short, long = rooms(double, "102", "101")
    assign(stay(double, days_ahead=3), desk, short)
    booked = stay(double, nights=3)

    assign(booked, desk)

    assert doors(booked) == [short.id] * 3
    assert long.id not in doors(booked)


def test_neither_closed_nor_archived_rooms_nor_those_of_other_types_are_candidates(
    double: Any, desk: accounts.Caller
) -> None:
    closed, archived, good = rooms(double, "101", "102", "103")
    RoomFactory.create(room_type=RoomTypeFactory.create(hotel=double.hotel), number="100")
    archived.archived_at = clock.now()
    archived.save()
    tomorrow = today_at(double) + timedelta(days=1)
    inventory.close_room(
        access=accounts.Access(principal="user:test", is_administrator=True, permissions=frozenset()),
        hotel_id=double.hotel_id,
        room_id=closed.id,
        first=tomorrow,
        last=tomorrow,
        kind=inventory.ClosureKind.OUT_OF_SERVICE,
        reason="A broken lamp",
    )
    booked, other = stay(double), stay(double)

    assign(booked, desk)

    assert doors(booked) == [good.id] * 2
    assert assign(other, desk).code == "no_room_free"
    assert assign(other, desk, closed).code == "room_taken"


def test_a_room_of_another_type_is_a_move(double: Any, desk: accounts.Caller) -> None:
    suite = RoomFactory.create(room_type=RoomTypeFactory.create(hotel=double.hotel))

    assert assign(stay(double), desk, suite).code == "other_room_type"


def test_a_room_of_another_hotel_is_not_there(double: Any, desk: accounts.Caller) -> None:
    with pytest.raises(Invalid):
        assign(stay(double), desk, RoomFactory.create())


def test_who_was_promised_a_room_is_asked(double: Any, desk: accounts.Caller) -> None:
    promised, other = rooms(double, "101", "102")
    booked = stay(double)
    assign(booked, desk, promised, do_not_move=True)

    assert assign(booked, desk, other).code == "room_promised"
    assert doors(booked) == [promised.id] * 2
    assert assign(booked, desk, other, even_if_promised=True).code == "assigned"
    assert doors(booked) == [other.id] * 2


def test_unassigning_leaves_the_stay_without_a_room(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    booked = stay(double)
    assign(booked, desk, room)

    outcome = services.unassign_room(services.UnassignRoom(reservation_id=booked), caller=desk, key=fresh_key())

    assert (outcome.code, doors(booked)) == ("unassigned", [None, None])
    assert assign(stay(double), desk, room).code == "assigned"


def test_a_second_automatic_assignment_changes_nothing(double: Any, desk: accounts.Caller) -> None:
    rooms(double, "101", "102")
    booked = stay(double)
    first = assign(booked, desk)

    second = assign(booked, desk)

    assert body(second)["revision"] == body(first)["revision"] == 2
    assert body(second)["reservations"] == body(first)["reservations"]


def test_an_overstay_keeps_its_room(double: Any, desk: accounts.Caller) -> None:
    first, second = rooms(double, "101", "102")
    over = stay(double, nights=1)
    check_in(over, desk, first)
    booked = stay(double, days_ahead=1, nights=2)

    with clock.moved_to(clock.now() + timedelta(days=2)):
        assign(booked, desk)

    assert doors(booked) == [second.id] * 2


def test_what_was_given_up_has_no_room(double: Any, desk: accounts.Caller) -> None:
    booked = stay(double)
    services.cancel_reservation(services.CancelReservation(reservation_id=booked), caller=desk, key=fresh_key())

    assert assign(booked, desk).code == "invalid_transition"


def test_only_the_front_desk_assigns(double: Any) -> None:
    booked = stay(double)
    owner = Reservation.objects.get(id=booked).booking.account_id
    assert owner is not None

    with pytest.raises(Denied):
        assign(booked, accounts.caller_for(owner))
    with pytest.raises(NotFound):
        assign(booked, caller_of(UserFactory.create()))
