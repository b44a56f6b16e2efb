"""Hotels, room types, rooms and rate plans are set up in forms whose values the services take or refuse."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.services import Role
from apps.inventory.models import Hotel, RatePlan, Room, RoomNight, RoomType
from tests.admin.desk import administrator, booked, staff_of
from tests.factories.inventory import RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db


def send(client: Client, page: str, **values: Any) -> Any:
    """Send the form of this page as it stands, with these values instead."""
    form = client.get(page).context["adminform"].form
    data = {name: "" if (value := form[name].value()) is None else value for name in form.fields}
    data = {name: value for name, value in data.items() if value is not False}
    data = {name: ",".join(value) if isinstance(value, list) else value for name, value in data.items()}
    return client.post(page, data | values)


def errors_of(page: Any) -> dict[str, list[str]]:
    """What is wrong with which field."""
    form = page.context["adminform"].form
    return {name: list(texts) for name, texts in form.errors.items()}


def test_a_new_room_type_can_be_sold_at_once(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)

    answer = send(
        client,
        "/admin/inventory/roomtype/add/",
        hotel=str(ours.hotel_id),
        code="STE",
        name="Suite",
        max_adults="2",
        room_count="1",
        base_rate="249.50",
    )

    suite = RoomType.objects.get(code="STE")
    assert answer["Location"] == "/admin/inventory/roomtype/"
    assert suite.base_rate_minor == 24_950
    assert booked(suite, nights=3).total_minor == 3 * 24_950


def test_a_price_that_the_currency_cannot_have_is_an_error_of_its_field() -> None:
    yen = RoomTypeFactory.create(hotel__currency="JPY", base_rate_minor=18_000)
    client = staff_of(yen.hotel, role=Role.HOTEL_ADMIN)

    page = send(client, f"/admin/inventory/roomtype/{yen.id}/change/", base_rate="180.50")

    assert errors_of(page) == {"base_rate": ["JPY has 0 decimal places"]}
    assert RoomType.objects.get(id=yen.id).base_rate_minor == 18_000


def test_fewer_rooms_than_are_sold_is_an_error_of_the_form_and_changes_nothing(ours: RoomType) -> None:
    booking = booked(ours, ours, nights=2)
    arrival = booking.reservations.all()[0].arrival
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)

    page = send(client, f"/admin/inventory/roomtype/{ours.id}/change/", room_count="1", name="Renamed")

    assert page.status_code == 200
    assert errors_of(page)["room_count"][0] == f"{arrival}: 2 rooms are sold or held."
    assert len(errors_of(page)["room_count"]) == 2
    assert RoomType.objects.get(id=ours.id).name == "Our double"
    assert set(RoomNight.objects.filter(room_type=ours).values_list("physical", flat=True)) == {5}


def test_a_room_type_that_is_archived_is_no_longer_offered_and_can_be_brought_back(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)
    address = f"/admin/inventory/roomtype/{ours.id}/change/"

    send(client, address, archived="on")
    archived = RoomType.objects.get(id=ours.id).archived_at
    form = client.get(address).context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields if name != "archived"}
    client.post(address, data)

    assert archived is not None
    assert RoomType.objects.get(id=ours.id).archived_at is None


def test_a_code_that_is_taken_is_an_error_of_its_field(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)

    page = send(client, "/admin/inventory/rateplan/add/", hotel=str(ours.hotel_id), code="FLEX", name="Again")

    assert page.status_code == 200
    assert errors_of(page)
    assert RatePlan.objects.filter(hotel=ours.hotel).count() == 1


def test_rates_are_set_by_the_revenue_manager_and_rooms_are_not(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.REVENUE_MANAGER)

    answer = send(
        client, "/admin/inventory/rateplan/add/", hotel=str(ours.hotel_id), code="BB", name="Breakfast", percent="115"
    )
    refused = client.get("/admin/inventory/room/add/")

    assert answer.status_code == 302
    assert RatePlan.objects.get(code="BB").percent == 115
    assert refused.status_code == 403


def test_a_room_belongs_to_the_hotel_of_its_type(ours: RoomType, theirs: RoomType) -> None:
    client = staff_of(ours.hotel, theirs.hotel, role=Role.HOTEL_ADMIN)

    send(client, "/admin/inventory/room/add/", room_type=str(theirs.id), number="101")

    assert Room.objects.get().hotel_id == theirs.hotel_id


def test_a_number_that_is_on_another_door_is_an_error_of_its_field(ours: RoomType) -> None:
    RoomFactory.create(room_type=ours, number="101")
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)

    page = send(client, "/admin/inventory/room/add/", room_type=str(ours.id), number="101")

    assert errors_of(page) == {"number": ["This one exists at the hotel."]}


def test_more_numbers_than_rooms_is_refused_with_its_reason() -> None:
    single = RoomTypeFactory.create(room_count=1)
    RoomFactory.create(room_type=single)
    client = staff_of(single.hotel, role=Role.HOTEL_ADMIN)

    page = send(client, "/admin/inventory/room/add/", room_type=str(single.id), number="2")

    assert errors_of(page) == {
        "__all__": ["All rooms of the type have a number. 1 of 1 rooms have a number."],
    }


def test_administrators_found_hotels_and_others_do_not(ours: RoomType) -> None:
    values = {"name": "New House", "address": "1", "city": "Oslo", "country": "NO", "time_zone": "Europe/Oslo"}

    answer = send(administrator(), "/admin/inventory/hotel/add/", **values, currency="NOK", amenities="wifi, sauna")
    refused = staff_of(ours.hotel, role=Role.HOTEL_ADMIN).get("/admin/inventory/hotel/add/")

    hotel = Hotel.objects.get(name="New House")
    assert answer.status_code == 302
    assert hotel.amenities == ["wifi", "sauna"]
    assert hotel.rate_plans.count() == 1
    assert refused.status_code == 403


def test_the_currency_of_a_hotel_with_reservations_stays(ours: RoomType) -> None:
    booked(ours)
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)

    page = send(client, f"/admin/inventory/hotel/{ours.hotel_id}/change/", currency="USD", name="Other")

    assert "Fixed once there is a reservation" in errors_of(page)["__all__"][0]
    assert Hotel.objects.get(id=ours.hotel_id).name == "Our Inn"


def test_what_cannot_be_taken_away_says_so_instead_of_staying_silently(ours: RoomType) -> None:
    Hotel.objects.filter(id=ours.hotel_id).update(stars=4)
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)

    page = send(client, f"/admin/inventory/hotel/{ours.hotel_id}/change/", stars="")

    assert errors_of(page) == {"stars": ["Once set it can be changed, but not taken away."]}


def test_who_only_looks_gets_the_page_without_a_form(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.FRONT_DESK)
    address = f"/admin/inventory/roomtype/{ours.id}/change/"

    page = client.get(address)
    sent = client.post(address, {"name": "Renamed"})

    assert page.status_code == 200
    assert "100.00 EUR" in page.content.decode()
    assert sent.status_code == 403
