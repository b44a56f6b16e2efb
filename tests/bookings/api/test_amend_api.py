"""The HTTP contract of amending: headers, pointers, bytes, and what it costs in statements."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.bookings.models import Booking
from apps.platform.models import IdempotencyRecord
from tests.bookings.orders import body_of, fresh_key, order
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

BOOKINGS = "/api/v1/bookings"


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def guest(api: APIClient) -> APIClient:
    api.force_authenticate(UserFactory.create())
    return api


@pytest.fixture
def booking(guest: APIClient, double: Any) -> Any:
    body = body_of(order(double)) | {"confirm": True}
    return guest.post(BOOKINGS, body, headers={"Idempotency-Key": fresh_key()}).json()


def amend(client: APIClient, booking: Any, body: Any, *, query: str = "", **headers: str) -> Any:
    return client.post(f"{BOOKINGS}/{booking['id']}/amend{query}", body, headers=headers)


def keyed(revision: int = 1, key: str = "") -> dict[str, str]:
    return {"Idempotency-Key": key or fresh_key(), "If-Match": f'"{revision}"'}


def later(booking: Any, days: int = 1) -> dict[str, Any]:
    """The first room stays longer."""
    stay = booking["reservations"][0]
    departure = date.fromisoformat(stay["departure"]) + timedelta(days=days)
    return {"reservations": [{"id": stay["id"], "departure": departure.isoformat()}]}


def test_an_amendment_answers_with_the_booking_and_its_new_revision(guest: APIClient, booking: Any) -> None:
    response = amend(guest, booking, later(booking), **keyed())

    view = response.json()
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert (view["confirmation_number"], view["revision"]) == (booking["confirmation_number"], 2)
    assert view["total"]["amount"] == "400.00"
    assert view["actions"] == ["amend", "cancel"]


def test_a_replay_is_the_same_bytes_whatever_revision_it_names(guest: APIClient, booking: Any) -> None:
    key = fresh_key()

    first = amend(guest, booking, later(booking), **keyed(1, key))
    second = amend(guest, booking, later(booking), **keyed(1, key))
    third = amend(guest, booking, later(booking), **keyed(2, key))

    assert [response.content for response in (second, third)] == [first.content] * 2
    assert [response.status_code for response in (second, third)] == [200, 200]
    assert (second["Idempotent-Replayed"], second["ETag"]) == ("true", first["ETag"])
    assert Booking.objects.get().revision == 2


@pytest.mark.parametrize(
    ("without", "status", "code"),
    [("If-Match", 428, "precondition_required"), ("Idempotency-Key", 400, "idempotency_key_required")],
)
def test_it_takes_a_key_and_a_revision(guest: APIClient, booking: Any, without: str, status: int, code: str) -> None:
    headers = {name: value for name, value in keyed().items() if name != without}

    response = amend(guest, booking, later(booking), **headers)

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_another_revision_is_412_and_tells_the_present_one(guest: APIClient, booking: Any) -> None:
    amend(guest, booking, {"special_requests": "Quiet"}, **keyed())

    response = amend(guest, booking, later(booking), **keyed(1))

    assert (response.status_code, response.json()["code"], response.json()["revision"]) == (412, "stale", 2)


def test_a_dry_run_shows_the_difference_keeps_no_key_and_changes_nothing(guest: APIClient, booking: Any) -> None:
    before = IdempotencyRecord.objects.count()

    response = amend(guest, booking, later(booking), query="?dry_run=true")
    stale = amend(guest, booking, later(booking), query="?dry_run=true", **{"If-Match": '"7"'})

    difference = response.json()
    [room] = difference["reservations"]
    assert (response.status_code, response["ETag"], stale.status_code) == (200, '"1"', 412)
    assert [len(room[name]) for name in ("kept", "added", "removed", "repriced")] == [3, 1, 0, 0]
    assert room["added"][0]["before"] is None
    assert difference["total"]["after"]["amount"] == "400.00"
    assert room["cancellation"]["after"]["timeline"][-1]["penalty"]["amount"] == "400.00"
    assert (Booking.objects.get().revision, IdempotencyRecord.objects.count()) == (1, before)


def test_a_dry_run_refuses_as_the_amendment_would(guest: APIClient, double: Any, booking: Any) -> None:
    body = {"reservations": [{"id": booking["reservations"][0]["id"], "adults": 3}]}

    dry, real = amend(guest, booking, body, query="?dry_run=true"), amend(guest, booking, body, **keyed())

    assert (dry.status_code, real.status_code) == (409, 409)
    assert dry.json()["code"] == real.json()["code"] == "stay_not_allowed"
    assert dry.json()["errors"] == real.json()["errors"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"status": "canceled"}, "/status"),
        ({"reservations": [{"id": "$STAY", "total": 1}]}, "/reservations/0/total"),
        ({"reservations": [{"departure": "2030-01-01"}]}, "/reservations/0/id"),
        ({"reservations": [{"id": "$STAY", "departure": "later"}]}, "/reservations/0/departure"),
        ({"reservations": [{"id": "$STAY", "adults": 0}]}, "/reservations/0/adults"),
        ({"reservations": [{"id": "$STAY", "arrival": "$PAST"}]}, "/reservations/0/arrival"),
        ({"reservations": [{"id": str(uuid4())}]}, "/reservations/0/id"),
        ({"booker": {"full_name": "Ada"}}, "/booker/email"),
        ({"override": {"reason": "x"}, "special_requests": "Quiet", "colour": 1}, "/colour"),
    ],
)
def test_a_faulty_body_is_refused_with_a_pointer(guest: APIClient, booking: Any, change: Any, pointer: str) -> None:
    for stay in change.get("reservations", []):
        if stay.get("id") == "$STAY":
            stay["id"] = booking["reservations"][0]["id"]
        if stay.get("arrival") == "$PAST":
            stay["arrival"] = (date.fromisoformat(booking["arrival"]) - timedelta(days=12)).isoformat()

    response = amend(guest, booking, change, **keyed())

    assert response.status_code == 400
    assert pointer in [item["pointer"] for item in response.json()["errors"]]


def test_nothing_to_change_is_refused(guest: APIClient, booking: Any) -> None:
    assert amend(guest, booking, {}, **keyed()).status_code == 400


def test_others_bookings_are_not_found_and_guests_override_nothing(guest: APIClient, booking: Any) -> None:
    stranger = APIClient()
    stranger.force_authenticate(UserFactory.create())
    body = later(booking) | {"override": {"reason": "Please", "restrictions": True}}

    assert amend(stranger, booking, later(booking), **keyed()).status_code == 404
    assert amend(stranger, booking, later(booking), query="?dry_run=true").status_code == 404
    assert amend(guest, booking, body, **keyed()).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_an_amendment_takes_at_most_twenty_statements_however_much_it_changes() -> None:
    double = RoomTypeFactory.create(room_count=20)
    suite = RoomTypeFactory.create(hotel=double.hotel, room_count=20)
    staff = MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user
    client = APIClient()
    pair = accounts.sign_in(email=staff.email, password=PASSWORD)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    body = body_of(order(double, double, double, nights=14)) | {"confirm": True}
    booking = client.post(BOOKINGS, body, headers={"Idempotency-Key": fresh_key()}).json()
    stays = [
        {
            "id": stay["id"],
            "departure": (date.fromisoformat(stay["departure"]) + timedelta(days=3)).isoformat(),
            "room_type_id": str(suite.id if position else double.id),
            "guest": {"full_name": f"Guest {position}"},
        }
        for position, stay in enumerate(booking["reservations"])
    ]

    with CaptureQueriesContext(connection) as statements:
        response = amend(client, booking, {"reservations": stays, "special_requests": "Quiet"}, **keyed())

    texts = [statement["sql"] for statement in statements]
    assert response.status_code == 200, response.content
    assert {"BEGIN", "COMMIT"} <= set(texts)
    assert len(texts) <= 20, "\n".join(texts)
