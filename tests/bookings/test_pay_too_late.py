"""Money for a booking that is over: it gets its rooms back, or the money goes back. Never neither, never both."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Payment, Refund, Reservation, ReservationNight
from apps.inventory.models import Hold, RoomNight
from apps.platform import clock
from apps.platform.money import Money
from tests.bookings.orders import caller_of, fresh_key
from tests.bookings.paying import heard, let_handlers_run, money_of, paid, payment_in, placed, topics, with_deposit
from tests.bookings.provider import LocalProvider
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


def expire() -> None:
    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        assert services.expire_overdue_holds() == 1


def begun(guest: accounts.Caller, room_type: Any, **fields: Any) -> tuple[UUID, dict[str, Any]]:
    """A booking with a payment at which the guest has still to do something."""
    booking_id = placed(guest, room_type)
    return booking_id, payment_in(paid(booking_id, guest, method="tok_action", **fields))


def approve(provider: LocalProvider, payment: dict[str, Any]) -> None:
    """The guest does it, and the platform hears of it."""
    provider.answer(payment["action_url"], "approve")
    heard(provider.messages(payment["id"], kind="payment.captured")[0])


def test_an_expired_booking_gets_its_rooms_back_at_its_price(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id, payment = begun(guest, with_deposit(50))
    expire()

    approve(provider, payment)

    view = services.get_booking(booking_id)
    assert (view.status, view.total.amount, view.amounts.paid.amount) == ("confirmed", "300.00", "150.00")
    assert not ReservationNight.objects.filter(released_at__isnull=False).exists()
    assert {(night.sold, night.held) for night in RoomNight.objects.exclude(sold=0, held=0)} == {(1, 0)}
    assert topics()[-3:] == ["payment.captured", "booking.reinstated", "booking.confirmed"]
    assert Reservation.objects.get().confirmed_at is not None
    let_handlers_run()
    assert money_of(booking_id) == 15_000
    assert services.check_invariants(unpruned=True) == ()


def test_where_a_room_is_gone_the_money_goes_back(guest: accounts.Caller, provider: LocalProvider) -> None:
    double = with_deposit(50, room_count=1)
    booking_id, payment = begun(guest, double)
    expire()
    another = placed(caller_of(UserFactory.create()), double, nights=1)

    approve(provider, payment)
    let_handlers_run()

    assert services.get_booking(booking_id).status == "expired"
    assert services.get_booking(another).status == "pending"
    assert money_of(booking_id) == 0
    assert provider.knows(payment["id"])["refunded_minor"] == 15_000
    assert services.get_payments(booking_id).results[0].state == "refunded"
    assert topics()[-3:] == ["payment.captured", "payment.refund_requested", "payment.refunded"]
    assert services.check_invariants(unpruned=True) == ()


def test_a_hold_that_is_over_itself_does_not_keep_the_room_from_who_has_paid(
    guest: accounts.Caller, provider: LocalProvider
) -> None:
    double = with_deposit(50, room_count=1)
    booking_id, payment = begun(guest, double)
    expire()
    another = placed(caller_of(UserFactory.create()), double)

    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        provider.answer(payment["action_url"], "approve")
        told = provider.messages(payment["id"], kind="payment.captured")[0]
        heard(provider.message(told.payment, event_id="evt_late", at=int(clock.now().timestamp())))

    assert services.get_booking(booking_id).status == "confirmed"
    assert services.get_booking(another).status == "expired"


def test_as_long_as_nobody_has_swept_the_hold_up_its_rooms_are_still_there(
    guest: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id, payment = begun(guest, with_deposit(50))
    provider.answer(payment["action_url"], "approve")
    told = provider.messages(payment["id"], kind="payment.captured")[0]

    with clock.moved_to(clock.now() + timedelta(minutes=20)):
        heard(provider.message(told.payment, event_id="evt_late", at=int(clock.now().timestamp())))

    assert services.get_booking(booking_id).status == "confirmed"
    assert "booking.reinstated" not in topics()
    assert not Hold.objects.exists()


def test_less_than_what_was_due_buys_nothing_back(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id, payment = begun(guest, with_deposit(50), amount=Money(amount="100.00", currency="EUR"))
    expire()

    approve(provider, payment)
    let_handlers_run()

    assert services.get_booking(booking_id).status == "expired"
    assert money_of(booking_id) == 0


def test_a_stay_whose_first_day_is_over_is_not_given_back(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id, payment = begun(guest, with_deposit(50))
    expire()
    provider.answer(payment["action_url"], "approve")
    told = provider.messages(payment["id"], kind="payment.captured")[0]

    with clock.moved_to(clock.now() + timedelta(days=12)):
        heard(provider.message(told.payment, event_id="evt_late", at=int(clock.now().timestamp())))

    assert services.get_booking(booking_id).status == "expired"
    assert Refund.objects.get().amount_minor == 15_000


def test_part_of_a_deposit_goes_back_when_the_hold_is_over(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))
    paid(booking_id, guest, amount=Money(amount="100.00", currency="EUR"))

    expire()
    let_handlers_run()

    assert money_of(booking_id) == 0
    assert services.get_payments(booking_id).results[0].refunds[0].cause == "expired"


def test_who_has_canceled_gets_the_money_back_and_no_room(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id, payment = begun(guest, with_deposit(50))
    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())

    approve(provider, payment)
    let_handlers_run()

    assert services.get_booking(booking_id).status == "canceled"
    assert money_of(booking_id) == 0
    assert not RoomNight.objects.exclude(sold=0, held=0).exists()


def test_a_payment_under_way_is_given_up_with_its_booking(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id, payment = begun(guest, with_deposit(50))

    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())
    let_handlers_run()
    provider.answer(payment["action_url"], "approve")

    assert provider.knows(payment["id"])["state"] == "voided"
    assert provider.knows(payment["id"])["captures"] == 0
    assert Payment.objects.get().state == "voided"
