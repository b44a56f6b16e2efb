"""From sign-up to the rating, over HTTP, with a real web server, worker, relay, beat and mails over SMTP."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.client import Client, until
from tests.stack import Platform

PASSWORD = "seven-green-parrots"


@pytest.fixture
def city() -> str:
    """A city of its own for each test, so that its search finds its hotels only."""
    return f"City {uuid4().hex[:8]}"


@pytest.fixture
def administrator(platform: Platform) -> Client:
    platform.manage(
        "shell",
        "-v0",
        "-c",
        "from apps.accounts import services as a\n"
        f"who = a.ensure_account(email='admin@example.com', full_name='Admin', password='{PASSWORD}')\n"
        "a.grant_role(user_id=who.id, role=a.Role.PLATFORM_ADMIN, scope_id=None)",
    )
    client = platform.client()
    client.sign_in("admin@example.com", PASSWORD)
    return client


def a_hotel(administrator: Client, city: str, *, rate: str = "120.00", rooms: int = 2) -> dict[str, Any]:
    """A hotel with one room type, made over HTTP; `today` is its business date as far as UTC goes."""
    hotel = administrator.post(
        "/api/v1/hotels",
        {
            "name": f"Hotel in {city}",
            "address": "1 Main Street",
            "city": city,
            "country": "PT",
            "time_zone": "UTC",
            "currency": "EUR",
        },
    )
    assert hotel.status == 201, hotel.content
    created: dict[str, Any] = hotel.json()
    room_type = administrator.post(
        f"/api/v1/hotels/{created['id']}/room-types",
        {
            "code": "DBL",
            "name": "Double",
            "max_adults": 2,
            "max_children": 1,
            "room_count": rooms,
            "base_rate": {"amount": rate, "currency": "EUR"},
        },
    )
    assert room_type.status == 201, room_type.content
    return created


def a_guest(platform: Platform) -> tuple[Client, str]:
    email = f"guest-{uuid4().hex[:8]}@example.com"
    client = platform.client()
    assert (
        client.post("/api/v1/auth/signup", {"email": email, "password": PASSWORD, "full_name": "Ada Lovelace"}).status
        == 201
    )
    client.sign_in(email, PASSWORD)
    # Its mail is out of the way of those that a test is about.
    until(lambda: platform.has_welcomed(email), seconds=60)
    return client, email


def an_order(client: Client, city: str, email: str, *, arrival: date, nights: int) -> dict[str, Any]:
    """An order for the first room that a search in the city finds."""
    dates = f"arrival={arrival}&departure={arrival + timedelta(days=nights)}"
    found = client.get(f"/api/v1/availability?city={city.replace(' ', '%20')}&{dates}&occupancy=2").json()["results"]
    product = found[0]["offers"][0]
    return {
        "hotel_id": found[0]["hotel"]["id"],
        "arrival": arrival.isoformat(),
        "departure": (arrival + timedelta(days=nights)).isoformat(),
        "rooms": [
            {"room_type_id": product["room_type"]["id"], "rate_plan_id": product["rate_plan"]["id"], "adults": 2}
        ],
        "booker": {"full_name": "Ada Lovelace", "email": email},
    }


def business_date() -> date:
    """Today at a hotel on UTC, whose day begins at three."""
    from datetime import UTC, datetime

    return (datetime.now(UTC) - timedelta(hours=3)).date()


def test_search_book_confirm_mail_stay_review_rating(platform: Platform, administrator: Client, city: str) -> None:
    plain, praised = a_hotel(administrator, city), a_hotel(administrator, city)
    guest, email = a_guest(platform)
    order = an_order(guest, city, email, arrival=business_date(), nights=2)
    order["hotel_id"] = praised["id"]
    offers = guest.get(
        f"/api/v1/hotels/{praised['id']}/offers?arrival={order['arrival']}&departure={order['departure']}&occupancy=2"
    ).json()["results"]
    order["rooms"][0] |= {
        "room_type_id": offers[0]["room_type"]["id"],
        "rate_plan_id": offers[0]["rate_plan"]["id"],
    }

    placed = guest.act("/api/v1/bookings", order)
    booking = placed.json()
    assert (placed.status, booking["status"]) == (201, "pending")
    confirmed = guest.act(f"/api/v1/bookings/{booking['id']}/confirm")
    assert (confirmed.status, confirmed.json()["status"]) == (200, "confirmed")
    mail = until(lambda: platform.mails_to(email))[0]
    assert booking["confirmation_number"] in mail.text
    stay = booking["reservations"][0]["id"]
    assert guest.act(f"/api/v1/reservations/{stay}/check-in").status == 403
    assert administrator.act(f"/api/v1/reservations/{stay}/check-in").status == 200
    assert guest.post(f"/api/v1/reservations/{stay}/review", {"rating": 5}).status == 409
    assert administrator.act(f"/api/v1/reservations/{stay}/check-out").status == 200
    reviewed = guest.post(f"/api/v1/reservations/{stay}/review", {"rating": 5, "title": "As it should be"})
    assert reviewed.status == 201

    rating = until(lambda: guest.get(f"/api/v1/hotels/{praised['id']}").json()["rating"]["count"] and True)
    found = guest.get(
        f"/api/v1/availability?city={city.replace(' ', '%20')}&arrival={business_date() + timedelta(days=9)}"
        f"&departure={business_date() + timedelta(days=10)}&occupancy=2"
    ).json()["results"]

    assert rating
    assert [row["hotel"]["id"] for row in found] == [praised["id"], plain["id"]]
    assert len(platform.mails_to(email)) == 1


def test_beat_and_worker_expire_a_hold(platform: Platform, administrator: Client, city: str) -> None:
    a_hotel(administrator, city, rooms=1)
    guest, email = a_guest(platform)
    order = an_order(guest, city, email, arrival=business_date() + timedelta(days=5), nights=1)
    booking = guest.act("/api/v1/bookings", order).json()
    stay = booking["reservations"][0]["id"]
    platform.manage(
        "shell",
        "-v0",
        "-c",
        "from django.db import connection\n"
        "with connection.cursor() as c:\n"
        f"    c.execute(\"UPDATE bookings_booking SET hold_expires_at = now() WHERE id = '{booking['id']}'\")\n"
        f"    c.execute(\"UPDATE inventory_hold SET expires_at = now() WHERE id = '{stay}'\")",
    )

    expired = until(lambda: guest.get(f"/api/v1/bookings/{booking['id']}").json()["status"] == "expired", seconds=60)

    assert expired


def test_a_worker_killed_between_commit_and_mail_sends_it_once(
    platform: Platform, administrator: Client, city: str
) -> None:
    a_hotel(administrator, city)
    guest, email = a_guest(platform)
    order = an_order(guest, city, email, arrival=business_date() + timedelta(days=5), nights=1)
    platform.stack.kill("worker")

    booked = guest.act("/api/v1/bookings", order | {"confirm": True})
    platform.stack.start("worker")

    assert booked.status == 201
    until(lambda: platform.mails_to(email), seconds=60)
    confirmed_twice = guest.act("/api/v1/bookings", order | {"confirm": True})
    assert confirmed_twice.status == 201
    until(lambda: len(platform.mails_to(email)) == 2)
    numbers = {booked.json()["confirmation_number"], confirmed_twice.json()["confirmation_number"]}
    assert {number for number in numbers for mail in platform.mails_to(email) if number in mail.text} == numbers


def test_a_worker_killed_while_it_sends_leaves_the_mail_to_the_next(
    platform: Platform, administrator: Client, city: str
) -> None:
    a_hotel(administrator, city)
    guest, email = a_guest(platform)
    order = an_order(guest, city, email, arrival=business_date() + timedelta(days=5), nights=1)
    platform.stack.pause("mail")

    guest.act("/api/v1/bookings", order | {"confirm": True})
    until(lambda: "sending" in platform.deliveries_to(email))
    platform.stack.kill("worker")
    platform.stack.resume("mail")
    platform.stack.start("worker")

    until(lambda: platform.deliveries_to(email) == ["sent"], seconds=60)
    assert len(platform.mails_to(email)) == 1
