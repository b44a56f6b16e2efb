"""How many SQL statements a booking costs, BEGIN and COMMIT included: the price of every sale, kept by a test."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.inventory.models import RoomNight
from tests.bookings.orders import body_of, fresh_key, order
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in() -> APIClient:
    """A guest with a real token, as over HTTP."""
    user = UserFactory.create()
    client = APIClient()
    pair = accounts.sign_in(email=user.email, password=PASSWORD)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    return client


def test_a_booking_of_one_room_for_three_nights_takes_at_most_eight(signed_in: APIClient) -> None:
    double = RoomTypeFactory.create()
    body = body_of(order(double))

    with CaptureQueriesContext(connection) as statements:
        response = signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": fresh_key()})

    assert response.status_code == 201, response.content
    texts = [statement["sql"] for statement in statements]
    assert {"BEGIN", "COMMIT"} <= set(texts)
    assert len(texts) <= 8, "\n".join(texts)


def test_more_rooms_and_nights_cost_no_more_statements(signed_in: APIClient) -> None:
    double = RoomTypeFactory.create(room_count=20)
    body = body_of(order(double, double, double, nights=14))

    with CaptureQueriesContext(connection) as statements:
        response = signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": fresh_key()})

    assert response.status_code == 201, response.content
    assert len(statements) <= 8


def test_a_replay_is_one_statement(signed_in: APIClient) -> None:
    double, key = RoomTypeFactory.create(), fresh_key()
    body = body_of(order(double))
    signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": key})

    with CaptureQueriesContext(connection) as statements:
        response = signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": key})

    assert response["Idempotent-Replayed"] == "true"
    assert len(statements) == 1


def test_a_refusal_on_a_sold_out_night_takes_no_lock_on_nights(signed_in: APIClient) -> None:
    double = RoomTypeFactory.create()
    RoomNight.objects.filter(room_type=double).update(stop_sell=True)
    body = body_of(order(double))

    with CaptureQueriesContext(connection) as statements:
        response = signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": fresh_key()})

    assert response.status_code == 409
    assert not [statement for statement in statements if "FOR NO KEY UPDATE" in statement["sql"]]
    assert len(statements) <= 6
