"""Fifty want the last room, or one wants it fifty times: with Redis, and with Redis stopped."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.core.cache import caches
from rest_framework.test import APIClient

from apps.bookings.models import Booking, ReservationNight
from apps.inventory.models import RoomNight
from config.local.ports import free_port
from tests.bookings.orders import body_of, fresh_key, order
from tests.concurrency.crowd import all_at_once
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 50


@pytest.fixture(params=["redis runs", "redis is stopped"], autouse=True)
def redis(request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    """Every test here holds with Redis and without: nobody listens at the port of a stopped one."""
    if request.param == "redis is stopped":
        nowhere = f"redis://127.0.0.1:{free_port()}/0"
        settings.LOCK_REDIS_URLS = [nowhere]
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": nowhere}}
    yield
    caches.close_all()


def post(user: Any, body: dict[str, Any], key: str) -> Any:
    client = APIClient()
    client.force_authenticate(user)
    return client.post("/api/v1/bookings", body, headers={"Idempotency-Key": key})


def test_of_fifty_who_want_the_last_room_exactly_one_gets_it() -> None:
    single = RoomTypeFactory.create(room_count=1)
    body = body_of(order(single))

    responses = all_at_once(*[partial(post, UserFactory.create(), body, fresh_key()) for _ in range(CROWD)])

    assert Counter(response.status_code for response in responses) == {201: 1, 409: CROWD - 1}
    refusals = [response for response in responses if response.status_code == 409]
    assert {response.json()["code"] for response in refusals} == {"no_rooms_left"}
    assert Booking.objects.count() == 1
    assert set(RoomNight.objects.filter(held__gt=0).values_list("held", flat=True)) == {1}


def test_one_key_fifty_times_at_once_books_once_and_answers_alike() -> None:
    double, user, key = RoomTypeFactory.create(room_count=3), UserFactory.create(), fresh_key()
    body = body_of(order(double))

    responses = all_at_once(*[partial(post, user, body, key) for _ in range(CROWD)])
    afterwards = post(user, body, key)

    assert set(Counter(response.status_code for response in responses)) <= {201, 409}
    assert {response.json()["code"] for response in responses if response.status_code == 409} <= {"request_in_progress"}
    booked = {response.content for response in [*responses, afterwards] if response.status_code == 201}
    assert len(booked) == 1
    assert afterwards["Idempotent-Replayed"] == "true"
    assert Booking.objects.count() == 1
    assert ReservationNight.objects.count() == 3
