"""Letting guests into rooms that are theirs, vacant and ready."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.bookings import services
from apps.inventory import services as inventory
from apps.inventory.models import Room
from apps.platform import clock
from tests.bookings.desk import assign, body, check_in, check_out, doors, rooms, staff_of, status, stay
from tests.bookings.orders import fresh_key, today_at
from tests.factories.accounts import PASSWORD, MembershipFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db
ADMINISTRATOR = accounts.Access(principal="user:test", is_administrator=True, permissions=frozenset())


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return staff_of(double.hotel_id)


def soil(*soiled: Any) -> None:
    Room.objects.filter(id__in=[room.id for room in soiled]).update(condition="dirty")


def test_a_guest_goes_to_the_room_that_is_assigned(double: Any, desk: accounts.Caller) -> None:
    _, room = rooms(double, "101", "102")
    booked = stay(double)
    assign(booked, desk, room)

    outcome = check_in(booked, desk)

    assert (outcome.code, doors(booked)) == ("checked_in", [room.id] * 2)
    assert services.check_invariants() == ()


def test_without_a_room_the_best_ready_one_is_assigned_in_the_same_command(double: Any, desk: accounts.Caller) -> None:
    dirty, ready = rooms(double, "101", "102")
    soil(dirty)
    booked = stay(double)

    outcome = check_in(booked, desk)

    assert (outcome.code, doors(booked)) == ("checked_in", [ready.id] * 2)
    assert body(outcome)["reservations"][0]["nights"][0]["room"]["number"] == "102"
    assert body(outcome)["revision"] == 2


def test_a_dirty_room_is_refused_with_those_that_are_ready(double: Any, desk: accounts.Caller) -> None:
    dirty, ready = rooms(double, "101", "102")
    booked = stay(double)
    assign(booked, desk, dirty)
    soil(dirty)

    refusal = check_in(booked, desk)

    assert (refusal.code, body(refusal)["condition"]) == ("room_not_ready", "dirty")
    assert [room["number"] for room in body(refusal)["alternatives"]] == ["102"]
    assert check_in(booked, desk, ready).code == "checked_in"
    assert doors(booked) == [ready.id] * 2


def test_an_occupied_room_is_refused(double: Any, desk: accounts.Caller) -> None:
    [room, _] = rooms(double, "101", "102")
    over, booked = stay(double, nights=1), stay(double, days_ahead=1)
    check_in(over, desk, room)

    with clock.moved_to(clock.now() + timedelta(days=1)):
        assign(booked, desk, room)
        refusal = check_in(booked, desk)

    assert refusal.code == "room_occupied"
    assert [other["number"] for other in body(refusal)["alternatives"]] == ["102"]


def test_a_room_that_is_closed_tonight_is_refused(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    booked = stay(double)
    assign(booked, desk, room)
    inventory.close_room(
        access=ADMINISTRATOR,
        hotel_id=double.hotel_id,
        room_id=room.id,
        first=today_at(double),
        last=today_at(double),
        kind=inventory.ClosureKind.OUT_OF_SERVICE,
        reason="No water",
    )

    assert check_in(booked, desk).code == "room_not_ready"


def test_where_no_room_is_ready_it_says_why_each_is_not(double: Any, desk: accounts.Caller) -> None:
    dirty, occupied, taken = rooms(double, "101", "102", "103")
    soil(dirty)
    check_in(stay(double), desk, occupied)
    assign(stay(double), desk, taken)
    booked = stay(double)

    refusal = check_in(booked, desk)

    assert refusal.code == "no_room_ready"
    assert [room["why"] for room in body(refusal)["rooms"]] == ["dirty", "occupied", "taken"]
    assert status(booked) == "confirmed"


def test_a_room_type_without_rooms_needs_none(double: Any, desk: accounts.Caller) -> None:
    booked = stay(double)

    assert check_in(booked, desk).code == "checked_in"
    assert doors(booked) == [None, None]


def test_a_guest_who_comes_a_day_late_has_the_room_from_that_day_on(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    booked = stay(double, nights=3)

    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert check_in(booked, desk).code == "checked_in"

    assert doors(booked) == [None, room.id, room.id]


def test_check_out_makes_the_room_dirty_and_frees_it(double: Any, desk: accounts.Caller) -> None:
    [room] = rooms(double, "101")
    early, following = stay(double, nights=4), stay(double, days_ahead=1)
    check_in(early, desk)

    with clock.moved_to(clock.now() + timedelta(days=1)):
        assert check_out(early, desk).code == "checked_out"
        assert Room.objects.get().condition == "dirty"
        assert assign(following, desk, room).code == "assigned"
        assert check_in(following, desk).code == "room_not_ready"

    assert doors(early) == [room.id]
    assert services.check_invariants() == ()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_assigned", [True, False])
def test_a_check_in_takes_at_most_twelve_statements(double: Any, desk: accounts.Caller, *, is_assigned: bool) -> None:
    rooms(double, "101", "102", "103")
    booked = stay(double)
    if is_assigned:
        assign(booked, desk)
    staff = MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user
    client = APIClient()
    pair = accounts.sign_in(email=staff.email, password=PASSWORD)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")

    with CaptureQueriesContext(connection) as statements:
        response = client.post(
            f"/api/v1/reservations/{booked}/check-in", {}, format="json", headers={"Idempotency-Key": fresh_key()}
        )

    assert response.status_code == 200, response.content
    texts = [statement["sql"] for statement in statements]
    assert {"BEGIN", "COMMIT"} <= set(texts)
    assert len(texts) <= 12, "\n".join(map(str, texts))
