"""The page of a guest without an account: what they see, what they do there, and that it is theirs alone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation
from apps.inventory.models import RoomNight
from apps.platform import clock, principals
from apps.platform.http.throttling import RouteClassThrottle
from tests.bookings.orders import fresh_key, order
from tests.bookings.provider import LocalProvider
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def double() -> Any:
    hotel = HotelFactory.create(name="Lagoon & Palms", time_zone="Pacific/Kiritimati")
    return RoomTypeFactory.create(hotel=hotel, name="Lagoon Double", room_count=9)


def placed(double: Any, *, rooms: int = 1, confirm: bool = True, nights: int = 3) -> str:
    """The address of the page of a booking that nobody in particular has placed."""
    nobody = accounts.Caller(principal=principals.guest("ada@guests.example"))
    command = order(*[double] * rooms, confirm=confirm, nights=nights)
    outcome = services.place_booking(command, caller=nobody, key=fresh_key())
    path = services.manage_path(UUID(orjson.loads(outcome.body)["id"]))
    assert path is not None
    return path


def forms(page: Any) -> dict[str, dict[str, str]]:
    """The hidden fields of each form, by what it does."""
    found = {}
    for form in re.findall(r"<form.*?</form>", page.content.decode(), re.DOTALL):
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        found[fields.get("do", "")] = fields
    return found


def send(client: Client, path: str, fields: dict[str, str]) -> Any:
    return client.post(path, {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"})


def test_it_shows_the_booking_in_the_words_and_on_the_clock_of_the_hotel(double: Any) -> None:
    path = placed(double, rooms=2)
    stay = Reservation.objects.all()[0]
    until = datetime(2026, 7, 1, 15, 30, tzinfo=UTC)
    terms = [
        {"from": None, "until": until.isoformat(), "penalty_minor": 0},
        {"from": until.isoformat(), "until": None, "penalty_minor": 12_345},
    ]
    Booking.objects.update(cancellation_terms=terms)

    with clock.moved_to(until):
        page = Client().get(path)

    text = page.content.decode()
    assert page.status_code == 200
    assert stay.booking.confirmation_number in text
    assert "Lagoon &amp; Palms" in text
    assert text.count("Lagoon Double") == 2
    assert "from Thu 2 Jul 2026, 05:30" in text
    assert re.search(r'class=" now" aria-current="step">\s*<strong>123\.45 EUR', text)
    assert "(Pacific/Kiritimati)" in text
    assert "ada@guests.example" not in text


def test_nobody_else_learns_of_it(double: Any) -> None:
    page = Client().get(placed(double))

    assert page["Referrer-Policy"] == "strict-origin"
    assert page["Cache-Control"] == "no-store"
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "script-src" not in page["Content-Security-Policy"]
    assert "<script" not in page.content.decode()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.content.decode())


def test_a_wrong_or_an_others_secret_is_404_and_soon_429(double: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RouteClassThrottle.THROTTLE_RATES, "sign_in", "3/min")
    mine, other = placed(double), placed(double)
    mixed = mine.rpartition("/gst_")[0] + "/gst_" + other.rpartition("/gst_")[2]

    statuses = [Client().get(path).status_code for path in (mixed, mine[:-3] + "/", "/stay/NOTHING/x/")]

    assert statuses == [404] * 3
    assert Client().post(mixed, {"do": "cancel", "key": fresh_key()}).status_code == 429
    assert Client().get(mine).status_code == 200
    assert set(Reservation.objects.values_list("status", flat=True)) == {"confirmed"}


def test_what_is_held_is_confirmed_there_once_however_often_it_is_sent(double: Any) -> None:
    client, path = Client(), placed(double, confirm=False)
    form = forms(client.get(path))["confirm"]

    answers = [send(client, path, form) for _ in range(2)]

    after = client.get(path).content.decode()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert "Your stay is confirmed." in after
    assert Booking.objects.get().revision == 2
    assert "confirm" not in forms(client.get(path))


def test_a_hold_is_extended_there(double: Any) -> None:
    client, path = Client(), placed(double, confirm=False)
    before = Booking.objects.get().hold_expires_at

    with clock.moved_to(clock.now() + timedelta(minutes=5)):
        send(client, path, forms(client.get(path))["extend"])

    after = Booking.objects.get().hold_expires_at
    assert before is not None
    assert after is not None
    assert after > before


def test_canceling_asks_first_shows_the_penalty_and_charges_that(double: Any) -> None:
    client, path = Client(), placed(double)
    terms = [{"from": None, "until": None, "penalty_minor": 12_345}]
    Reservation.objects.update(cancellation_terms=terms)

    question = client.get(f"{path}?ask=cancel")
    form = forms(question)["cancel"]
    send(client, path, form)

    assert "Canceling now costs <strong>123.45 EUR</strong>" in question.content.decode()
    assert form["penalty"] == "123.45 EUR"
    assert Reservation.objects.get().penalty_minor == 12_345
    assert sum(RoomNight.objects.values_list("sold", flat=True)) == 0
    assert "Canceled." in client.get(path).content.decode()


def test_a_penalty_that_changed_meanwhile_cancels_nothing(double: Any) -> None:
    client, path = Client(), placed(double)
    form = forms(client.get(f"{path}?ask=cancel"))["cancel"]
    Reservation.objects.update(cancellation_terms=[{"from": None, "until": None, "penalty_minor": 500}])

    send(client, path, form)

    assert Reservation.objects.get().status == "confirmed"
    assert "The penalty has changed" in client.get(path).content.decode()


def test_one_room_is_canceled_and_the_other_stays(double: Any) -> None:
    client, path = Client(), placed(double, rooms=2)
    room = Reservation.objects.get(position=2)
    assert f"?ask=cancel&amp;room={room.id}" in client.get(path).content.decode()

    send(client, path, forms(client.get(f"{path}?ask=cancel&room={room.id}"))["cancel"])

    assert list(Reservation.objects.order_by("position").values_list("status", flat=True)) == ["confirmed", "canceled"]


def test_a_room_of_another_booking_is_not_there(double: Any) -> None:
    path, _ = placed(double), placed(double)
    other = Reservation.objects.order_by("-id")[0]

    asked = Client().get(f"{path}?ask=cancel&room={other.id}")
    sent = Client().post(path, {"do": "cancel", "key": "0" * 32, "room": str(other.id)})

    assert asked.status_code == 404
    assert sent.status_code == 302
    assert set(Reservation.objects.values_list("status", flat=True)) == {"confirmed"}


def test_without_the_key_of_a_page_nothing_happens(double: Any) -> None:
    client, path = Client(), placed(double)

    client.post(path, {"do": "cancel", "key": "1"})

    assert Reservation.objects.get().status == "confirmed"
    assert client.post(path, {"do": "delete", "key": "0" * 32}).status_code == 404
    assert Client(enforce_csrf_checks=True).post(path, {"do": "cancel", "key": "0" * 32}).status_code == 403


def test_other_dates_are_looked_at_first_and_then_booked_at_that_price(double: Any) -> None:
    client, path = Client(), placed(double)
    stay = Reservation.objects.get()
    later = (stay.departure + timedelta(days=1)).isoformat()
    wanted = f"ask=change&room={stay.id}&arrival={stay.arrival}&departure={later}&guest_name=Grace+Hopper"

    assert f"?ask=change&amp;room={stay.id}" in client.get(path).content.decode()
    asked = client.get(f"{path}?ask=change&room={stay.id}")
    preview = client.get(f"{path}?{wanted}")
    untouched = Booking.objects.get().revision
    answers = [send(client, path, forms(preview)["change"]) for _ in range(2)]

    assert f'value="{stay.departure}"' in asked.content.decode()
    assert "One night more" in preview.content.decode()
    assert "3 nights at the same price" in preview.content.decode()
    assert [answer.status_code for answer in answers] == [302, 302]
    stay.refresh_from_db()
    assert (untouched, Booking.objects.get().revision) == (1, 2)
    assert (stay.departure.isoformat(), stay.guest_name, stay.total_minor) == (later, "Grace Hopper", 40_000)
    assert "Changed." in client.get(path).content.decode()


def test_what_cannot_be_is_said_on_the_page_and_changes_nothing(double: Any) -> None:
    client, path = Client(), placed(double)
    stay = Reservation.objects.get()
    RoomNight.objects.filter(night__gte=stay.departure).update(stop_sell=True)
    later = (stay.departure + timedelta(days=1)).isoformat()

    closed = client.get(f"{path}?ask=change&room={stay.id}&arrival={stay.arrival}&departure={later}&guest_name=Ada")
    odd = client.get(f"{path}?ask=change&room={stay.id}&arrival=tomorrow&departure={later}&guest_name=Ada")

    assert 'role="alert"' in closed.content.decode()
    assert "change" not in forms(closed)
    assert "Please look at these again: arrival." in odd.content.decode()
    assert Booking.objects.get().revision == 1


def test_the_stay_goes_into_the_calendar(double: Any) -> None:
    answer = Client().get(f"{placed(double)}?as=ics")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "BEGIN:VEVENT" in answer.content.decode()


def test_a_link_that_is_made_invalid_opens_nothing(double: Any) -> None:
    client, path = Client(), placed(double)

    said = send(client, path, forms(client.get(path))["renew"])

    assert said.status_code == 200
    assert "by mail" in said.content.decode()
    assert "gst_" not in said.content.decode()
    assert client.get(path).status_code == 404


def test_who_is_signed_in_with_the_address_takes_it_into_the_account(double: Any) -> None:
    path = placed(double)
    ada = UserFactory.create(email="ada@guests.example", email_verified_at=clock.now())
    client, stranger = Client(), Client()
    client.force_login(ada)
    stranger.force_login(UserFactory.create())

    send(stranger, path, forms(stranger.get(path))["claim"])
    refused = "There is no such booking." in stranger.get(path).content.decode()
    said = send(client, path, forms(client.get(path))["claim"])

    assert refused
    assert "in your account now" in said.content.decode()
    assert Booking.objects.get().account_id == ada.id
    assert client.get(path).status_code == 404


def test_more_rooms_and_nights_cost_no_more_statements(double: Any) -> None:
    small, large = placed(double), placed(double, rooms=8, nights=14)

    with CaptureQueriesContext(connection) as of_small:
        Client().get(small)
    with CaptureQueriesContext(connection) as of_large:
        Client().get(large)

    assert len(of_large) == len(of_small) <= 9


def test_what_is_owed_is_paid_there_once_however_often_it_is_sent(double: Any, provider: LocalProvider) -> None:
    client, path = Client(), placed(double)
    form = forms(client.get(path))["pay"]

    answers = [send(client, path, form) for _ in range(2)]

    after = client.get(path)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert "300.00 EUR: paid" in after.content.decode()
    assert "pay" not in forms(after)


def test_without_a_provider_nobody_is_asked_to_pay_there(double: Any) -> None:
    client, path = Client(), placed(double)

    assert "pay" not in forms(client.get(path))
    assert client.post(path, {"do": "pay", "key": "0" * 32}).status_code == 302
    assert "Payments are not" in client.get(path).content.decode()
