"""What a booking costs in talk with PostgreSQL: round trips on the wire and statements, kept by tests."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.inventory.models import RoomNight
from config.local.wire import Wire
from tests.bookings.orders import body_of, fresh_key, order
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.inventory import RoomTypeFactory
from tests.wire import tapped_wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in() -> APIClient:
    """A guest with a real token, as over HTTP."""
    user = UserFactory.create()
    client = APIClient()
    pair = accounts.sign_in(email=user.email, password=PASSWORD)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    return client


@pytest.fixture
def wire(signed_in: APIClient) -> Iterator[Wire]:
    """A connection as each web process has it all day: it has booked and refused before."""
    sold_out, double = RoomTypeFactory.create(), RoomTypeFactory.create()
    RoomNight.objects.filter(room_type=sold_out).update(stop_sell=True)
    with tapped_wire() as wire:
        for room_type in (sold_out, double):
            signed_in.post("/api/v1/bookings", body_of(order(room_type)), headers={"Idempotency-Key": fresh_key()})
        yield wire


def test_a_booking_takes_five_round_trips_however_many_rooms_and_nights(signed_in: APIClient, wire: Wire) -> None:
    double = RoomTypeFactory.create(room_count=20)
    body = body_of(order(double, double, double, nights=14))
    trips, statements = wire.round_trips, wire.statements

    response = signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": fresh_key()})

    assert response.status_code == 201, response.content
    assert (wire.round_trips - trips, wire.statements - statements) == (5, 8)


def test_a_replay_takes_one_round_trip(signed_in: APIClient, wire: Wire) -> None:
    double, key = RoomTypeFactory.create(), fresh_key()
    body = body_of(order(double))
    signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": key})
    before = wire.round_trips

    response = signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": key})

    assert response["Idempotent-Replayed"] == "true"
    assert wire.round_trips - before == 1


def test_a_refusal_on_a_sold_out_night_takes_two_round_trips(signed_in: APIClient, wire: Wire) -> None:
    double = RoomTypeFactory.create()
    RoomNight.objects.filter(room_type=double).update(stop_sell=True)
    body = body_of(order(double))
    before = wire.round_trips

    response = signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": fresh_key()})

    assert response.status_code == 409
    assert wire.round_trips - before == 2


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


def test_a_refusal_on_a_sold_out_night_takes_no_lock_on_nights(signed_in: APIClient) -> None:
    double = RoomTypeFactory.create()
    RoomNight.objects.filter(room_type=double).update(stop_sell=True)
    body = body_of(order(double))

    with CaptureQueriesContext(connection) as statements:
        response = signed_in.post("/api/v1/bookings", body, headers={"Idempotency-Key": fresh_key()})

    assert response.status_code == 409
    assert not [statement for statement in statements if "FOR NO KEY UPDATE" in (statement["sql"] or "")]
    assert len(statements) <= 3
