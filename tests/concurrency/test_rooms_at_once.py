"""Many at one house at the same moment: no room is given twice, and none that is free is left out."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from apps.bookings import services
from apps.bookings.models import Booking, ReservationNight
from apps.inventory.models import RatePlan
from tests.bookings.desk import assign, check_in, rooms, staff_of, stay
from tests.bookings.orders import fresh_key, today_at
from tests.concurrency.crowd import all_at_once
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 20


def test_twenty_automatic_assignments_never_overlap_and_use_every_room() -> None:
    double = RoomTypeFactory.create(room_count=CROWD)
    numbered = rooms(double, *(str(number) for number in range(101, 101 + CROWD)))
    stays, desk = [stay(double, nights=2) for _ in range(CROWD)], staff_of(double.hotel_id)

    outcomes = all_at_once(*[partial(assign, booked, desk) for booked in stays])

    assert Counter(outcome.code for outcome in outcomes) == {"assigned": CROWD}
    given = set(ReservationNight.objects.values_list("reservation_id", "room_id"))
    assert {room_id for _, room_id in given} == {room.id for room in numbered}
    assert len(given) == CROWD
    assert services.check_invariants() == ()


def test_of_two_who_go_to_one_room_one_is_let_in() -> None:
    double = RoomTypeFactory.create()
    [room], desk = rooms(double, "101"), staff_of(double.hotel_id)
    stays = [stay(double) for _ in range(2)]

    outcomes = all_at_once(*[partial(check_in, booked, desk, room) for booked in stays])

    codes = sorted(outcome.code for outcome in outcomes)
    assert codes[0] == "checked_in"
    assert codes[1] in {"room_occupied", "room_taken"}
    assert services.check_invariants() == ()


def test_a_walk_in_twice_at_once_with_one_key_is_one_guest() -> None:
    double = RoomTypeFactory.create()
    rooms(double, "101", "102")
    desk, key = staff_of(double.hotel_id), fresh_key()
    command = services.WalkIn(
        hotel_id=double.hotel_id,
        departure=today_at(double) + timedelta(days=1),
        room=services.RoomRequest(
            room_type_id=double.id, rate_plan_id=RatePlan.objects.get(hotel=double.hotel).id, adults=1
        ),
        booker=services.Booker(full_name="Ada Lovelace", email="ada@guests.example"),
    )

    def ask() -> Any:
        try:
            return services.walk_in(command, caller=desk, key=key).code
        except Exception as refusal:
            return getattr(refusal, "code", repr(refusal))

    codes = set(all_at_once(*[ask] * 8))

    assert "booked" in codes
    assert codes <= {"booked", "request_in_progress"}
    assert Booking.objects.count() == 1
    assert services.check_invariants() == ()
