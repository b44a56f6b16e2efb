"""Whatever is amended, and however often: kept nights keep their price, and every sum is the sum of its parts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.bookings import services
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.inventory.models import NightlyRate, RatePlan, RoomNight
from apps.platform import money
from tests.bookings.orders import caller_of, fresh_key, order
from tests.bookings.test_state_machine import undone
from tests.factories.accounts import UserFactory
from tests.factories.inventory import ChargeFactory, HotelFactory, RatePlanFactory, RoomTypeFactory

changes = st.lists(
    st.fixed_dictionaries(
        {
            "position": st.integers(0, 1),
            "ahead": st.integers(0, 5),
            "nights": st.integers(1, 6),
            "room_type": st.integers(0, 1),
            "plan": st.integers(0, 1),
            "adults": st.integers(1, 3),
            "price": st.integers(1, 99_999),
            "confirm": st.booleans(),
        }
    ),
    min_size=1,
    max_size=5,
)


class House:
    """A hotel whose prices change all the time, with a booking of two rooms."""

    def __init__(self, currency: str) -> None:
        hotel = HotelFactory.create(currency=currency)
        ChargeFactory.create(hotel=hotel, code="VAT", per="stay", percent=Decimal("7.5"), amount_minor=0, due="now")
        ChargeFactory.create(hotel=hotel, code="IN", percent=Decimal("3.3"), inclusive=True, amount_minor=0, due="now")
        self.plans = [
            RatePlan.objects.get(hotel=hotel),
            RatePlanFactory.create(hotel=hotel, code="ADV", percent=Decimal("87.5"), prepayment_percent=33),
        ]
        self.types = [
            RoomTypeFactory.create(
                hotel=hotel, room_count=3, max_adults=3, included_adults=1, extra_adult_minor=777, base_rate_minor=9_999
            )
            for _ in range(2)
        ]
        self.guest = caller_of(UserFactory.create())


def product_nights(booking_id: UUID) -> dict[tuple[UUID, Any], tuple[tuple[Any, ...], int, str]]:
    """Each night of each stay: what it is sold as, at which price, and who says so."""
    rows = ReservationNight.objects.filter(reservation__booking_id=booking_id).select_related("reservation")
    return {
        (row.reservation_id, row.night): (
            (row.reservation.room_type_id, row.reservation.rate_plan_id, row.reservation.adults),
            row.amount_minor,
            row.price_source,
        )
        for row in rows
    }


def require_sums(booking_id: UUID) -> None:
    booking = Booking.objects.get(id=booking_id)
    stays = list(Reservation.objects.filter(booking_id=booking_id))
    for stay in stays:
        nights = sum(stay.nights.values_list("amount_minor", flat=True))
        beside = sum(charge["amount_minor"] for charge in stay.charges if not charge["inclusive"])
        assert stay.total_minor == nights + beside
        assert all(0 <= step["penalty_minor"] <= stay.total_minor for step in stay.cancellation_terms)
        assert 0 <= stay.due_now_minor <= stay.total_minor
    assert booking.total_minor == sum(stay.total_minor for stay in stays)
    assert booking.due_now_minor == sum(stay.due_now_minor for stay in stays)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_kept_nights_keep_their_price_and_money_is_conserved(currency: str) -> None:
    house = House(currency)

    @settings(deadline=None, database=None, derandomize=True, max_examples=15, suppress_health_check=[*HealthCheck])
    @given(wishes=changes)
    def amend_again_and_again(wishes: list[dict[str, Any]]) -> None:
        with undone():
            command = order(*house.types, days_ahead=3, nights=3, confirm=wishes[0]["confirm"])
            outcome = services.place_booking(command, caller=house.guest, key=fresh_key())
            booking_id = UUID(orjson.loads(outcome.body)["id"])
            for wish in wishes:
                _amend(house, booking_id, wish)
            assert services.check_invariants(unpruned=True) == ()

    amend_again_and_again()


def _amend(house: House, booking_id: UUID, wish: dict[str, Any]) -> None:
    """One change at prices that nobody has paid so far."""
    stay = Reservation.objects.get(booking_id=booking_id, position=wish["position"] + 1)
    today = order(house.types[0], days_ahead=0).arrival
    NightlyRate.objects.filter(room_type__in=house.types).delete()
    for night in RoomNight.objects.filter(room_type__in=house.types, night__lt=today + timedelta(days=12)):
        NightlyRate.objects.create(
            room_type_id=night.room_type_id, rate_plan=house.plans[0], night=night.night, amount_minor=wish["price"]
        )
    arrival = today + timedelta(days=wish["ahead"])
    command = services.AmendBooking(
        booking_id=booking_id,
        reservations=(
            services.StayChange(
                reservation_id=stay.id,
                arrival=arrival,
                departure=arrival + timedelta(days=wish["nights"]),
                room_type_id=house.types[wish["room_type"]].id,
                rate_plan_id=house.plans[wish["plan"]].id,
                adults=wish["adults"],
            ),
        ),
    )
    before, revision = product_nights(booking_id), Booking.objects.get(id=booking_id).revision

    preview = services.preview_amendment(command, caller=house.guest)
    outcome = services.amend_booking(command, caller=house.guest, key=fresh_key(), expected_revision=revision)

    after = product_nights(booking_id)
    assert outcome.code == "amended"
    for place in before.keys() & after.keys():
        if before[place][0] == after[place][0]:
            assert after[place] == before[place]
    require_sums(booking_id)
    total = orjson.loads(outcome.body)["total"]
    assert total == {"amount": preview.total.after.amount, "currency": preview.total.after.currency}
    assert total["amount"] == money.from_minor(Booking.objects.get(id=booking_id).total_minor, total["currency"]).amount
