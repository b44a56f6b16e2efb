"""Housekeeping on a telephone, and rooms for today's arrivals with one button."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.services import Role
from apps.inventory.models import Room
from tests.bookings.desk import check_in, doors, rooms, staff_of, stay
from tests.factories.accounts import MembershipFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db
BOARD = "/admin/bookings/reservation/housekeeping/"


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


def browser(double: Any, role: Role) -> Client:
    client = Client()
    client.force_login(MembershipFactory.create(role=role, scope_id=double.hotel_id).user)
    return client


def test_one_tap_says_how_a_room_was_left(double: Any) -> None:
    [room] = rooms(double, "101")
    client = browser(double, Role.HOUSEKEEPING)

    answer = client.post(BOARD, {"hotel": double.hotel_id, "room": room.id, "condition": "dirty"})

    assert answer.status_code == 302
    assert Room.objects.get().condition == "dirty"
    assert "1 room dirty" in client.get(BOARD).content.decode()


def test_the_page_names_no_guest(double: Any) -> None:
    [room] = rooms(double, "101")
    check_in(stay(double), staff_of(double.hotel_id), room)

    page = browser(double, Role.HOUSEKEEPING).get(BOARD).content.decode()

    assert "stays over" in page
    assert "Ada Lovelace" not in page


def test_who_keeps_no_rooms_only_looks(double: Any) -> None:
    [room] = rooms(double, "101")
    client = browser(double, Role.REVENUE_MANAGER)

    client.post(BOARD, {"hotel": double.hotel_id, "room": room.id, "condition": "dirty"})

    assert Room.objects.get().condition == "clean"
    assert 'name="condition"' not in client.get(BOARD).content.decode()


def test_a_button_gives_everybody_who_arrives_today_a_room(double: Any) -> None:
    [room] = rooms(double, "101")
    booked = stay(double)
    client = browser(double, Role.FRONT_DESK)
    assert "Assign rooms to today" in client.get("/admin/").content.decode()

    answer = client.post(
        "/admin/bookings/reservation/assign-arrivals/", {"hotel": double.hotel_id, "key": "0" * 32}, follow=True
    )

    assert "1 got a room." in answer.content.decode()
    assert doors(booked) == [room.id] * 2
