"""What changes of a booking cost in statements, BEGIN and COMMIT included, however many rooms and nights it has."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from tests.bookings.orders import body_of, fresh_key, order
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(user: Any) -> APIClient:
    """A client with a real token, as over HTTP."""
    client = APIClient()
    pair = accounts.sign_in(email=user.email, password=PASSWORD)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    return client


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create(room_count=20)


@pytest.fixture
def guest() -> APIClient:
    return signed_in(UserFactory.create())


@pytest.fixture
def desk(double: Any) -> APIClient:
    return signed_in(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)


def booked(client: APIClient, double: Any, **fields: Any) -> dict[str, Any]:
    body = body_of(order(double, double, double, nights=14, **fields)) | {"confirm": True}
    answer = client.post("/api/v1/bookings", body, format="json", headers={"Idempotency-Key": fresh_key()})
    assert answer.status_code == 201, answer.content
    booking: dict[str, Any] = answer.json()
    return booking


def statements_of(client: APIClient, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as statements:
        answer = client.post(f"/api/v1/{address}", {}, format="json", headers={"Idempotency-Key": fresh_key()})
    assert answer.status_code == 200, answer.content
    texts = [statement["sql"] or "" for statement in statements]
    assert {"BEGIN", "COMMIT"} <= set(texts)
    return texts


def test_canceling_takes_at_most_twelve(guest: APIClient, double: Any) -> None:
    booking = booked(guest, double)

    texts = statements_of(guest, f"bookings/{booking['id']}/cancel")

    assert len(texts) <= 12, "\n".join(text[:70] for text in texts)


def test_canceling_one_room_takes_at_most_twelve(guest: APIClient, double: Any) -> None:
    booking = booked(guest, double)

    texts = statements_of(guest, f"reservations/{booking['reservations'][1]['id']}/cancel")

    assert len(texts) <= 12, "\n".join(text[:70] for text in texts)


def test_canceling_for_a_guest_takes_at_most_two_more(guest: APIClient, desk: APIClient, double: Any) -> None:
    """Who of the staff cancels is looked up, and written down."""
    booking = booked(guest, double)

    texts = statements_of(desk, f"bookings/{booking['id']}/cancel")

    assert len(texts) <= 14, "\n".join(text[:70] for text in texts)
