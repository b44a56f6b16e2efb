"""Managing a booking without an account: by a secret that opens this one booking, until it is made invalid."""

from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking
from apps.notifications.models import Delivery
from apps.platform.errors import NotFound
from apps.platform.http.throttling import RouteClassThrottle
from apps.platform.models import IdempotencyRecord, OutboxMessage
from tests.bookings.orders import body_of, caller_of, fresh_key, order
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

BOOKINGS = "/api/v1/bookings"


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create(room_count=20)


def placed(double: Any, **more: Any) -> Any:
    """The answer to an order by nobody in particular."""
    return APIClient().post(BOOKINGS, body_of(order(double)) | more, headers={"Idempotency-Key": fresh_key()})


def holder(secret: str) -> APIClient:
    """Whoever shows this secret."""
    client = APIClient()
    client.credentials(HTTP_MANAGE_SECRET=secret)
    return client


def post(client: APIClient, address: str, body: Any = None) -> Any:
    return client.post(address, body or {}, headers={"Idempotency-Key": fresh_key()})


def test_what_is_held_without_an_account_is_read_confirmed_and_canceled_by_its_secret(double: Any) -> None:
    answer = placed(double)
    guest, address = holder(answer["Manage-Secret"]), answer["Location"]

    read = guest.get(address)
    confirmed = post(guest, f"{address}/confirm")
    preview = guest.get(f"{address}/cancellation")
    history = guest.get(f"{address}/history").json()["results"]
    stay = read.json()["reservations"][0]["id"]
    of_room = guest.get(f"/api/v1/reservations/{stay}/cancellation")
    canceled = post(guest, f"/api/v1/reservations/{stay}/cancel", {"expected_penalty": of_room.json()["penalty"]})

    assert (read.status_code, read.json()["status"], read["ETag"]) == (200, "pending", '"1"')
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "confirmed")
    assert preview.status_code == 200
    assert [(row["action"], row["actor"]) for row in history] == [("place", "guest"), ("confirm", "guest")]
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")


def test_each_replay_brings_the_secret_of_the_first_answer(double: Any) -> None:
    body, key = body_of(order(double)), fresh_key()
    first, second = (APIClient().post(BOOKINGS, body, headers={"Idempotency-Key": key}) for _ in range(2))
    Booking.objects.update(manage_version=2)

    later = APIClient().post(BOOKINGS, body, headers={"Idempotency-Key": key})

    assert first["Manage-Secret"] == second["Manage-Secret"] == later["Manage-Secret"]
    assert second["Idempotent-Replayed"] == "true"
    assert holder(later["Manage-Secret"]).get(first["Location"]).status_code == 404


def test_the_secret_of_one_booking_opens_no_other_one_of_the_same_person(double: Any) -> None:
    first, second = placed(double), placed(double)
    guest, other = holder(first["Manage-Secret"]), second["Location"]
    stay = f"/api/v1/reservations/{second.json()['reservations'][0]['id']}"

    answers = [
        guest.get(other),
        guest.get(f"{other}/history"),
        guest.get(f"{other}/cancellation"),
        guest.get(f"{stay}/cancellation"),
        *(post(guest, f"{other}/{verb}") for verb in ("confirm", "cancel")),
        post(guest, f"{stay}/cancel"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 7
    assert second.json()["confirmation_number"] not in "".join(answer.content.decode() for answer in answers)
    assert holder(second["Manage-Secret"]).get(other).json()["status"] == "pending"


def test_the_services_hold_to_the_one_booking_by_themselves(double: Any) -> None:
    """Also where no view has looked at the secret: the caller that it makes owns one booking and nothing else."""
    first, second = (UUID(placed(double).json()["id"]) for _ in range(2))
    claims = services.claims_of_secret(services.manage_secret(first), booking_id=first)
    caller = accounts.caller_for(None, credential=claims)

    assert services.read_booking(first, caller=caller).status == "pending"
    with pytest.raises(NotFound):
        services.read_booking(second, caller=caller)
    with pytest.raises(NotFound):
        services.confirm_booking(services.ConfirmBooking(booking_id=second), caller=caller, key=fresh_key())


@pytest.mark.parametrize("route", ["bookings", "reservations", "me", "notifications"])
def test_the_secret_signs_nobody_in(double: Any, route: str) -> None:
    guest = holder(placed(double)["Manage-Secret"])

    assert guest.get(f"/api/v1/{route}").status_code == 401


def test_the_front_desk_is_not_for_guests(double: Any) -> None:
    answer = placed(double, confirm=True)
    stay = answer.json()["reservations"][0]["id"]
    guest = holder(answer["Manage-Secret"])

    desk = [post(guest, f"/api/v1/reservations/{stay}/{verb}") for verb in ("check-in", "check-out", "no-show")]
    review = guest.post(f"/api/v1/reservations/{stay}/review", {"rating": 5})

    assert [moved.status_code for moved in desk] == [403] * 3
    assert review.status_code == 404


def test_a_wrong_secret_is_404_and_soon_429_but_the_right_one_goes_on(
    double: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RouteClassThrottle.THROTTLE_RATES, "sign_in", "2/min")
    answer = placed(double)
    right, address = answer["Manage-Secret"], answer["Location"]
    wrong = holder(right[:-1] + ("0" if right[-1] != "0" else "1"))

    statuses = [wrong.get(address).status_code for _ in range(3)]

    assert statuses == [404, 404, 429]
    assert holder(right).get(address).status_code == 200


def test_an_account_goes_before_a_secret(double: Any) -> None:
    answer = placed(double)
    stranger = APIClient()
    pair = accounts.sign_in(email=UserFactory.create().email, password="seven-green-parrots")
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}", HTTP_MANAGE_SECRET=answer["Manage-Secret"])

    assert stranger.get(answer["Location"]).status_code == 404


def test_a_booking_of_an_account_brings_no_secret(double: Any) -> None:
    client = APIClient()
    client.force_authenticate(UserFactory.create())

    answer = client.post(BOOKINGS, body_of(order(double)), headers={"Idempotency-Key": fresh_key()})

    assert answer.status_code == 201
    assert "Manage-Secret" not in answer.headers
    assert "Manage-Secret" not in client.get(answer["Location"]).headers


def test_secrets_outlive_a_rotated_key_as_long_as_it_is_a_fallback(double: Any, settings: Any) -> None:
    answer, old = placed(double), settings.SECRET_KEY
    guest = holder(answer["Manage-Secret"])

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key, which is long enough to be believed", [old]
    during = guest.get(answer["Location"]).status_code
    settings.SECRET_KEY_FALLBACKS = []
    after = guest.get(answer["Location"]).status_code

    assert (during, after) == (200, 404)


def test_no_table_holds_a_secret(double: Any) -> None:
    secret = placed(double, confirm=True)["Manage-Secret"]
    tables = (Booking, IdempotencyRecord, OutboxMessage, Delivery)

    kept = [str(value) for table in tables for row in table.objects.values() for value in row.values()]

    assert kept
    assert not [value for value in kept if secret in value or secret.removeprefix("gst_") in value]


def test_reading_by_secret_costs_one_statement_more_than_by_account(double: Any) -> None:
    user = UserFactory.create()
    signed_in = APIClient()
    signed_in.force_authenticate(user)
    outcome = services.place_booking(order(double), caller=caller_of(user), key=fresh_key())
    answer = placed(double)
    guest = holder(answer["Manage-Secret"])

    with CaptureQueriesContext(connection) as by_account:
        signed_in.get(outcome.location)
    with CaptureQueriesContext(connection) as by_secret:
        guest.get(answer["Location"])

    assert len(by_secret) == len(by_account) + 1 <= 4


def test_a_guest_amends_by_secret_but_does_not_move_the_booking_to_another_address(double: Any) -> None:
    """Whoever has found a link could have the next one mailed to themselves."""
    answer = placed(double, confirm=True)
    guest, address = holder(answer["Manage-Secret"]), f"{answer['Location']}/amend"
    headers = {"Idempotency-Key": fresh_key(), "If-Match": '"1"'}
    thief = {"booker": {"full_name": "Mallory", "email": "mallory@guests.example"}}

    refused = guest.post(address, thief, headers=headers)
    amended = guest.post(address, {"special_requests": "A quiet room"}, headers=headers | {"Idempotency-Key": "b" * 20})

    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert (amended.status_code, amended.json()["special_requests"]) == (200, "A quiet room")
    assert Booking.objects.get().booker_email == "ada@guests.example"
