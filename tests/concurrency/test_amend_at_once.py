"""Amendments at once with bookings, cancellations and each other: one order of locks, one room for one stay."""

import random
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from apps.bookings import services
from apps.bookings.models import Booking, Reservation
from apps.inventory.models import RoomNight
from apps.platform.errors import Stale
from tests.bookings.amending import ONE_DAY, booked, change, stay_of
from tests.bookings.orders import caller_of, fresh_key, order
from tests.concurrency.crowd import all_at_once
from tests.concurrency.test_overlapping_stays import deadlocks, no_index_scans, scatter_rows
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

__all__ = ["no_index_scans"]

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS, ROUNDS = 8, 6


def test_two_amendments_and_a_booking_want_the_last_room_and_one_gets_it() -> None:
    single = RoomTypeFactory.create(room_count=1)
    other = RoomTypeFactory.create(hotel=single.hotel, room_count=2)
    guests = [caller_of(UserFactory.create()) for _ in range(3)]
    ids = [booked(guest, other) for guest in guests[:2]]
    commands = [change(id_, room_type_id=single.id) for id_ in ids]

    def amended(number: int) -> str:
        return services.amend_booking(
            commands[number], caller=guests[number], key=fresh_key(), expected_revision=1
        ).code

    def placed() -> str:
        return services.place_booking(order(single, confirm=True), caller=guests[2], key=fresh_key()).code

    codes = Counter(all_at_once(lambda: amended(0), lambda: amended(1), placed))

    assert codes["no_rooms_left"] == 2
    assert codes["amended"] + codes["booked"] == 1
    assert set(RoomNight.objects.filter(room_type=single, sold__gt=0).values_list("sold", flat=True)) == {1}
    assert services.check_invariants() == ()


def test_an_amendment_and_a_cancellation_at_once_leave_one_of_the_two() -> None:
    double = RoomTypeFactory.create()
    for _ in range(5):
        guest = caller_of(UserFactory.create())
        booking_id = booked(guest, double)
        command = change(booking_id, departure=stay_of(booking_id).departure + ONE_DAY)

        def amended(command: services.AmendBooking = command, guest: Any = guest) -> str:
            try:
                return services.amend_booking(command, caller=guest, key=fresh_key(), expected_revision=1).code
            except Stale as refusal:
                return refusal.code

        def canceled(booking_id: UUID = booking_id, guest: Any = guest) -> str:
            cancel = services.CancelBooking(booking_id=booking_id)
            return services.cancel_booking(cancel, caller=guest, key=fresh_key()).code

        codes = all_at_once(amended, canceled)

        # The cancellation gives back whatever the booking is by then.
        assert codes[0] in {"amended", "stale", "invalid_transition"}
        assert codes[1] == "canceled"
    assert not RoomNight.objects.filter(sold__gt=0).exists()
    assert services.check_invariants() == ()


def test_one_key_many_times_at_once_amends_once() -> None:
    double, guest, key = RoomTypeFactory.create(), caller_of(UserFactory.create()), fresh_key()
    booking_id = booked(guest, double)
    command = change(booking_id, departure=stay_of(booking_id).departure + ONE_DAY)

    def amended() -> str:
        try:
            outcome = services.amend_booking(command, caller=guest, key=key, expected_revision=1)
        except Exception as refusal:
            return str(getattr(refusal, "code", refusal))
        return outcome.code

    codes = set(all_at_once(*[amended] * 12))

    assert codes <= {"amended", "request_in_progress"}
    assert Booking.objects.get().revision == 2
    assert services.check_invariants() == ()


def test_stays_that_overlap_are_amended_at_once_without_a_deadlock(no_index_scans: None, settings: Any) -> None:
    settings.PENDING_BOOKINGS_PER_GUEST = 1_000
    hotel = HotelFactory.create()
    room_types = [RoomTypeFactory.create(hotel=hotel, room_count=4) for _ in range(3)]
    RoomNight.objects.filter(night__gt=order(room_types[0], days_ahead=30).arrival).delete()
    scatter_rows()
    callers = [caller_of(UserFactory.create()) for _ in range(CLIENTS)]
    before = deadlocks()

    def change_minds(client: int) -> Counter[str]:
        dice, seen = random.Random(client), Counter[str]()
        types = dice.sample(room_types, k=2)
        wish = order(*types, days_ahead=dice.randint(5, 9), nights=dice.randint(1, 5), confirm=dice.random() < 0.5)
        outcome = services.place_booking(wish, caller=callers[client], key=fresh_key())
        if outcome.code != "booked":
            return Counter([outcome.code])
        booking_id = Booking.objects.get(principal=callers[client].principal).id
        for _ in range(ROUNDS):
            stays = Reservation.objects.filter(booking_id=booking_id)
            command = services.AmendBooking(
                booking_id=booking_id,
                reservations=tuple(
                    services.StayChange(
                        reservation_id=stay.id,
                        arrival=(arrival := wish.arrival + dice.randint(-3, 3) * ONE_DAY),
                        departure=arrival + dice.randint(1, 5) * ONE_DAY,
                        room_type_id=dice.choice(room_types).id,
                    )
                    for stay in stays
                ),
            )
            revision = Booking.objects.get(id=booking_id).revision
            seen[
                services.amend_booking(
                    command, caller=callers[client], key=fresh_key(), expected_revision=revision
                ).code
            ] += 1
        return seen

    results = all_at_once(*[lambda client=client: change_minds(client) for client in range(CLIENTS)])

    total: Counter[str] = sum(results, Counter())
    assert set(total) <= {"amended", "no_rooms_left"}
    assert total["amended"] > 0
    assert deadlocks() == before
    assert services.check_invariants() == ()
