"""From pending to the end: confirm, cancel, check in, check out, no-show, expire."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.inventory.models import Hold, Hotel, RoomNight
from apps.platform import clock
from apps.platform.errors import Denied, NotFound
from apps.platform.models import OutboxMessage
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

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


def placed(caller: accounts.Caller, *room_types: Any, **fields: Any) -> UUID:
    """The id of a booking that was just placed."""
    outcome = services.place_booking(order(*room_types, **fields), caller=caller, key=fresh_key())
    return UUID(orjson.loads(outcome.body)["id"])


def confirmed(caller: accounts.Caller, *room_types: Any, **fields: Any) -> UUID:
    return placed(caller, *room_types, confirm=True, **fields)


def stay_of(booking_id: UUID) -> Reservation:
    return Reservation.objects.get(booking_id=booking_id)


def counters() -> tuple[int, int]:
    """Nights sold and nights held, over everything."""
    nights = RoomNight.objects.values_list("sold", "held")
    return sum(sold for sold, _ in nights), sum(held for _, held in nights)


def test_confirming_sells_what_was_held(guest: accounts.Caller, double: Any) -> None:
    booking_id = placed(guest, double, double)

    outcome = services.confirm_booking(services.ConfirmBooking(booking_id=booking_id), caller=guest, key=fresh_key())

    view = orjson.loads(outcome.body)
    assert (outcome.code, view["status"], view["revision"]) == ("confirmed", "confirmed", 2)
    assert view["hold_expires_at"] is None
    assert counters() == (6, 0)
    assert not Hold.objects.exists()
    assert OutboxMessage.objects.filter(topic="booking.confirmed", sequence=2).count() == 1


def test_confirming_twice_with_one_key_confirms_once(guest: accounts.Caller, double: Any) -> None:
    command, key = services.ConfirmBooking(booking_id=placed(guest, double)), fresh_key()

    first = services.confirm_booking(command, caller=guest, key=key)
    second = services.confirm_booking(command, caller=guest, key=key)

    assert second.body == first.body
    assert second.replayed
    assert counters() == (3, 0)


def test_confirming_twice_with_two_keys_is_an_invalid_transition(guest: accounts.Caller, double: Any) -> None:
    command = services.ConfirmBooking(booking_id=placed(guest, double))
    services.confirm_booking(command, caller=guest, key=fresh_key())

    again = services.confirm_booking(command, caller=guest, key=fresh_key())

    refusal = orjson.loads(again.body)
    assert (again.code, refusal["status"], refusal["allowed"]) == (
        "invalid_transition",
        "confirmed",
        ["amend", "cancel", "check_in", "no_show"],
    )


def test_a_hold_that_is_over_cannot_be_confirmed_even_while_no_sweeper_runs(
    guest: accounts.Caller, double: Any
) -> None:
    booking_id = placed(guest, double)
    expires_at = Booking.objects.get().hold_expires_at
    assert expires_at is not None

    with clock.moved_to(expires_at):
        outcome = services.confirm_booking(
            services.ConfirmBooking(booking_id=booking_id), caller=guest, key=fresh_key()
        )

    assert outcome.code == "hold_expired"
    assert counters() == (0, 3)


def test_the_sweeper_expires_a_hold_once_and_tells_so(guest: accounts.Caller, double: Any) -> None:
    placed(guest, double, double)

    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        swept = [services.expire_overdue_holds(), services.expire_overdue_holds()]

    assert swept == [1, 0]
    assert set(Reservation.objects.values_list("status", flat=True)) == {"expired"}
    assert not ReservationNight.objects.filter(released_at__isnull=True).exists()
    assert counters() == (0, 0)
    assert OutboxMessage.objects.filter(topic="booking.expired").count() == 1


def test_an_overdue_hold_blocks_nobody_while_no_sweeper_runs(guest: accounts.Caller) -> None:
    single = RoomTypeFactory.create(room_count=1)
    placed(guest, single)

    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        outcome = services.place_booking(order(single), caller=caller_of(UserFactory.create()), key=fresh_key())

    assert outcome.code == "booked"
    assert counters() == (0, 3)
    assert sorted(Reservation.objects.values_list("status", flat=True)) == ["expired", "pending"]


def test_canceling_gives_every_night_back(guest: accounts.Caller, double: Any) -> None:
    pending, sold = placed(guest, double, double), confirmed(guest, double)

    for booking_id in (pending, sold):
        outcome = services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())
        assert outcome.code == "canceled"

    assert counters() == (0, 0)
    assert not Hold.objects.exists()
    assert Booking.objects.filter(hold_expires_at__isnull=False).count() == 0


def test_a_second_cancel_gives_nothing_back_again(guest: accounts.Caller, double: Any) -> None:
    booking_id = confirmed(guest, double)
    confirmed(guest, double)
    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())

    again = services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())

    assert again.code == "invalid_transition"
    assert counters() == (3, 0)


def test_the_penalty_shown_is_the_one_that_cancel_expects(guest: accounts.Caller, double: Any) -> None:
    booking_id = confirmed(guest, double)
    arrival_at = services.get_booking(booking_id).cancellation.timeline[0]["until"]
    assert arrival_at is not None

    before = services.preview_cancellation(booking_id, caller=guest)
    with clock.moved_to(arrival_at):
        after = services.preview_cancellation(booking_id, caller=guest)
        refused = services.cancel_booking(
            services.CancelBooking(booking_id=booking_id, expected_penalty=before.penalty),
            caller=guest,
            key=fresh_key(),
        )
        accepted = services.cancel_booking(
            services.CancelBooking(booking_id=booking_id, expected_penalty=after.penalty),
            caller=guest,
            key=fresh_key(),
        )

    assert (before.penalty.amount, after.penalty.amount) == ("0.00", "300.00")
    assert orjson.loads(refused.body)["penalty"] == {"amount": "300.00", "currency": "EUR"}
    assert (refused.code, accepted.code) == ("penalty_changed", "canceled")


def test_a_guest_checks_in_on_the_day_of_arrival_and_not_before(
    guest: accounts.Caller, double: Any, front_desk: accounts.Caller
) -> None:
    command = services.CheckIn(reservation_id=stay_of(confirmed(guest, double, days_ahead=1)).id)

    early = services.check_in(command, caller=front_desk, key=fresh_key())
    with clock.moved_to(clock.now() + timedelta(days=1)):
        on_the_day = services.check_in(command, caller=front_desk, key=fresh_key())

    assert (early.code, on_the_day.code) == ("too_early", "checked_in")
    assert counters() == (3, 0)


def test_an_early_departure_frees_the_nights_that_are_left(
    guest: accounts.Caller, double: Any, front_desk: accounts.Caller
) -> None:
    stay = stay_of(confirmed(guest, double, days_ahead=0, nights=4))
    services.check_in(services.CheckIn(reservation_id=stay.id), caller=front_desk, key=fresh_key())

    with clock.moved_to(clock.now() + timedelta(days=2)):
        outcome = services.check_out(services.CheckOut(reservation_id=stay.id), caller=front_desk, key=fresh_key())

    assert outcome.code == "checked_out"
    assert counters() == (2, 0)
    assert ReservationNight.objects.filter(released_at__isnull=False).count() == 2
    assert OutboxMessage.objects.filter(topic="stay.completed").count() == 1


def test_a_no_show_keeps_the_first_night_sold(guest: accounts.Caller, double: Any, front_desk: accounts.Caller) -> None:
    Hotel.objects.update(no_show_nights="at_once")
    stay = stay_of(confirmed(guest, double, days_ahead=0, nights=4))

    outcome = services.record_no_show(services.RecordNoShow(reservation_id=stay.id), caller=front_desk, key=fresh_key())

    assert outcome.code == "no_show"
    assert counters() == (1, 0)


def test_others_do_not_know_that_a_booking_exists(guest: accounts.Caller, double: Any) -> None:
    booking_id = placed(guest, double)
    stranger = caller_of(UserFactory.create())
    elsewhere = caller_of(
        MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=RoomTypeFactory.create().hotel_id).user
    )

    for caller in (stranger, elsewhere):
        with pytest.raises(NotFound):
            services.read_booking(booking_id, caller=caller)
        with pytest.raises(NotFound):
            services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=caller, key=fresh_key())
        with pytest.raises(NotFound):
            services.check_in(services.CheckIn(reservation_id=stay_of(booking_id).id), caller=caller, key=fresh_key())

    assert counters() == (0, 3)


def test_a_guest_sees_the_own_booking_but_cannot_check_in(guest: accounts.Caller, double: Any) -> None:
    stay = stay_of(confirmed(guest, double, days_ahead=0))

    with pytest.raises(Denied):
        services.check_in(services.CheckIn(reservation_id=stay.id), caller=guest, key=fresh_key())

    assert stay_of(stay.booking_id).status == "confirmed"


def test_staff_are_not_capped_in_their_hotel(double: Any, front_desk: accounts.Caller) -> None:
    RoomNight.objects.update(physical=20)

    placed_ids = {placed(front_desk, double) for _ in range(6)}

    assert len(placed_ids) == 6
