"""The HTTP contract of the inventory."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.urls import resolve
from rest_framework.test import APIClient

from apps.accounts.services import Role
from apps.inventory.models import Hotel, RoomNight, RoomType
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.http.json import JSONRenderer
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory, RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

HOTEL: dict[str, Any] = {
    "name": "Harbour House",
    "address": "Rua do Alecrim 12",
    "city": "Lisbon",
    "country": "PT",
    "time_zone": "Europe/Lisbon",
    "currency": "EUR",
}
ARRIVAL = clock.now().date() + timedelta(days=10)
STAY: dict[str, Any] = {"arrival": ARRIVAL.isoformat(), "departure": (ARRIVAL + timedelta(days=2)).isoformat()}


@pytest.fixture
def administrator(api: APIClient) -> APIClient:
    api.force_authenticate(MembershipFactory.create(role=Role.PLATFORM_ADMIN).user)
    return api


def _staff(hotel_id: UUID, role: Role = Role.HOTEL_ADMIN) -> APIClient:
    client = APIClient()
    client.force_authenticate(MembershipFactory.create(role=role, scope_id=hotel_id).user)
    return client


def test_a_hotel_is_set_up_and_found_by_a_guest(administrator: APIClient) -> None:
    hotel = administrator.post("/api/v1/hotels", HOTEL)
    assert hotel.status_code == 201, hotel.json()
    address = hotel["Location"]
    body = {
        "code": "DBL",
        "name": "Double",
        "max_adults": 2,
        "max_children": 1,
        "room_count": 5,
        "base_rate": {"amount": "129.00", "currency": "EUR"},
    }
    room_type = administrator.post(f"{address}/room-types", body)
    assert room_type.status_code == 201, room_type.json()

    found = APIClient().get("/api/v1/availability", {"city": "LISBON", "occupancy": ["2-4"], **STAY})

    assert found.status_code == 200, found.json()
    (row,) = found.json()["results"]
    assert row["hotel"]["id"] == hotel.json()["id"]
    assert row["hotel"]["rating"] == {"average": None, "count": 0}
    assert row["total"] == {"amount": "258.00", "currency": "EUR"}
    assert row["nights"][0] == {"date": STAY["arrival"], "amount": {"amount": "129.00", "currency": "EUR"}}
    assert row["rooms_left"] == 5
    assert row["offers"][0]["room_type"]["id"] == room_type.json()["id"]
    assert [set(step) for step in row["cancellation"]["timeline"]] == [{"from", "until", "penalty"}] * 2
    offers = APIClient().get(f"{address}/offers", {"occupancy": ["2-4"], **STAY}).json()
    assert offers["time_zone"] == "Europe/Lisbon"
    assert _without_ids(offers["results"]) == _without_ids(row["offers"])


def _without_ids(offers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Offers without their ids, which are new each time."""
    return [{name: value for name, value in offer.items() if name != "offer_id"} for offer in offers]


def test_the_hotel_shows_its_rating(api: APIClient) -> None:
    hotel = HotelFactory.create(rating_average=Decimal("4.25"), rating_count=4)

    shown = api.get(f"/api/v1/hotels/{hotel.id}/").json()

    assert shown["rating"] == {"average": 4.25, "count": 4}


def test_hotels_are_listed_by_page_and_filter(api: APIClient) -> None:
    names: dict[str, dict[str, Any]] = {
        "a": {"amenities": ["pool", "wifi"]},
        "b": {"amenities": ["wifi"]},
        "c": {"city": "Kyoto", "country": "JP"},
    }
    for name, given in names.items():
        HotelFactory.create(name=name, **given)

    def listed(**query: Any) -> list[str]:
        return [row["name"] for row in api.get("/api/v1/hotels", query).json()["results"]]

    first = api.get("/api/v1/hotels", {"limit": 2}).json()
    second = api.get(first["next"]).json()
    assert [row["name"] for row in first["results"] + second["results"]] == ["c", "b", "a"]
    assert listed(city="lisbon") == ["b", "a"]
    assert listed(country="jp") == ["c"]
    assert listed(amenities=["pool", "wifi"]) == ["a"]
    Hotel.objects.filter(name="a").update(archived_at=clock.now())
    assert listed(city="lisbon") == ["b"]
    assert "a" in listed(updated_since=(clock.now() - timedelta(hours=1)).isoformat())


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"colour": "red"}, "colour"),
        ({"occupancy": "0"}, "occupancy"),
        ({"ordering": "name"}, "ordering"),
        ({"max_total": "NaN"}, "max_total"),
        ({"max_total": "-1"}, "max_total"),
        ({"min_rating": "6"}, "min_rating"),
        ({"limit": "0"}, "limit"),
        ({"near": "here"}, "near"),
        ({"near": "NaN,1"}, "near"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XYZ"}, "currency"),
        ({"arrival": "2026-02-30"}, "arrival"),
        ({"arrival": "0001-01-01"}, "arrival"),
        ({"arrival": "9999-12-31"}, "departure"),
        ({"departure": "9999-12-31"}, "departure"),
        ({"departure": STAY["arrival"]}, "departure"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"city": ["Lisbon", "Kyoto"]}, "city"),
    ],
)
def test_a_search_that_cannot_be_right_names_the_parameter(api: APIClient, query: Any, parameter: str) -> None:
    RoomTypeFactory.create()

    refused = api.get("/api/v1/availability", {"city": "Lisbon", **STAY} | query)

    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert parameter in [error["parameter"] for error in refused.json()["errors"]]


def test_search_results_link_to_their_neighbours(api: APIClient) -> None:
    for _ in range(3):
        RoomTypeFactory.create()

    first = api.get("/api/v1/availability", {"city": "Lisbon", "limit": 2, **STAY}).json()
    second = api.get(first["next"]).json()

    assert [len(first["results"]), len(second["results"])] == [2, 1]
    assert second["next"] is None
    assert _hotels(api.get(second["previous"]).json()) == _hotels(first)


def _hotels(page: dict[str, Any]) -> list[str]:
    return [row["hotel"]["id"] for row in page["results"]]


def test_a_limit_beyond_bounds_is_capped(api: APIClient) -> None:
    assert api.get("/api/v1/availability", {"city": "Lisbon", "limit": 10**9, **STAY}).status_code == 200


@pytest.mark.parametrize("mark", ["hotel", "archived"])
def test_offers_of_a_hotel_that_is_not_there_are_not_found(api: APIClient, mark: str) -> None:
    hotel = HotelFactory.create(archived_at=clock.now())
    hotel_id = uuid7() if mark == "hotel" else hotel.id

    assert api.get(f"/api/v1/hotels/{hotel_id}/offers", STAY).status_code == 404


def test_unknown_fields_are_refused_with_a_pointer(administrator: APIClient) -> None:
    refused = administrator.post("/api/v1/hotels", HOTEL | {"rating_average": 5})

    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        {"code": "unknown_field", "detail": "There is no such field.", "pointer": "/rating_average"}
    ]
    assert not Hotel.objects.exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": "two\nlines"}, "/name"),
        ({"time_zone": "Nowhere/Else"}, "/time_zone"),
        ({"currency": "ABC"}, "/currency"),
        ({"country": "QQ"}, "/country"),
        ({"latitude": "91"}, "/latitude"),
        ({"stars": None}, "/stars"),
    ],
)
def test_a_field_of_a_hotel_that_cannot_be_right_is_named(
    administrator: APIClient, change: dict[str, Any], pointer: str
) -> None:
    refused = administrator.post("/api/v1/hotels", HOTEL | change)

    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_who_is_not_signed_in_changes_nothing(api: APIClient) -> None:
    hotel = HotelFactory.create()

    assert api.post("/api/v1/hotels", HOTEL).status_code == 401
    assert api.patch(f"/api/v1/hotels/{hotel.id}", {"name": "x"}).status_code == 401
    for place in ("room-types", "rate-plans", "rooms", "calendar"):
        assert api.get(f"/api/v1/hotels/{hotel.id}/{place}").status_code == 401


def test_guests_found_no_hotel(api: APIClient) -> None:
    api.force_authenticate(UserFactory.create())

    assert api.post("/api/v1/hotels", HOTEL).status_code == 403


def test_staff_of_another_hotel_find_nothing() -> None:
    room = RoomFactory.create()
    base = f"/api/v1/hotels/{room.hotel_id}"
    plan = room.hotel.rate_plans.get()
    stranger = _staff(HotelFactory.create().id)
    rate = {"amount": "1", "currency": "EUR"}
    room_type = {"code": "X", "name": "X", "max_adults": 1, "room_count": 1, "base_rate": rate}
    closed = {"from": STAY["arrival"], "to": STAY["arrival"], "stop_sell": True}

    answers = [
        stranger.patch(base, {"name": "mine"}),
        *(stranger.get(f"{base}/{place}") for place in ("room-types", "rate-plans", "rooms", "calendar")),
        stranger.get(f"{base}/room-types/{room.room_type_id}"),
        stranger.get(f"{base}/rate-plans/{plan.id}"),
        stranger.get(f"{base}/rooms/{room.id}"),
        stranger.post(f"{base}/room-types", room_type),
        stranger.post(f"{base}/rate-plans", {"code": "X", "name": "X"}),
        stranger.post(f"{base}/rooms", {"room_type_id": str(room.room_type_id), "number": "9"}),
        stranger.patch(f"{base}/room-types/{room.room_type_id}", {"room_count": 9}),
        stranger.patch(f"{base}/rate-plans/{plan.id}", {"percent": "1"}),
        stranger.patch(f"{base}/rooms/{room.id}", {"number": "9"}),
        stranger.patch(f"{base}/calendar", {"changes": [closed]}),
        stranger.post(f"{base}/calendar/undo", {"change_id": str(uuid7())}),
        stranger.post(f"{base}/inventory/generate"),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)


def test_things_of_another_hotel_are_not_changed_through_ones_own() -> None:
    room = RoomFactory.create()
    own = HotelFactory.create()
    staff, base = _staff(own.id), f"/api/v1/hotels/{own.id}"

    answers = [
        staff.patch(f"{base}/room-types/{room.room_type_id}", {"room_count": 9}),
        staff.patch(f"{base}/rate-plans/{room.hotel.rate_plans.get().id}", {"percent": "1"}),
        staff.patch(f"{base}/rooms/{room.id}", {"number": "9"}),
        staff.post(f"{base}/rooms", {"room_type_id": str(room.room_type_id), "number": "9"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert RoomType.objects.get().room_count == 5


def test_front_desk_sees_the_set_up_but_does_not_change_it() -> None:
    room_type = RoomTypeFactory.create()
    desk, base = _staff(room_type.hotel_id, Role.FRONT_DESK), f"/api/v1/hotels/{room_type.hotel_id}"

    assert desk.get(f"{base}/room-types").json()["results"][0]["base_rate"]["amount"] == "100.00"
    assert desk.patch(f"{base}/room-types/{room_type.id}", {"room_count": 9}).status_code == 403
    assert desk.post(f"{base}/inventory/generate").status_code == 403


def test_staff_change_room_types_plans_and_rooms() -> None:
    room_type = RoomTypeFactory.create(code="DBL")
    staff, base = _staff(room_type.hotel_id), f"/api/v1/hotels/{room_type.hotel_id}"

    plan = staff.post(f"{base}/rate-plans", {"code": "BB", "name": "Breakfast", "meal_plan": "breakfast"})
    room = staff.post(f"{base}/rooms", {"room_type_id": str(room_type.id), "number": "101"})
    clash = staff.post(f"{base}/rooms", {"room_type_id": str(room_type.id), "number": "101"})

    assert (plan.status_code, plan.json()["percent"]) == (201, "100")
    assert (room.status_code, room.json()["condition"]) == (201, "clean")
    assert (clash.status_code, clash.json()["code"]) == (409, "code_taken")
    changed = staff.patch(plan["Location"], {"percent": "112.50", "archived": True}).json()
    assert (changed["percent"], changed["archived"]) == ("112.50", True)
    assert staff.patch(room["Location"], {"condition": "dirty"}).json()["condition"] == "dirty"
    resized = staff.patch(f"{base}/room-types/{room_type.id}", {"room_count": 6, "name": "Twin"}).json()
    assert (resized["room_count"], resized["name"], resized["code"]) == (6, "Twin", "DBL")
    assert staff.patch(f"{base}/room-types/{room_type.id}", {"rooms": 7}).status_code == 400


def test_fewer_rooms_than_sold_are_a_conflict_with_dates() -> None:
    room_type = RoomTypeFactory.create()
    RoomNight.objects.filter(room_type=room_type, night=ARRIVAL).update(sold=5)

    refused = _staff(room_type.hotel_id).patch(
        f"/api/v1/hotels/{room_type.hotel_id}/room-types/{room_type.id}", {"room_count": 4}
    )

    assert (refused.status_code, refused.json()["code"]) == (409, "capacity_below_sold")
    assert [error["date"] for error in refused.json()["errors"]] == [STAY["arrival"]]


def test_staff_generate_their_nights() -> None:
    room_type = RoomTypeFactory.create()
    RoomNight.objects.filter(room_type=room_type, night=ARRIVAL).delete()

    answer = _staff(room_type.hotel_id).post(f"/api/v1/hotels/{room_type.hotel_id}/inventory/generate")

    assert (answer.status_code, answer.json()) == (200, {"nights_added": 1})


def test_the_bodies_that_the_pages_propose_are_valid(api: APIClient) -> None:
    user = MembershipFactory.create(role=Role.PLATFORM_ADMIN).user
    api.force_authenticate(user)
    room = RoomFactory.create()
    base = f"/api/v1/hotels/{room.hotel_id}"
    places = {
        "/api/v1/hotels": "post",
        base: "patch",
        f"{base}/room-types": "post",
        f"{base}/room-types/{room.room_type_id}": "patch",
        f"{base}/rate-plans": "post",
        f"{base}/rate-plans/{room.hotel.rate_plans.get().id}": "patch",
        f"{base}/rooms": "post",
        f"{base}/rooms/{room.id}": "patch",
        f"{base}/calendar": "patch",
    }
    for address, method in places.items():
        match = resolve(address)
        request: Any = api.get(address).wsgi_request
        request.user = user
        body = match.func.cls().example_body(request, **match.kwargs)  # type: ignore[attr-defined]
        answer = getattr(api, method)(address, orjson.loads(JSONRenderer().render(body)))
        assert answer.status_code in {200, 201, 204}, (address, answer.json())
