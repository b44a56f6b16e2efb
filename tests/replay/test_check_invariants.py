"""Finding what must not be, whatever has let it happen."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.inventory.models import Hold, Movement, RoomNight
from apps.platform import clock
from apps.platform.models import IdempotencyRecord, OutboxMessage
from tests.bookings.orders import fresh_key, order
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold() -> Booking:
    """A hotel with a confirmed booking, a pending one and a canceled one; the confirmed one."""
    caller = accounts.caller_for(UserFactory.create().pk)
    room_type = RoomTypeFactory.create()
    services.place_booking(order(room_type), caller=caller, key=fresh_key())
    confirmed, canceled = (
        Booking.objects.get(id=_placed(order(room_type, confirm=True), caller)) for _ in ("confirmed", "canceled")
    )
    services.cancel_booking(services.CancelBooking(booking_id=canceled.id), caller=caller, key=fresh_key())
    return confirmed


def _placed(command: services.PlaceBooking, caller: accounts.Caller) -> Any:
    outcome = services.place_booking(command, caller=caller, key=fresh_key())
    return json.loads(outcome.body)["id"]


def _codes() -> set[str]:
    return {violation.code for violation in services.check_invariants()}


def test_whatever_the_services_do_breaks_nothing(sold: Booking) -> None:
    assert services.check_invariants(unpruned=True) == ()


def _sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        # (A table with checks still due until the end of the transaction cannot be altered.)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)


def _nights(booking: Booking) -> Any:
    return ReservationNight.objects.filter(reservation__booking=booking)


def _double_key(booking: Booking) -> None:
    _sql("ALTER TABLE bookings_booking DROP CONSTRAINT booking_once_per_key")
    Booking.objects.update(principal=booking.principal, idempotency_key=booking.idempotency_key)


def _oversell(_: Booking) -> None:
    _sql("ALTER TABLE inventory_roomnight DROP CONSTRAINT room_night_never_oversold")
    RoomNight.objects.filter(sold__gt=0).update(physical=0)


def _extra_movement(booking: Booking) -> None:
    stay = booking.reservations.get()
    Movement.objects.create(
        at=clock.now(),
        room_type_id=stay.room_type_id,
        arrival=stay.arrival,
        departure=stay.departure,
        held_delta=0,
        sold_delta=1,
        cause="nothing",
    )


def _double_event(booking: Booking) -> None:
    message = OutboxMessage.objects.get(topic="booking.placed", aggregate_id=booking.id)
    message.id = uuid4()
    message.save(force_insert=True)


BREAKS: dict[str, tuple[Callable[[Booking], Any], str]] = {
    "a night counted once too often": (
        lambda _: RoomNight.objects.filter(sold=1).update(sold=2),
        "counters_are_not_the_live_nights",
    ),
    "a night no longer counted": (
        lambda _: RoomNight.objects.filter(sold=1).update(sold=0),
        "counters_are_not_the_live_nights",
    ),
    "a booked night without a row": (
        lambda _: RoomNight.objects.filter(sold=1).delete(),
        "counters_are_not_the_live_nights",
    ),
    "a night counted without a movement": (
        lambda _: RoomNight.objects.filter(sold=0, held=0).update(held=1),
        "counters_are_not_their_movements",
    ),
    "a movement that moved nothing": (_extra_movement, "counters_are_not_their_movements"),
    "held counted as sold": (
        lambda _: RoomNight.objects.filter(held=1).update(held=0, sold=F("sold") + 1),
        "counters_are_not_the_live_nights",
    ),
    "more sold than there are": (_oversell, "night_is_oversold"),
    "a hold that is gone": (lambda _: Hold.objects.all().delete(), "holds_are_not_the_pending_stays"),
    "a hold with another end": (
        lambda _: Hold.objects.update(expires_at=clock.now()),
        "holds_are_not_the_pending_stays",
    ),
    "a wrong total": (
        lambda booking: Booking.objects.filter(id=booking.id).update(total_minor=F("total_minor") + 1),
        "booking_total_is_not_the_sum",
    ),
    "a changed price": (
        lambda booking: _nights(booking).update(amount_minor=F("amount_minor") + 1),
        "reservation_total_is_not_the_sum",
    ),
    "a stay that is longer than its nights": (
        lambda booking: Reservation.objects.filter(booking=booking).update(arrival=F("arrival") - timedelta(days=1)),
        "reservation_lacks_a_night",
    ),
    "canceled and still there": (
        lambda booking: Reservation.objects.filter(booking=booking).update(status="canceled"),
        "night_not_given_back",
    ),
    "given back and not canceled": (
        lambda booking: _nights(booking).update(released_at=clock.now()),
        "night_given_back_too_early",
    ),
    "two bookings under one key": (_double_key, "key_has_two_bookings"),
    "pending without end": (
        lambda _: Booking.objects.update(hold_expires_at=None),
        "hold_is_not_that_of_a_pending_booking",
    ),
    "a booking that no key answers with": (
        lambda _: IdempotencyRecord.objects.filter(outcome="booked").delete(),
        "booking_without_answer",
    ),
    "an answer to another key": (
        lambda _: IdempotencyRecord.objects.filter(outcome="booked").update(principal="user:another"),
        "answer_of_another_key",
    ),
    "an answer that names no booking": (
        lambda _: IdempotencyRecord.objects.filter(outcome="booked").update(location=f"/api/v1/bookings/{uuid4()}"),
        "answer_without_booking",
    ),
    "placed, and never told": (
        lambda _: OutboxMessage.objects.filter(topic="booking.placed").delete(),
        "event_not_told_once",
    ),
    "placed, and told twice": (_double_event, "event_not_told_once"),
    "confirmed, and never told": (
        lambda _: OutboxMessage.objects.filter(topic="booking.confirmed").delete(),
        "event_not_told_once",
    ),
    "told of a booking that is none": (
        lambda _: OutboxMessage.objects.filter(topic="booking.placed").update(aggregate_id=uuid4()),
        "event_without_booking",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_found(sold: Booking, name: str) -> None:
    break_it, code = BREAKS[name]

    break_it(sold)

    assert code in _codes()


def test_what_pruning_removes_is_not_missed(sold: Booking) -> None:
    Booking.objects.update(created_at=F("created_at") - timedelta(days=30))
    IdempotencyRecord.objects.all().delete()
    OutboxMessage.objects.all().delete()

    assert services.check_invariants() == ()
    assert {violation.code for violation in services.check_invariants(unpruned=True)} == {
        "booking_without_answer",
        "event_not_told_once",
    }


def test_the_command_says_what_it_found_and_fails(sold: Booking) -> None:
    RoomNight.objects.filter(sold=1).update(sold=2)
    said = StringIO()

    with pytest.raises(SystemExit) as end:
        call_command("check_invariants", "--json", stdout=said)

    assert end.value.code == 1
    document = json.loads(said.getvalue())
    assert document["ok"] is False
    assert {violation["code"] for violation in document["violations"]} == {
        "counters_are_not_the_live_nights",
        "counters_are_not_their_movements",
    }


def test_the_command_is_content_with_a_sound_database(sold: Booking) -> None:
    said = StringIO()

    call_command("check_invariants", stdout=said)

    assert said.getvalue().startswith("0 violations")


@pytest.mark.django_db(transaction=True)
def test_it_looks_at_one_snapshot_and_changes_nothing(sold: Booking) -> None:
    before = list(RoomNight.objects.order_by("room_type_id", "night").values())

    found = services.check_invariants(unpruned=True)

    assert found == ()
    assert list(RoomNight.objects.order_by("room_type_id", "night").values()) == before


def test_a_night_that_is_not_generated_is_named_where_generation_is_at_work(sold: Booking) -> None:
    gone = RoomNight.objects.filter(sold=0, held=0).order_by("-night")[3]
    RoomNight.objects.filter(night=gone.night, room_type_id=gone.room_type_id).delete()

    found = services.check_invariants(horizon=True)

    assert [(one.code, one.detail) for one in found] == [
        ("nights_missing_to_the_horizon", "1 nights are not generated")
    ]
    assert services.check_invariants() == ()
