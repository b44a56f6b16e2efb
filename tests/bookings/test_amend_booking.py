"""Changing a booking: kept nights keep their price, only the difference takes rooms."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, ReservationNight
from apps.inventory.models import Hold, Movement
from apps.platform import clock
from apps.platform.errors import Invalid
from apps.platform.models import AuditEntry, OutboxMessage
from tests.bookings.amending import ONE_DAY, amend, booked, change, prices, set_price, stay_of, taken
from tests.bookings.orders import caller_of, fresh_key
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import ChargeFactory, RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def front_desk(double: Any) -> accounts.Caller:
    return caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)


# Dates and prices -----------------------------------------------------------------------------------------------------


def test_an_extension_keeps_the_old_nights_at_their_price_and_adds_the_new_ones_at_todays(
    guest: accounts.Caller, double: Any
) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    set_price(double, stay.arrival, 12_345)

    code, view = amend(change(booking_id, departure=stay.departure + 2 * ONE_DAY), guest)

    assert (code, view["revision"], view["status"]) == ("amended", 2, "confirmed")
    assert prices(booking_id) == [10_000] * 3 + [12_345] * 2
    assert view["total"]["amount"] == "546.90"
    assert [night["source"] for night in view["reservations"][0]["nights"]] == ["rate_plan"] * 3 + ["date"] * 2
    assert set(taken(double).values()) == {(1, 0)}
    assert len(taken(double)) == 5
    assert services.check_invariants() == ()


def test_moving_the_dates_gives_and_takes_only_what_differs(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    told = Movement.objects.count()

    amend(change(booking_id, arrival=stay.arrival + ONE_DAY, departure=stay.departure + ONE_DAY), guest)

    rows = Movement.objects.order_by("id")[told:]
    assert [(row.arrival, row.departure, row.sold_delta, row.cause) for row in rows] == [
        (stay.arrival, stay.arrival + ONE_DAY, -1, "amend"),
        (stay.departure, stay.departure + ONE_DAY, 1, "amend"),
    ]
    assert sorted(taken(double)) == [stay.arrival + day * ONE_DAY for day in (1, 2, 3)]
    assert services.check_invariants() == ()


def test_a_stay_is_not_in_its_own_way_in_the_last_room(guest: accounts.Caller) -> None:
    single = RoomTypeFactory.create(room_count=1)
    booking_id = booked(guest, single)
    stay = stay_of(booking_id)

    code, _ = amend(change(booking_id, arrival=stay.arrival - ONE_DAY, departure=stay.departure + ONE_DAY), guest)

    assert code == "amended"
    assert len(taken(single)) == 5


def test_a_shorter_stay_gives_nights_back_and_charges_less(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    set_price(double, stay.arrival, 99_999)

    _, view = amend(change(booking_id, departure=stay.arrival + ONE_DAY), guest)

    assert view["total"]["amount"] == "100.00"
    assert list(taken(double)) == [stay.arrival]
    assert not ReservationNight.objects.filter(night__gt=stay.arrival).exists()
    assert services.check_invariants() == ()


def test_another_occupancy_is_priced_anew_in_the_same_room(guest: accounts.Caller) -> None:
    single = RoomTypeFactory.create(room_count=1, included_adults=1, extra_adult_minor=2_000, max_adults=3)
    booking_id = booked(guest, single)
    told = Movement.objects.count()

    _, view = amend(change(booking_id, adults=3), guest)

    assert prices(booking_id) == [14_000] * 3
    assert view["reservations"][0]["adults"] == 3
    assert Movement.objects.count() == told


def test_another_room_type_exchanges_every_night(guest: accounts.Caller, double: Any) -> None:
    suite = RoomTypeFactory.create(hotel=double.hotel, base_rate_minor=25_000)
    booking_id = booked(guest, double)

    _, view = amend(change(booking_id, room_type_id=suite.id), guest)

    assert view["total"]["amount"] == "750.00"
    assert view["reservations"][0]["room_type"]["code"] == suite.code
    assert (taken(double), set(taken(suite).values())) == ({}, {(1, 0)})
    assert services.check_invariants() == ()


def test_two_rooms_swap_their_types_though_both_are_full(guest: accounts.Caller) -> None:
    one = RoomTypeFactory.create(room_count=1)
    other = RoomTypeFactory.create(hotel=one.hotel, room_count=1)
    booking_id = booked(guest, one, other)
    swap = services.AmendBooking(
        booking_id=booking_id,
        reservations=tuple(
            services.StayChange(reservation_id=stay_of(booking_id, position).id, room_type_id=room_type.id)
            for position, room_type in ((1, other), (2, one))
        ),
    )

    code, _ = amend(swap, guest)

    assert code == "amended"
    assert stay_of(booking_id, 1).room_type_id == other.id
    assert set(taken(one).values()) == set(taken(other).values()) == {(1, 0)}
    assert services.check_invariants() == ()


def test_another_plan_brings_its_price_and_its_terms(guest: accounts.Caller, double: Any) -> None:
    advance = RatePlanFactory.create(
        hotel=double.hotel,
        code="ADV",
        percent=80,
        prepayment_percent=50,
        cancellation_tiers=[{"days_before": None, "at": None, "penalty": {"percent": "100"}}],
    )
    booking_id = booked(guest, double)

    _, view = amend(change(booking_id, rate_plan_id=advance.id), guest)

    stay = stay_of(booking_id)
    assert (stay.total_minor, stay.due_now_minor) == (24_000, 12_000)
    assert [step["penalty_minor"] for step in stay.cancellation_terms] == [24_000]
    assert view["amounts"]["due_now"]["amount"] == "120.00"
    assert view["cancellation"]["timeline"][0]["penalty"]["amount"] == "240.00"


def test_taxes_and_fees_are_those_of_the_new_stay(guest: accounts.Caller, double: Any) -> None:
    ChargeFactory.create(hotel=double.hotel)
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)

    _, view = amend(change(booking_id, departure=stay.departure + ONE_DAY), guest)

    assert view["reservations"][0]["taxes"][0]["amount"]["amount"] == "16.00"
    assert view["total"]["amount"] == "416.00"
    assert services.check_invariants() == ()


# States ---------------------------------------------------------------------------------------------------------------


def test_a_pending_booking_holds_its_new_nights_until_the_same_moment(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double, confirm=False)
    stay, until = stay_of(booking_id), Booking.objects.get().hold_expires_at

    code, view = amend(change(booking_id, departure=stay.departure + ONE_DAY), guest)

    hold = Hold.objects.get()
    assert (code, view["status"]) == ("amended", "pending")
    assert (hold.arrival, hold.departure, hold.expires_at) == (stay.arrival, stay.departure + ONE_DAY, until)
    assert set(taken(double).values()) == {(0, 1)}
    assert services.check_invariants() == ()


def test_a_hold_that_is_over_cannot_be_amended(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double, confirm=False)
    until = Booking.objects.get().hold_expires_at
    assert until is not None

    with clock.moved_to(until - timedelta(seconds=1)):
        in_time, _ = amend(change(booking_id, guest_name="Bob"), guest)
    with clock.moved_to(until):
        late, _ = amend(change(booking_id, guest_name="Carol"), guest)

    assert (in_time, late) == ("amended", "hold_expired")


@pytest.fixture
def in_house(guest: accounts.Caller, double: Any, front_desk: accounts.Caller) -> UUID:
    """A booking whose guest has been in the house for two of five nights; the clock is moved along by the tests."""
    booking_id = booked(guest, double, days_ahead=0, nights=5)
    services.check_in(services.CheckIn(reservation_id=stay_of(booking_id).id), caller=front_desk, key=fresh_key())
    return booking_id


def test_a_guest_in_the_house_stays_longer(in_house: UUID, double: Any, front_desk: accounts.Caller) -> None:
    stay = stay_of(in_house)
    set_price(double, stay.arrival, 20_000)

    with clock.moved_to(clock.now() + 2 * ONE_DAY):
        code, _ = amend(change(in_house, departure=stay.departure + ONE_DAY), front_desk)

    assert code == "amended"
    assert prices(in_house) == [10_000] * 5 + [20_000]
    assert services.check_invariants() == ()


def test_a_guest_in_the_house_leaves_earlier_but_not_before_today(
    in_house: UUID, double: Any, front_desk: accounts.Caller
) -> None:
    stay = stay_of(in_house)

    with clock.moved_to(clock.now() + 2 * ONE_DAY):
        with pytest.raises(Invalid) as refused:
            amend(change(in_house, departure=stay.arrival + ONE_DAY), front_desk)
        code, _ = amend(change(in_house, departure=stay.arrival + 2 * ONE_DAY), front_desk)

    assert refused.value.items[0]["pointer"] == "/reservations/0/departure"
    assert code == "amended"
    assert len(taken(double)) == 2
    assert services.check_invariants() == ()


def test_a_stay_in_the_house_keeps_a_night(guest: accounts.Caller, in_house: UUID, front_desk: accounts.Caller) -> None:
    stay = stay_of(in_house)

    with pytest.raises(Invalid) as refused:
        amend(change(in_house, departure=stay.arrival), front_desk)

    assert refused.value.items[0]["pointer"] == "/reservations/0/departure"


def test_who_has_arrived_does_not_arrive_on_another_date(in_house: UUID, front_desk: accounts.Caller) -> None:
    stay = stay_of(in_house)

    with pytest.raises(Invalid) as refused:
        amend(change(in_house, arrival=stay.arrival + ONE_DAY), front_desk)

    assert refused.value.items[0]["pointer"] == "/reservations/0/arrival"


def test_nights_that_are_over_keep_price_and_type_when_a_guest_in_the_house_changes_rooms(
    in_house: UUID, double: Any, front_desk: accounts.Caller
) -> None:
    suite = RoomTypeFactory.create(hotel=double.hotel, base_rate_minor=25_000)

    with clock.moved_to(clock.now() + 2 * ONE_DAY):
        code, _ = amend(change(in_house, room_type_id=suite.id), front_desk)

    assert code == "amended"
    assert prices(in_house) == [10_000] * 2 + [25_000] * 3
    assert (len(taken(double)), len(taken(suite))) == (2, 3)
    assert services.check_invariants() == ()


def test_what_is_over_cannot_be_amended(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())

    of_room = amend(change(booking_id, guest_name="Bob"), guest)
    of_words = amend(services.AmendBooking(booking_id=booking_id, special_requests="Quiet"), guest)

    for code, refusal in (of_room, of_words):
        assert (code, refusal["status"], refusal["allowed"]) == ("invalid_transition", "canceled", [])


def test_one_room_is_amended_where_another_is_canceled(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double, double)
    services.cancel_reservation(
        services.CancelReservation(reservation_id=stay_of(booking_id, 1).id), caller=guest, key=fresh_key()
    )
    stay = stay_of(booking_id, 2)

    code, view = amend(change(booking_id, 2, departure=stay.departure + ONE_DAY), guest)
    refused, _ = amend(change(booking_id, 1, departure=stay.departure + ONE_DAY), guest)

    assert (code, refused) == ("amended", "invalid_transition")
    assert view["total"]["amount"] == "700.00"
    assert view["cancellation"]["timeline"][-1]["penalty"]["amount"] == "400.00"
    assert services.check_invariants() == ()


# Words, people, history -----------------------------------------------------------------------------------------------


def test_words_and_names_need_neither_prices_nor_rooms(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    set_price(double, stay_of(booking_id).arrival, 99_999)
    told = Movement.objects.count()
    command = replace(
        change(booking_id, guest_name="Grace Hopper"),
        booker=services.Booker(full_name="Bob", email="bob@guests.example", phone="+351 1"),
        special_requests="A quiet room",
    )

    _, view = amend(command, guest)

    booking = Booking.objects.get()
    assert view["booker"] == {"full_name": "Bob", "email": "bob@guests.example", "phone": "+351 1"}
    assert (view["reservations"][0]["guest"]["full_name"], view["special_requests"]) == (
        "Grace Hopper",
        "A quiet room",
    )
    assert (booking.booker_name, booking.special_requests, booking.revision) == ("Bob", "A quiet room", 2)
    assert prices(booking_id) == [10_000] * 3
    assert Movement.objects.count() == told


def test_what_is_as_it_was_makes_no_revision(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    stay, told = stay_of(booking_id), OutboxMessage.objects.count()

    code, view = amend(change(booking_id, departure=stay.departure, adults=2), guest)

    assert (code, view["revision"]) == ("amended", 1)
    assert OutboxMessage.objects.count() == told


def test_the_event_and_the_history_say_what_changed(
    guest: accounts.Caller, double: Any, front_desk: accounts.Caller
) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)

    amend(change(booking_id, departure=stay.departure + ONE_DAY, adults=1), guest)

    event = OutboxMessage.objects.get(topic="booking.amended")
    assert event.payload["data"]["changes"] == ["departure", "occupancy", "total"]
    assert event.sequence == 2
    last = services.read_history(booking_id, caller=front_desk)[-1]
    assert (last.action, last.total_delta.amount) == ("amend", "100.00")
    assert [(delta.date, delta.rooms) for delta in last.nights_delta] == [(stay.departure, 1)]
    assert last.changes["1.departure"] == {"before": stay.departure, "after": stay.departure + ONE_DAY}
    assert not AuditEntry.objects.filter(operation="bookings.amend").exists()


def test_the_audit_log_tells_what_staff_have_amended_and_names_nobody(
    guest: accounts.Caller, double: Any, front_desk: accounts.Caller
) -> None:
    booking_id = booked(guest, double, double)
    stay = stay_of(booking_id)

    amend(change(booking_id, departure=stay.departure + ONE_DAY, guest_name="Grace Hopper"), front_desk)

    room, booking = AuditEntry.objects.filter(operation="bookings.amend").order_by("id")
    assert (room.object_id, room.after["departure"]) == (
        f"{booking_id}/{stay.id}",
        (stay.departure + ONE_DAY).isoformat(),
    )
    assert booking.after["changes"] == ["departure", "guest", "total"]
    assert "Grace" not in str([room.before, room.after, booking.before, booking.after])
