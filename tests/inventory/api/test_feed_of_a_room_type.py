"""The calendar of a room type for others: which nights are full, and nothing of anybody."""

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.bookings import services as bookings
from apps.inventory.models import RoomNight
from apps.platform import clock
from apps.platform.audit import entries_of
from tests.bookings.orders import caller_of, fresh_key, order, today_at
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create(room_count=1)


def staff_of(room_type: Any) -> APIClient:
    client = APIClient()
    role = MembershipFactory.create(role=accounts.Role.HOTEL_ADMIN, scope_id=room_type.hotel_id)
    client.force_authenticate(role.user)
    return client


def address_of(room_type: Any) -> str:
    """The staff's own route of the address."""
    return f"/api/v1/hotels/{room_type.hotel_id}/room-types/{room_type.id}/calendar-feed"


def path_of(answer: Any) -> str:
    return str(urlsplit(answer.json()["address"]).path)


def full(answer: Any) -> list[tuple[str, str]]:
    body = answer.content.decode()
    return re.findall(r"DTSTART;VALUE=DATE:(\d+)\r\nDTEND;VALUE=DATE:(\d+)", body)


def on_paper(day: date) -> str:
    return f"{day:%Y%m%d}"


def test_full_nights_that_follow_on_each_other_are_one_entry_without_anybody(double: Any) -> None:
    path = path_of(staff_of(double).get(address_of(double)))
    before = full(Client().get(path))
    command = order(double, days_ahead=5, nights=2, confirm=True)
    bookings.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())
    RoomNight.objects.filter(room_type=double, night=today_at(double) + timedelta(days=7)).update(stop_sell=True)

    answer = Client().get(path)

    run = (on_paper(command.arrival), on_paper(command.arrival + timedelta(days=3)))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert run not in before
    assert run in full(answer)
    assert not re.search("ada|lovelace", answer.content.decode(), re.IGNORECASE)
    assert "TRANSP:OPAQUE" in answer.content.decode()


def test_an_overdue_hold_keeps_nobody_out(double: Any) -> None:
    path = path_of(staff_of(double).get(address_of(double)))
    command = order(double, days_ahead=5, nights=2)
    bookings.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())
    run = (on_paper(command.arrival), on_paper(command.departure))

    held = full(Client().get(path))
    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        overdue = full(Client().get(path))

    assert run in held
    assert run not in overdue


def test_a_new_address_ends_the_old_one_and_is_written_down(double: Any) -> None:
    staff = staff_of(double)
    old = path_of(staff.get(address_of(double)))

    new = path_of(staff.post(address_of(double), {}))

    assert (Client().get(old).status_code, Client().get(new).status_code) == (404, 200)
    assert path_of(staff.get(address_of(double))) == new
    [entry] = entries_of(double.hotel_id, operation="inventory.update_room_type")
    assert entry.after == {"feed_version": 2}
    assert "cal_" not in str(entry.after)


def test_the_address_is_for_the_staff_of_the_hotel_and_fits_one_room_type(double: Any) -> None:
    other = RoomTypeFactory.create(hotel=double.hotel)
    stranger = staff_of(RoomTypeFactory.create())
    path = path_of(staff_of(double).get(address_of(double)))

    assert [stranger.get(address_of(double)).status_code, stranger.post(address_of(double), {}).status_code] == [
        404
    ] * 2
    assert Client().get(path.replace(str(double.id), str(other.id))).status_code == 404


def test_it_takes_two_statements(double: Any) -> None:
    path = path_of(staff_of(double).get(address_of(double)))

    with CaptureQueriesContext(connection) as statements:
        Client().get(path)

    assert len(statements) <= 2
