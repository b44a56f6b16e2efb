"""What the platform writes down of people: nothing. Statement 38 of docs/security.md; the scan is tests/canaries.py."""

import logging

import pytest
from rest_framework.test import APIClient

from tests.canaries import CANARY, FORBIDDEN, LogCanary
from tests.factories.accounts import PASSWORD

PLANTED = {
    "an address of mail": "no account for eve.canary@mails.example",
    "a password": f"tried {PASSWORD}",
    "a bearer token": "Authorization: Bearer abcdefghijkl",
    "a signed token": "eyJhbGciOiJSUzI1NiJ9.e30.x",
    "an API key": "rsv_0123abcd_00112233445566778899",
    "a manage secret": "GET /stay/K7Q2M9XA/gst_00112233445566778899aabbccddeeff00112233/",
    "a telephone number": "calls +351 912 345 678 back",
}


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_the_scan_sees_what_is_planted(kind: str) -> None:
    canary = LogCanary()

    canary.handle(logging.LogRecord("apps.accounts", logging.INFO, "", 0, "%s", (PLANTED[kind],), None))

    assert [found for found, _ in canary.found] == [kind]


def test_the_scan_leaves_plain_lines_alone() -> None:
    canary = LogCanary()

    for line in ("POST /api/v1/bookings 201 27ms", "celery@host ready.", "2026-11-22T12:06:04.278648+00:00 seconds 12"):
        canary.look_at(line, where="http")

    assert canary.found == {}


@pytest.mark.django_db
def test_signing_up_and_in_and_booking_wrongly_leaves_no_trace_of_the_person(api: APIClient) -> None:
    before, person = CANARY.looked_at, "eve.canary@mails.example"

    api.post("/api/v1/auth/signup", {"email": person, "password": PASSWORD, "full_name": "Eve Canary"})
    api.post("/api/v1/auth/token", {"email": person, "password": "correct-horse-battery"})
    token = api.post("/api/v1/auth/token", {"email": person, "password": PASSWORD}).json()["access"]
    api.get("/api/v1/me", {"email": person}, headers={"Authorization": f"Bearer {token}"})
    api.post("/api/v1/bookings", {"booker": {"email": person, "phone": "+351 912 345 678"}})

    assert CANARY.looked_at >= before + 5
    assert not [line for line in CANARY.found.values() if "eve.canary" in line]
