"""The HTTP contract of bookings: statuses, headers, bytes, and who may see what."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.inventory.models import RoomNight
from tests.bookings.orders import body_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

BOOKINGS = "/api/v1/bookings"


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def body(double: Any) -> dict[str, Any]:
    return body_of(order(double))


@pytest.fixture
def guest(api: APIClient) -> APIClient:
    api.force_authenticate(UserFactory.create())
    return api


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def post(client: APIClient, path: str, body: Any = None, key: str | None = None) -> Any:
    return client.post(path, body if body is not None else {}, headers={"Idempotency-Key": key or fresh_key()})


def test_a_booking_is_created_with_its_address_and_revision(guest: APIClient, body: dict[str, Any]) -> None:
    response = post(guest, BOOKINGS, body)

    booking = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"{BOOKINGS}/{booking['id']}"
    assert response["ETag"] == '"1"'
    assert booking["total"] == {"amount": "300.00", "currency": "EUR"}
    assert booking["amounts"]["due_now"]["amount"] == "0.00"
    assert booking["actions"] == ["confirm", "amend", "cancel"]
    assert booking["reservations"][0]["actions"] == ["cancel"]
    assert [night["amount"]["amount"] for night in booking["reservations"][0]["nights"]] == ["100.00"] * 3
    assert booking["cancellation"]["timeline"][0]["penalty"]["amount"] == "0.00"


def test_a_replay_is_the_same_bytes_and_says_so(guest: APIClient, body: dict[str, Any]) -> None:
    key = fresh_key()

    first, second = post(guest, BOOKINGS, body, key), post(guest, BOOKINGS + "/", body, f'"{key}"')

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"
    assert (second["ETag"], second["Location"]) == (first["ETag"], first["Location"])
    assert "Idempotent-Replayed" not in first


def test_a_stored_refusal_is_the_same_bytes_too(guest: APIClient, body: dict[str, Any]) -> None:
    RoomNight.objects.update(stop_sell=True)
    key = fresh_key()

    first, second = post(guest, BOOKINGS, body, key), post(guest, BOOKINGS, body, key)

    problem = first.json()
    assert (first.status_code, first["Content-Type"]) == (409, "application/problem+json")
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"
    assert problem["type"] == "/problems/no_rooms_left"
    assert (problem["status"], problem["retry"]) == (409, "new_key")
    assert len(problem["errors"]) == 3
    assert "request_id" not in problem


def test_without_a_key_nothing_happens(guest: APIClient, body: dict[str, Any]) -> None:
    missing = guest.post(BOOKINGS, body)
    malformed = post(guest, BOOKINGS, body, "not a key")

    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")
    assert (malformed.status_code, malformed.json()["code"]) == (400, "idempotency_key_invalid")


def test_a_key_used_for_something_else_is_refused(guest: APIClient, body: dict[str, Any]) -> None:
    key = fresh_key()
    post(guest, BOOKINGS, body, key)

    response = post(guest, BOOKINGS, body | {"special_requests": "A quiet room"}, key)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"status": "confirmed"}, "/status"),
        ({"total": 1}, "/total"),
        ({"rooms": []}, "/rooms"),
        ({"arrival": "yesterday"}, "/arrival"),
        ({"booker": {"full_name": "A\r\nBcc: x", "email": "a@b.example"}}, "/booker/full_name"),
        ({"booker": {"full_name": "Ada", "email": "a@b.example\nBcc: c@d.example"}}, "/booker/email"),
        ({"rooms": [{"room_type_id": str(uuid4()), "rate_plan_id": str(uuid4()), "adults": 0}]}, "/rooms/0/adults"),
    ],
)
def test_a_faulty_body_is_refused_with_a_pointer(
    guest: APIClient, body: dict[str, Any], change: dict[str, Any], pointer: str
) -> None:
    response = post(guest, BOOKINGS, body | change)

    assert response.status_code == 400
    assert pointer in [item["pointer"] for item in response.json()["errors"]]


def test_a_party_that_does_not_fit_is_told_what_fits(guest: APIClient, body: dict[str, Any]) -> None:
    body["rooms"][0]["adults"] = 3

    response = post(guest, BOOKINGS, body)

    assert (response.status_code, response.json()["code"]) == (409, "stay_not_allowed")
    assert response.json()["errors"][0]["pointer"] == "/rooms/0"


def test_products_of_another_hotel_are_unknown_here(guest: APIClient, body: dict[str, Any]) -> None:
    body["rooms"][0]["room_type_id"] = str(RoomTypeFactory.create().id)

    response = post(guest, BOOKINGS, body)

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/rooms/0/room_type_id"


def test_nobody_reads_bookings_without_signing_in(api: APIClient) -> None:
    response = api.get(BOOKINGS)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_the_sixth_hold_is_refused_with_the_five(guest: APIClient, body: dict[str, Any]) -> None:
    RoomNight.objects.update(physical=20)
    ids = [post(guest, BOOKINGS, body).json()["id"] for _ in range(5)]

    response = post(guest, BOOKINGS, body)
    canceled = post(guest, response.json()["holds"][0]["cancel"])
    after = post(guest, BOOKINGS, body)

    assert (response.status_code, response.json()["code"]) == (429, "too_many_holds")
    assert {hold["booking_id"] for hold in response.json()["holds"]} == set(ids)
    assert (canceled.status_code, after.status_code) == (200, 201)


def test_confirm_cancel_and_what_is_allowed_afterwards(guest: APIClient, body: dict[str, Any]) -> None:
    address = post(guest, BOOKINGS, body)["Location"]

    confirmed = post(guest, f"{address}/confirm")
    preview = guest.get(f"{address}/cancellation").json()
    canceled = post(guest, f"{address}/cancel", {"expected_penalty": preview["penalty"]})
    again = post(guest, f"{address}/confirm")

    assert (confirmed.status_code, confirmed.json()["status"], confirmed["ETag"]) == (200, "confirmed", '"2"')
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    assert (again.status_code, again.json()["code"], again.json()["allowed"]) == (409, "invalid_transition", [])


def test_lists_show_ones_own_bookings_and_staff_those_of_their_hotel(body: dict[str, Any], double: Any) -> None:
    ada, bob = UserFactory.create(), UserFactory.create()
    staff = MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user
    elsewhere = MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=RoomTypeFactory.create().hotel_id).user
    booking = post(signed_in(ada), BOOKINGS, body).json()

    seen = {
        name: [row["id"] for row in signed_in(user).get(BOOKINGS).json()["results"]]
        for name, user in {"ada": ada, "bob": bob, "staff": staff, "elsewhere": elsewhere}.items()
    }

    assert seen == {"ada": [booking["id"]], "bob": [], "staff": [booking["id"]], "elsewhere": []}
    assert signed_in(bob).get(f"{BOOKINGS}/{booking['id']}").status_code == 404
    assert signed_in(elsewhere).get(f"{BOOKINGS}/{booking['id']}").status_code == 404


def test_a_list_costs_the_same_whatever_its_length(
    guest: APIClient, body: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    RoomNight.objects.update(physical=20)
    for _ in range(5):
        post(guest, BOOKINGS, body)

    with django_assert_max_num_queries(4):
        response = guest.get(f"{BOOKINGS}?limit=100&status=pending")

    assert len(response.json()["results"]) == 5


@pytest.mark.parametrize("query", ["colour=blue", "status=lost", "hotel_id=1", "status=pending&status=expired"])
def test_unknown_or_faulty_filters_are_refused(guest: APIClient, query: str) -> None:
    response = guest.get(f"{BOOKINGS}?{query}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_the_front_desk_finds_arrivals_and_checks_them_in(guest: APIClient, double: Any) -> None:
    staff = signed_in(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)
    today = order(double, days_ahead=0)
    post(guest, BOOKINGS, body_of(today) | {"confirm": True})

    arrivals = staff.get(f"/api/v1/reservations?arrival={today.arrival}&status=confirmed").json()["results"]
    stay = arrivals[0]["reservation_id"]
    checked_in = post(staff, f"/api/v1/reservations/{stay}/check-in")
    denied = post(guest, f"/api/v1/reservations/{stay}/check-out")
    checked_out = post(staff, f"/api/v1/reservations/{stay}/check-out")

    assert [response.status_code for response in (checked_in, denied, checked_out)] == [200, 403, 200]
    assert checked_in.json()["reservations"][0]["actions"] == ["check_out", "revert_check_in"]
    assert checked_out.json()["reservations"][0]["status"] == "checked_out"


def test_a_hotel_that_there_is_not_is_not_found_by_an_administrator_either() -> None:
    administrator = signed_in(MembershipFactory.create(role=accounts.Role.PLATFORM_ADMIN, scope_id=None).user)
    nowhere = f"/api/v1/hotels/{uuid4()}"
    walk_in = {
        "departure": "2030-01-01",
        "room_type_id": str(uuid4()),
        "rate_plan_id": str(uuid4()),
        "adults": 1,
        "guest": {"full_name": "Ada Lovelace", "email": "ada@guests.example"},
    }

    answers = [administrator.get(f"{nowhere}/housekeeping"), post(administrator, f"{nowhere}/walk-ins", walk_in)]

    assert [answer.status_code for answer in answers] == [404, 404], answers[1].content
