"""Booking with a name and an address, and no account."""

import html
import json
import re
from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.bookings.models import Booking
from tests.bookings.orders import body_of, fresh_key, order
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/v1/bookings"


def test_a_guest_without_an_account_books_once_however_often_they_ask() -> None:
    body, key = body_of(order(RoomTypeFactory.create())) | {"confirm": True}, fresh_key()
    answers = [APIClient().post(ADDRESS, body, headers={"Idempotency-Key": key}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.content for answer in answers}) == 1
    booking = Booking.objects.get()
    assert booking.account_id is None
    assert booking.principal.startswith("guest:")
    assert body["booker"]["email"] not in booking.principal


def test_the_address_counts_as_it_is_meant_not_as_it_is_typed() -> None:
    body, key = body_of(order(RoomTypeFactory.create())) | {"confirm": True}, fresh_key()
    typed = body | {"booker": body["booker"] | {"email": "ADA@guests.example"}}

    first = APIClient().post(ADDRESS, body, headers={"Idempotency-Key": key})
    other_body = APIClient().post(ADDRESS, typed, headers={"Idempotency-Key": key})

    assert (first.status_code, other_body.status_code) == (201, 422)


def test_the_key_of_one_guest_is_nothing_to_another() -> None:
    room_type, key = RoomTypeFactory.create(), fresh_key()
    body = body_of(order(room_type)) | {"confirm": True}
    stranger = body | {"booker": {"full_name": "Mallory", "email": "mallory@guests.example"}}

    first = APIClient().post(ADDRESS, body, headers={"Idempotency-Key": key})
    second = APIClient().post(ADDRESS, stranger, headers={"Idempotency-Key": key})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    assert "Idempotent-Replayed" not in second.headers


def test_a_key_that_could_be_guessed_is_refused() -> None:
    body = body_of(order(RoomTypeFactory.create())) | {"confirm": True}

    short = APIClient().post(ADDRESS, body, headers={"Idempotency-Key": "a" * 15})
    long_enough = APIClient().post(ADDRESS, body, headers={"Idempotency-Key": "a" * 16})

    assert (short.status_code, short.json()["code"]) == (400, "idempotency_key_invalid")
    assert long_enough.status_code == 201


def test_five_holds_are_the_limit_without_an_account_too_and_nobody_is_told_which() -> None:
    body = body_of(order(RoomTypeFactory.create(room_count=20)))
    held = [APIClient().post(ADDRESS, body, headers={"Idempotency-Key": fresh_key()}) for _ in range(5)]

    refused = APIClient().post(ADDRESS, body, headers={"Idempotency-Key": fresh_key()})

    assert [(answer.status_code, answer.json()["status"]) for answer in held] == [(201, "pending")] * 5
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_holds")
    assert not any(answer.json()["confirmation_number"] in refused.content.decode() for answer in held)
    assert "holds" not in refused.json()
    assert "Manage-Secret" not in refused.headers


def test_what_was_booked_without_an_account_is_read_by_nobody_else() -> None:
    body = body_of(order(RoomTypeFactory.create())) | {"confirm": True}
    booked = APIClient().post(ADDRESS, body, headers={"Idempotency-Key": fresh_key()}).json()
    somebody = APIClient()
    somebody.force_authenticate(UserFactory.create(email=body["booker"]["email"]))

    anonymous = APIClient().get(f"{ADDRESS}/{booked['id']}")
    signed_in = somebody.get(f"{ADDRESS}/{booked['id']}")
    canceled = somebody.post(f"{ADDRESS}/{booked['id']}/cancel", {}, headers={"Idempotency-Key": str(uuid4())})

    assert (anonymous.status_code, signed_in.status_code, canceled.status_code) == (401, 404, 404)
    assert APIClient().get(ADDRESS).status_code == 401


def test_the_form_in_the_browser_suggests_an_order_that_a_stranger_may_place() -> None:
    RoomTypeFactory.create()
    page = Client().get(ADDRESS, headers={"Accept": "text/html"}).content.decode()

    suggested = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)

    assert suggested is not None
    order_of_a_stranger = json.loads(html.unescape(suggested[1]))
    assert order_of_a_stranger["confirm"] is True
    answer = APIClient().post(ADDRESS, order_of_a_stranger, headers={"Idempotency-Key": fresh_key()})
    assert answer.status_code == 201
