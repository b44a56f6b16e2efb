"""Closing rooms in the admin, and the list of nights whose guests have to be walked."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.services import Role
from apps.inventory.models import Room, RoomClosure, RoomNight, RoomType
from tests.admin.desk import staff_of
from tests.bookings.orders import today_at
from tests.factories.inventory import RoomFactory

pytestmark = pytest.mark.django_db

ADD = "/admin/inventory/roomclosure/add/"


@pytest.fixture
def room(ours: RoomType) -> Any:
    return RoomFactory.create(room_type=ours, number="101")


def form(room: Room, *, ahead: int = 5, nights: int = 2, **fields: str) -> dict[str, str]:
    first = today_at(room.room_type) + timedelta(days=ahead)
    return {
        "room": str(room.id),
        "first": first.isoformat(),
        "last": (first + timedelta(days=nights - 1)).isoformat(),
        "kind": "out_of_order",
        "reason": "Burst pipe",
    } | fields


def errors_of(page: Any) -> dict[str, list[str]]:
    return dict(page.context["adminform"].form.errors)


def change(client: Client, **fields: str) -> Any:
    address = f"/admin/inventory/roomclosure/{RoomClosure.objects.get().id}/change/"
    shown = client.get(address).context["adminform"].form
    data = {name: shown[name].value() for name in shown.fields if shown[name].value() is not None} | fields
    return client.post(address, data)


def test_a_room_is_closed_and_its_closure_ended_in_the_admin(room: Room) -> None:
    client = staff_of(room.hotel, role=Role.HOTEL_ADMIN)

    client.post(ADD, form(room))
    closed = RoomNight.objects.filter(out_of_order=1).count()
    change(client, kind="out_of_service")
    served = RoomNight.objects.filter(out_of_order=1).count()
    change(client, ended="on")

    assert (closed, served) == (2, 0)
    assert RoomClosure.objects.get().ended_at is not None


def test_what_has_ended_is_only_shown(room: Room) -> None:
    client = staff_of(room.hotel, role=Role.HOTEL_ADMIN)
    client.post(ADD, form(room))
    change(client, ended="on")

    page = client.get(f"/admin/inventory/roomclosure/{RoomClosure.objects.get().id}/change/")

    assert page.status_code == 200
    assert not page.context["has_change_permission"]


def test_sold_out_nights_are_errors_beside_the_first_one_until_there_is_a_reason(room: Room) -> None:
    client = staff_of(room.hotel, role=Role.HOTEL_ADMIN)
    night = today_at(room.room_type) + timedelta(days=5)
    RoomNight.objects.filter(room_type=room.room_type, night=night).update(sold=5)

    refused = client.post(ADD, form(room))
    client.post(ADD, form(room, override_reason="Burst pipe in 101"))

    assert errors_of(refused) == {"first": [f"{night}: 5 rooms are sold or held."]}
    assert RoomNight.objects.get(room_type=room.room_type, night=night).overbooking_limit == 1


def test_who_may_not_override_is_not_asked_why(room: Room) -> None:
    fields = staff_of(room.hotel, role=Role.HOTEL_ADMIN).get(ADD).context["adminform"].form.fields
    front_desk = staff_of(room.hotel, role=Role.FRONT_DESK).get(ADD)

    assert "override_reason" in fields
    assert front_desk.status_code == 403


def test_fewer_rooms_than_are_sold_take_a_reason_in_the_form_of_the_room_type(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)
    RoomNight.objects.filter(room_type=ours, night=today_at(ours)).update(sold=4)
    address = f"/admin/inventory/roomtype/{ours.id}/change/"
    shown = client.get(address).context["adminform"].form
    data = {name: shown[name].value() for name in shown.fields if shown[name].value() is not None}

    client.post(address, data | {"room_count": "3", "override_reason": "A wall is down"})

    assert RoomNight.objects.get(room_type=ours, night=today_at(ours)).overbooking_limit == 1


def test_the_day_page_leads_to_the_nights_with_too_many_guests(ours: RoomType, theirs: RoomType) -> None:
    client = staff_of(ours.hotel)
    for room_type in (ours, theirs):
        nights = RoomNight.objects.filter(room_type=room_type, night=today_at(room_type))
        nights.update(overbooking_limit=2, sold=7)

    notices = [notice for notice in client.get("/admin/").context["notices"] if "more rooms sold" in notice.text]
    page = client.get(notices[0].link)

    assert [notice.count for notice in notices] == [1]
    assert [row["night"].too_many for row in page.context["rows"]] == [2]
    assert "7 sold of 5" in page.content.decode()
    assert client.get(page.context["rows"][0]["calendar"]).status_code == 200


def test_the_page_of_another_hotel_does_not_exist(ours: RoomType, theirs: RoomType) -> None:
    page = staff_of(ours.hotel).get("/admin/inventory/hotel/overbooked/", {"hotel": str(theirs.hotel_id)})

    assert page.status_code == 404
