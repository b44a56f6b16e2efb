"""Each tier of a cancellation policy begins at its second of the hotel's wall clock, on days of 23 or 25 hours too."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation
from apps.inventory.models import RatePlan
from apps.platform import clock
from tests.bookings.orders import caller_of, fresh_key
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

# Seven days before: a tenth; two days before, at 18:00: one night; on the day, at 02:30, which may be no time: all.
TIERS = [
    {"days_before": 7, "at": "00:00:00", "penalty": {"percent": "10"}},
    {"days_before": 2, "at": "18:00:00", "penalty": {"nights": 1}},
    {"days_before": 0, "at": "02:30:00", "penalty": {"percent": "100"}},
]
BOOKED_AT = datetime(2027, 1, 10, 12, tzinfo=UTC)


def world(zone: str, currency: str, *, rate_minor: int) -> Any:
    with clock.moved_to(BOOKED_AT):
        hotel = HotelFactory.create(time_zone=zone, currency=currency, plan=False)
        RatePlanFactory.create(hotel=hotel, code="FLEX", cancellation_tiers=TIERS)
        return RoomTypeFactory.create(hotel=hotel, base_rate_minor=rate_minor)


def booked(double: Any, arrival: date, *plans: RatePlan) -> tuple[list[Reservation], accounts.Caller]:
    """A confirmed booking of two nights, a room for each plan, made long before."""
    guest = caller_of(UserFactory.create())
    with clock.moved_to(BOOKED_AT):
        command = services.PlaceBooking(
            hotel_id=double.hotel_id,
            arrival=arrival,
            departure=arrival + timedelta(days=2),
            rooms=tuple(services.RoomRequest(room_type_id=double.id, rate_plan_id=plan.id, adults=2) for plan in plans),
            booker=services.Booker(full_name="Ada Lovelace", email="ada@guests.example"),
            confirm=True,
        )
        outcome = services.place_booking(command, caller=guest, key=fresh_key())
    booking_id = UUID(orjson.loads(outcome.body)["id"])
    return list(Reservation.objects.filter(booking_id=booking_id).order_by("position")), guest


def penalty_at(instant: datetime, booking_id: UUID, guest: accounts.Caller) -> str:
    with clock.moved_to(instant):
        return services.preview_cancellation(booking_id, caller=guest).penalty.amount


# On 28 March 2027 Lisbon goes from 00:59 to 02:00; on 31 October 2027 it has the hour from 01:00 twice. New York skips
# 02:30 of 14 March 2027: what would begin then begins when the clock shows 03:30.
@pytest.mark.parametrize(
    ("zone", "arrival", "begins"),
    [
        ("Europe/Lisbon", date(2027, 3, 28), "2027-03-28T01:30:00+00:00"),
        ("Europe/Lisbon", date(2027, 10, 31), "2027-10-31T02:30:00+00:00"),
        ("America/New_York", date(2027, 3, 14), "2027-03-14T07:30:00+00:00"),
        ("America/New_York", date(2027, 11, 7), "2027-11-07T07:30:00+00:00"),
        ("Pacific/Kiritimati", date(2027, 3, 28), "2027-03-27T12:30:00+00:00"),
        ("Pacific/Pago_Pago", date(2027, 3, 28), "2027-03-28T13:30:00+00:00"),
    ],
)
def test_a_second_before_is_not_yet(zone: str, arrival: date, begins: str) -> None:
    double = world(zone, "EUR", rate_minor=10_000)
    (stay,), guest = booked(double, arrival, RatePlan.objects.get(hotel=double.hotel))
    local = ZoneInfo(zone)
    starts = [
        datetime.combine(arrival - timedelta(days=7), time(0), tzinfo=local),
        datetime.combine(arrival - timedelta(days=2), time(18), tzinfo=local),
        datetime.fromisoformat(begins),
    ]

    around = [
        (penalty_at(start - timedelta(seconds=1), stay.booking_id, guest), penalty_at(start, stay.booking_id, guest))
        for start in (start.astimezone(UTC) for start in starts)
    ]

    assert around == [("0.00", "20.00"), ("20.00", "100.00"), ("100.00", "200.00")]


def test_a_clock_time_that_comes_twice_is_the_later_one() -> None:
    """02:30 does not come twice in Lisbon, 01:30 does: the guest has the longer time."""
    double = world("Europe/Lisbon", "EUR", rate_minor=10_000)
    RatePlan.objects.update(cancellation_tiers=[{"days_before": 0, "at": "01:30:00", "penalty": {"percent": "100"}}])
    (stay,), guest = booked(double, date(2027, 10, 31), RatePlan.objects.get())

    start = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)

    assert penalty_at(start - timedelta(seconds=1), stay.booking_id, guest) == "0.00"
    assert penalty_at(start, stay.booking_id, guest) == "200.00"


@pytest.mark.parametrize(
    ("currency", "rate_minor", "expected"),
    [("JPY", 12_345, ["0", "2469", "12345", "24690"]), ("KWD", 33_333, ["0.000", "6.667", "33.333", "66.666"])],
)
def test_other_currencies_have_other_units(currency: str, rate_minor: int, expected: list[str]) -> None:
    double = world("Asia/Tokyo", currency, rate_minor=rate_minor)
    (stay,), guest = booked(double, date(2027, 3, 28), RatePlan.objects.get())
    local = ZoneInfo("Asia/Tokyo")
    instants = [
        datetime(2027, 3, 20, 23, 59, 59, tzinfo=local),
        datetime(2027, 3, 21, tzinfo=local),
        datetime(2027, 3, 26, 18, tzinfo=local),
        datetime(2027, 3, 28, 2, 30, tzinfo=local),
    ]

    assert [penalty_at(instant.astimezone(UTC), stay.booking_id, guest) for instant in instants] == expected


def test_rooms_on_different_terms_add_up_step_by_step_and_cancel_apart() -> None:
    double = world("Europe/Lisbon", "EUR", rate_minor=10_000)
    flexible = RatePlan.objects.get()
    strict = RatePlanFactory.create(
        hotel=double.hotel,
        code="STRICT",
        cancellation_tiers=[{"days_before": 14, "at": None, "penalty": {"percent": "50"}}],
    )
    stays, guest = booked(double, date(2027, 3, 28), flexible, strict)
    local = ZoneInfo("Europe/Lisbon")
    starts = [datetime(2027, 3, 14, 15, tzinfo=local), datetime(2027, 3, 21, tzinfo=local)]
    starts += [datetime(2027, 3, 26, 18, tzinfo=local), datetime(2027, 3, 28, 2, 30, tzinfo=local)]

    together = [
        penalty_at(start.astimezone(UTC) + timedelta(seconds=seconds), stays[0].booking_id, guest)
        for start in starts
        for seconds in (-1, 0)
    ]
    with clock.moved_to(starts[2].astimezone(UTC)):
        command = services.CancelReservation(reservation_id=stays[1].id)
        services.cancel_reservation(command, caller=guest, key=fresh_key())
        left = services.preview_cancellation(stays[0].booking_id, caller=guest).penalty.amount

    assert together == ["0.00", "100.00", "100.00", "120.00", "120.00", "200.00", "200.00", "300.00"]
    assert (Reservation.objects.get(id=stays[1].id).penalty_minor, left) == (10_000, "100.00")


def test_what_was_previewed_is_what_is_charged() -> None:
    double = world("Europe/Lisbon", "EUR", rate_minor=9_999)
    (stay,), guest = booked(double, date(2027, 10, 31), RatePlan.objects.get())
    with clock.moved_to(datetime(2027, 10, 31, 2, 30, tzinfo=UTC)):
        shown = services.preview_cancellation(stay.booking_id, caller=guest)
        command = services.CancelBooking(booking_id=stay.booking_id, expected_penalty=shown.penalty)
        outcome = services.cancel_booking(command, caller=guest, key=fresh_key())

    assert outcome.code == "canceled"
    assert Reservation.objects.get().penalty_minor == 19_998
    timeline = orjson.loads(outcome.body)["cancellation"]["timeline"]
    assert [step["penalty"]["amount"] for step in timeline] == ["0.00", "20.00", "99.99", "199.98"]
