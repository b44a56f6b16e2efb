"""Bodies, queries and headers of somebody who means harm: statements 26, 27, 30, 31 and 32 of docs/security.md."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from apps.bookings.models import Booking
from apps.inventory.models import Hotel
from apps.platform import clock
from tests.bookings.orders import fresh_key
from tests.security.test_other_peoples_things import body_of
from tests.security.world import World, made_world

pytestmark = pytest.mark.django_db

CORPUS = (
    "'; DROP TABLE bookings_booking; --",
    '" OR 1=1 --',
    "1) UNION SELECT password FROM accounts_user --",
    "%27%20OR%20sleep(5)",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7*7 }}{% debug %}",
    "${7*7}",
    "</textarea><svg/onload=alert(1)>",
    "../../etc/passwd",
    '=HYPERLINK("http://evil.example")',
)
# What would do harm where a page shows the text as it is.
LIVE = ("<script>alert", "<img src=x", "<svg/onload", "</textarea><svg")


@pytest.fixture
def world() -> World:
    cache.clear()
    return made_world()


def place(world: World, body: dict[str, Any], who: str = "guest_a", key: str | None = None) -> Any:
    return world.api(who).post("/api/v1/bookings", body, headers={"Idempotency-Key": key or fresh_key()})


@pytest.mark.parametrize("text", CORPUS)
def test_hostile_text_is_stored_as_it_is_and_escaped_on_every_page(world: World, text: str) -> None:
    """Statement 30: names and wishes of a booking, in the API, its pages, the admin's lists, pages and search."""
    body = body_of(world) | {"special_requests": text, "metadata": {"note": text}, "source": text[:40], "confirm": True}
    body["rooms"][0]["guest"] = {"full_name": text}
    body["booker"]["full_name"] = text

    made = place(world, body)

    assert made.status_code == 201, made.content
    booking = Booking.objects.get(id=made.json()["id"])
    assert (booking.booker_name, booking.special_requests) == (text, text)
    browser: Any = world.browser("administrator")
    guest: Any = world.browser("guest_a")
    pages: list[Any] = [
        browser.get(f"/admin/bookings/booking/{booking.id}/change/"),
        browser.get("/admin/bookings/booking/"),
        browser.get("/admin/bookings/booking/", {"q": text}),
        browser.get("/admin/bookings/reservation/"),
        guest.get(f"/api/v1/bookings/{booking.id}"),
        guest.get("/api/v1/bookings", {"external_id": text}),
    ]
    assert {page.status_code for page in pages} <= {200, 302}
    shown = "".join(page.content.decode() for page in pages)
    assert not [part for part in LIVE if part in shown]


@pytest.mark.parametrize("text", CORPUS)
def test_hostile_text_finds_no_way_through_queries(world: World, text: str) -> None:
    """Statement 30: filters and searches answer with nothing or a refusal, never with an error of ours or of others."""
    guest = world.api("guest_b")
    answers: list[Any] = [
        guest.get("/api/v1/hotels", {"city": text}),
        guest.get("/api/v1/bookings", {"external_id": text}),
        guest.get("/api/v1/bookings", {"confirmation_number": text}),
        guest.get("/api/v1/bookings", {"status": text}),
        guest.get("/api/v1/hotels", {"cursor": text}),
        guest.get("/api/v1/availability", {"city": text, "arrival": text, "departure": text, "occupancy": text}),
        world.browser("staff_2").get("/admin/inventory/room/", {"q": text, "o": text}),
    ]

    assert all(answer.status_code < 500 for answer in answers)
    assert all(str(world.first.booking["id"]) not in answer.content.decode() for answer in answers)
    assert Booking.objects.count() == 2


@pytest.mark.parametrize("limit", ["1000000000", "99999999999999999999"])
def test_a_page_has_at_most_a_hundred_rows(world: World, limit: str) -> None:
    """Statement 26."""
    Hotel.objects.bulk_create(
        Hotel(name=f"H{n}", address="x", city="Lisbon", country="PT", time_zone="Europe/Lisbon", currency="EUR")
        for n in range(120)
    )

    answer = world.api("guest_a").get("/api/v1/hotels", {"limit": limit})

    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 100


@pytest.mark.parametrize("nights", [61, 400, 3_000])
def test_a_stay_is_no_longer_than_sixty_nights(world: World, nights: int) -> None:
    """Statement 26: over 60 nights, or beyond the horizon."""
    arrival = clock.now().date() + timedelta(days=20)
    dates = {"arrival": f"{arrival}", "departure": f"{arrival + timedelta(days=nights)}"}

    booked = place(world, body_of(world) | dates)
    searched = world.api("guest_a").get("/api/v1/availability", {"city": "Lisbon", "occupancy": "1"} | dates)

    assert [booked.status_code, searched.status_code] == [400, 400]


@pytest.mark.parametrize(
    "change",
    [
        {"arrival": "2020-01-01", "departure": "2020-01-03"},
        {"departure": "2026-12-24"},
        {"departure": "2026-12-20"},
        {"arrival": "2026-02-30"},
        {"arrival": "+292278994-08-17"},
        {"arrival": None},
        {"arrival": 20261224},
        {"rooms": []},
        {"rooms": [{}] * 21},
        {"rooms": "all"},
    ],
)
def test_dates_and_rooms_that_cannot_be_are_400(world: World, change: dict[str, Any]) -> None:
    """Statement 27."""
    answer = place(world, body_of(world) | change)

    assert answer.status_code == 400, answer.content
    assert Booking.objects.count() == 2


@pytest.mark.parametrize("adults", [0, -1, 10**9, 10**30, 1.5, "NaN", "Infinity", True, None, [], "1e3"])
def test_numbers_that_cannot_be_are_400(world: World, adults: Any) -> None:
    """Statement 27."""
    body = body_of(world)
    body["rooms"][0]["adults"] = adults

    answer = place(world, body)

    assert answer.status_code == 400, answer.content


@pytest.mark.parametrize("amount", ["0.001", "-1.00", "NaN", "Infinity", "1e30", "99999999999999999999.00", ""])
def test_prices_that_cannot_be_are_400(world: World, amount: str) -> None:
    """Statement 27."""
    answer = world.api("staff_1").patch(
        f"/api/v1/hotels/{world.first.hotel.id}/room-types/{world.first.room_type.id}",
        {"base_rate": {"amount": amount, "currency": "EUR"}},
    )

    assert answer.status_code == 400, answer.content


@pytest.mark.parametrize("name", ["Ada\r\nBcc: eve@evil.example", "Ada\nLovelace", "Ada\x00", "Ada\u2028x", "\x1b[31m"])
def test_a_name_is_one_line(world: World, name: str) -> None:
    """Statement 31: no name can write a header of a mail."""
    body = body_of(world)
    body["booker"]["full_name"] = name
    as_guest = body_of(world)
    as_guest["rooms"][0]["guest"] = {"full_name": name}

    answers = [
        place(world, body),
        place(world, as_guest),
        world.api("guest_a").patch("/api/v1/me", {"full_name": name}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 3


@pytest.mark.parametrize(
    "email", ["a@b.example\r\nBcc: c@d.example", "a@b.example,c@d.example", "a@b.example c@d.example"]
)
def test_a_booking_has_one_recipient(world: World, email: str) -> None:
    """Statement 31."""
    body = body_of(world)
    body["booker"]["email"] = email

    assert place(world, body).status_code == 400


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "a\nb", "a b", "ключ", "a,b", "'; --"])
def test_a_malformed_key_is_400(world: World, key: str) -> None:
    """Statement 32."""
    answer = world.api("guest_a").post("/api/v1/bookings", body_of(world), headers={"Idempotency-Key": key})

    assert answer.status_code == 400
    assert answer.json()["code"].startswith("idempotency_key_")
    assert Booking.objects.count() == 2


def test_a_key_sent_twice_is_400(world: World) -> None:
    """Statement 32: servers join what comes twice with a comma."""
    answer = place(world, body_of(world), key="the-first-key-0001, the-second-key-0002")

    assert answer.json()["code"] == "idempotency_key_invalid"
