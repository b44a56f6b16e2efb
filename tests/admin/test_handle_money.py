"""The front desk takes cash and gives money back: by the same commands as the API, once, within its walls."""

from typing import Any

import pytest
from django.test import Client

from apps.bookings import services
from apps.bookings.models import Booking, Payment
from apps.inventory.models import RoomType
from apps.platform.models import AuditEntry
from tests.admin.desk import booked, staff_of, told

pytestmark = pytest.mark.django_db


def page_of(booking: Booking, deed: str) -> str:
    return f"/admin/bookings/booking/{booking.id}/money/{deed}/"


def press(client: Client, booking: Booking, deed: str, page: Any, **typed: str) -> Any:
    return client.post(page_of(booking, deed), {"key": page.context["key"], **typed})


def test_cash_is_taken_and_stands_on_the_page_of_the_booking(ours: RoomType) -> None:
    booking, client = booked(ours), staff_of(ours.hotel)
    page = client.get(page_of(booking, "pay"))

    answer = press(client, booking, "pay", page, amount=page.context["suggested"])
    after = client.get(answer["Location"]).content.decode()

    assert page.context["suggested"] == "200.00"
    assert told(answer) == [f"{booking.confirmation_number}: 200.00 EUR paid in cash."]
    assert "Cash at the desk" in after
    assert "balance <strong>0.00</strong>" in after
    assert AuditEntry.objects.filter(operation="bookings.pay_at_desk").count() == 1


def test_a_page_that_is_sent_twice_takes_the_money_once(ours: RoomType) -> None:
    booking, client = booked(ours), staff_of(ours.hotel)
    page = client.get(page_of(booking, "pay"))

    for _ in range(2):
        press(client, booking, "pay", page, amount="50.00")

    assert Payment.objects.get().captured_minor == 5_000


def test_cash_is_given_back_with_a_reason(ours: RoomType) -> None:
    booking, client = booked(ours), staff_of(ours.hotel)
    press(client, booking, "pay", client.get(page_of(booking, "pay")), amount="200.00")

    page = client.get(page_of(booking, "refund"))
    press(client, booking, "refund", page, amount="20.00", reason="No hot water")

    assert services.get_booking(booking.id).amounts.balance.amount == "20.00"
    assert AuditEntry.objects.get(operation="bookings.refund").reason == "No hot water"


@pytest.mark.parametrize(
    ("deed", "typed", "says"),
    [
        ("refund", {"amount": "20.00", "reason": ""}, "Say why: it is written down."),
        ("pay", {"amount": "much"}, "'much' is not an amount."),
        ("pay", {"amount": "200.01"}, "The amount is too high."),
    ],
)
def test_what_is_wrong_is_said_and_moves_nothing(ours: RoomType, deed: str, typed: dict[str, str], says: str) -> None:
    booking, client = booked(ours), staff_of(ours.hotel)

    answer = press(client, booking, deed, client.get(page_of(booking, deed)), **typed)

    assert told(answer)[0].endswith(says)
    assert not Payment.objects.exists()


def test_without_a_key_of_a_page_nothing_happens(ours: RoomType) -> None:
    booking, client = booked(ours), staff_of(ours.hotel)

    client.post(page_of(booking, "pay"), {"amount": "20.00"})

    assert not Payment.objects.exists()


@pytest.mark.parametrize("deed", ["pay", "refund"])
def test_the_money_of_others_is_not_there(ours: RoomType, theirs: RoomType, deed: str) -> None:
    booking, client = booked(theirs), staff_of(ours.hotel)

    assert client.get(page_of(booking, deed)).status_code == 404
    assert client.post(page_of(booking, deed), {"key": "0" * 32, "amount": "20.00"}).status_code == 404
    assert not Payment.objects.exists()


def test_there_is_nothing_else_to_do_with_money(ours: RoomType) -> None:
    booking, client = booked(ours), staff_of(ours.hotel)

    assert client.get(page_of(booking, "steal")).status_code == 404
