"""Placing a booking: what is held, what is stored, what is refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from apps.bookings import services
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.inventory.models import Hold, RoomNight
from apps.platform import canonical
from apps.platform.errors import Invalid
from apps.platform.idempotency import IdempotencyKeyExpired, IdempotencyKeyReused
from apps.platform.models import IdempotencyRecord, OutboxMessage
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


def test_a_booking_holds_its_rooms_for_every_night_and_no_other() -> None:
    double = RoomTypeFactory.create(room_count=3)
    command = order(double, double, nights=2)

    outcome = services.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())

    view = orjson.loads(outcome.body)
    held = dict(RoomNight.objects.filter(room_type=double, held__gt=0).values_list("night", "held"))
    assert outcome.code == "booked"
    assert view["status"] == "pending"
    assert held == {command.arrival: 2, command.arrival + timedelta(days=1): 2}
    assert Hold.objects.count() == 2


def test_the_view_shows_what_the_tables_hold() -> None:
    double = RoomTypeFactory.create(base_rate_minor=12_345)

    outcome = services.place_booking(order(double), caller=caller_of(UserFactory.create()), key=fresh_key())

    shown = orjson.loads(outcome.body)
    booking = Booking.objects.get()
    stored = services.get_booking(booking.id)
    assert shown["total"] == {"amount": "370.35", "currency": "EUR"}
    assert booking.total_minor == sum(ReservationNight.objects.values_list("amount_minor", flat=True)) == 37_035
    assert canonical.encode(stored) == outcome.body
    assert outcome.etag == '"1"'
    assert outcome.location == f"/api/v1/bookings/{booking.id}"


def test_the_same_key_gives_the_same_bytes_and_books_once() -> None:
    double, caller, key = RoomTypeFactory.create(), caller_of(UserFactory.create()), fresh_key()
    command = order(double)

    first = services.place_booking(command, caller=caller, key=key)
    second = services.place_booking(command, caller=caller, key=key)

    assert second.body == first.body
    assert second.etag == first.etag
    assert second.location == first.location
    assert (first.replayed, second.replayed) == (False, True)
    assert Booking.objects.count() == 1


def test_the_same_key_for_another_order_is_refused() -> None:
    double, caller, key = RoomTypeFactory.create(), caller_of(UserFactory.create()), fresh_key()
    services.place_booking(order(double), caller=caller, key=key)

    with pytest.raises(IdempotencyKeyReused):
        services.place_booking(order(double, nights=1), caller=caller, key=key)

    assert Booking.objects.count() == 1


def test_the_same_key_of_another_person_is_another_key() -> None:
    double, key = RoomTypeFactory.create(), fresh_key()

    services.place_booking(order(double), caller=caller_of(UserFactory.create()), key=key)
    services.place_booking(order(double), caller=caller_of(UserFactory.create()), key=key)

    assert Booking.objects.count() == 2


def test_a_key_whose_answer_is_pruned_still_cannot_book_twice() -> None:
    double, caller, key = RoomTypeFactory.create(), caller_of(UserFactory.create()), fresh_key()
    services.place_booking(order(double), caller=caller, key=key)
    IdempotencyRecord.objects.all().delete()

    with pytest.raises(IdempotencyKeyExpired) as refusal:
        services.place_booking(order(double), caller=caller, key=key)

    assert refusal.value.extra["location"] == f"/api/v1/bookings/{Booking.objects.get().id}"
    assert sum(RoomNight.objects.values_list("held", flat=True)) == 3


def test_a_refusal_is_stored_so_that_a_late_duplicate_cannot_book() -> None:
    single, caller, key = RoomTypeFactory.create(room_count=1), caller_of(UserFactory.create()), fresh_key()
    winner = caller_of(UserFactory.create())
    won = orjson.loads(services.place_booking(order(single), caller=winner, key=fresh_key()).body)
    refused = services.place_booking(order(single), caller=caller, key=key)
    services.cancel_booking(services.CancelBooking(booking_id=UUID(won["id"])), caller=winner, key=fresh_key())

    late = services.place_booking(order(single), caller=caller, key=key)

    assert refused.refused
    assert refused.code == "no_rooms_left"
    assert late.body == refused.body
    assert late.replayed
    assert Booking.objects.count() == 1


def test_a_refusal_names_each_night_that_is_missing() -> None:
    single = RoomTypeFactory.create(room_count=1)
    services.place_booking(
        order(single, days_ahead=11, nights=1), caller=caller_of(UserFactory.create()), key=fresh_key()
    )

    refused = services.place_booking(order(single), caller=caller_of(UserFactory.create()), key=fresh_key())

    items = orjson.loads(refused.body)["errors"]
    missing = order(single, days_ahead=11).arrival.isoformat()
    assert items == [{"code": "sold_out", "detail": "Sold out.", "pointer": "/rooms/0", "date": missing}]


def test_all_nights_or_none_are_taken() -> None:
    double = RoomTypeFactory.create()
    RoomNight.objects.filter(room_type=double, night=order(double, days_ahead=12).arrival).update(stop_sell=True)

    refused = services.place_booking(order(double), caller=caller_of(UserFactory.create()), key=fresh_key())

    assert refused.code == "no_rooms_left"
    assert not RoomNight.objects.filter(held__gt=0).exists()
    assert not Reservation.objects.exists()


def test_a_night_without_a_row_is_not_sellable() -> None:
    double = RoomTypeFactory.create()
    RoomNight.objects.filter(room_type=double, night=order(double, days_ahead=11).arrival).delete()

    refused = services.place_booking(order(double), caller=caller_of(UserFactory.create()), key=fresh_key())

    assert refused.code == "no_rooms_left"
    assert orjson.loads(refused.body)["errors"][0]["code"] == "not_on_sale"


def test_confirm_true_sells_at_once() -> None:
    double = RoomTypeFactory.create()

    outcome = services.place_booking(
        order(double, confirm=True), caller=caller_of(UserFactory.create()), key=fresh_key()
    )

    assert orjson.loads(outcome.body)["status"] == "confirmed"
    assert sum(RoomNight.objects.values_list("sold", flat=True)) == 3
    assert not Hold.objects.exists()
    assert list(OutboxMessage.objects.order_by("id").values_list("topic", flat=True)) == [
        "booking.placed",
        "booking.confirmed",
    ]


def test_the_sixth_pending_booking_lists_the_five_and_how_to_end_them() -> None:
    double, caller = RoomTypeFactory.create(room_count=20), caller_of(UserFactory.create())
    for _ in range(5):
        services.place_booking(order(double), caller=caller, key=fresh_key())

    with pytest.raises(services.TooManyHolds) as refusal:
        services.place_booking(order(double), caller=caller, key=fresh_key())

    holds = refusal.value.extra["holds"]
    assert {hold["booking_id"] for hold in holds} == set(Booking.objects.values_list("id", flat=True))
    assert all(hold["confirm"] == f"/api/v1/bookings/{hold['booking_id']}/confirm" for hold in holds)


def test_a_source_sends_an_external_id_once() -> None:
    double = RoomTypeFactory.create()
    placed: dict[str, Any] = {"source": "channel-a", "external_id": "4711"}
    services.place_booking(order(double, **placed), caller=caller_of(UserFactory.create()), key=fresh_key())

    again = services.place_booking(order(double, **placed), caller=caller_of(UserFactory.create()), key=fresh_key())

    assert again.code == "external_id_taken"
    assert Booking.objects.count() == 1
    assert sum(RoomNight.objects.values_list("held", flat=True)) == 3


@pytest.mark.parametrize(
    ("dates", "pointer"),
    [
        ({"days_ahead": -1}, "/arrival"),
        ({"nights": 0}, "/departure"),
        ({"nights": 61}, "/departure"),
        ({"days_ahead": 499}, "/departure"),
    ],
)
def test_impossible_dates_are_invalid_and_store_nothing(dates: dict[str, int], pointer: str) -> None:
    double = RoomTypeFactory.create()

    with pytest.raises(Invalid) as refusal:
        services.place_booking(order(double, **dates), caller=caller_of(UserFactory.create()), key=fresh_key())

    assert refusal.value.items[0]["pointer"] == pointer
    assert not IdempotencyRecord.objects.exists()
