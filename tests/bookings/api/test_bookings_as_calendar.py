"""Stays in the calendar of who travels: the same entry for each room at each change, canceled where it is given up."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.bookings.orders import body_of, fresh_key, order
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create(hotel=HotelFactory.create(name="Miramar, by the sea"), room_count=9)


def placed(client: APIClient, double: Any, *, rooms: int) -> dict[str, Any]:
    body = body_of(order(*[double] * rooms)) | {"confirm": True}
    booking: dict[str, Any] = client.post("/api/v1/bookings", body, headers={"Idempotency-Key": fresh_key()}).json()
    return booking


def signed_in() -> APIClient:
    client = APIClient()
    client.force_authenticate(UserFactory.create())
    return client


def entries(answer: Any) -> list[dict[str, str]]:
    """The properties of each entry, unfolded."""
    lines = answer.content.decode().replace("\r\n ", "")
    return [
        dict(line.split(":", 1) for line in event.strip().split("\r\n"))
        for event in re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", lines, re.DOTALL)
    ]


def test_each_room_is_an_entry_of_whole_days(double: Any) -> None:
    client = signed_in()
    booking = placed(client, double, rooms=2)

    answer = client.get(f"/api/v1/bookings/{booking['id']}/calendar.ics")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert f'filename="{booking["confirmation_number"]}.ics"' in answer["Content-Disposition"]
    found = entries(answer)
    assert [one["UID"].partition("@")[0] for one in found] == [room["id"] for room in booking["reservations"]]
    assert {one["DTSTART;VALUE=DATE"] for one in found} == {booking["arrival"].replace("-", "")}
    assert {one["DTEND;VALUE=DATE"] for one in found} == {booking["departure"].replace("-", "")}
    assert {one["SUMMARY"] for one in found} == {"Miramar\\, by the sea"}
    assert "ada@guests.example" not in answer.content.decode()


def test_a_change_is_the_same_entry_with_a_later_sequence_and_a_canceled_room_is_canceled(double: Any) -> None:
    client = signed_in()
    booking = placed(client, double, rooms=2)
    address, room = f"/api/v1/bookings/{booking['id']}/calendar.ics", booking["reservations"][1]["id"]
    before = client.get(address)
    client.post(f"/api/v1/reservations/{room}/cancel", {}, headers={"Idempotency-Key": fresh_key()})

    after, alone = client.get(address), client.get(f"/api/v1/reservations/{room}/calendar.ics")

    assert [one["UID"] for one in entries(after)] == [one["UID"] for one in entries(before)]
    assert [one["STATUS"] for one in entries(after)] == ["CONFIRMED", "CANCELLED"]
    assert [(one["SEQUENCE"], two["SEQUENCE"]) for one, two in zip(entries(before), entries(after), strict=True)] == [
        ("1", "2")
    ] * 2
    assert "METHOD:PUBLISH" in after.content.decode()
    assert "METHOD:CANCEL" in alone.content.decode()
    assert len(entries(alone)) == 1


def test_what_is_only_held_is_tentative_and_a_secret_opens_it(double: Any) -> None:
    held = APIClient().post("/api/v1/bookings", body_of(order(double)), headers={"Idempotency-Key": fresh_key()})
    guest = APIClient()
    guest.credentials(HTTP_MANAGE_SECRET=held["Manage-Secret"])

    answer = guest.get(f"{held['Location']}/calendar.ics", headers={"Accept": "text/calendar"})

    assert [one["STATUS"] for one in entries(answer)] == ["TENTATIVE"]
    assert APIClient().get(f"{held['Location']}/calendar.ics").status_code == 401
    assert signed_in().get(f"{held['Location']}/calendar.ics").json()["code"] == "not_found"


def test_ten_rooms_cost_no_more_statements_than_one(double: Any) -> None:
    client = signed_in()
    one, many = (placed(client, double, rooms=rooms)["id"] for rooms in (1, 8))

    with CaptureQueriesContext(connection) as of_one:
        client.get(f"/api/v1/bookings/{one}/calendar.ics")
    with CaptureQueriesContext(connection) as of_many:
        client.get(f"/api/v1/bookings/{many}/calendar.ics")

    assert len(of_one) == len(of_many) <= 5
