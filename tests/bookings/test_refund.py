"""Giving money back: by itself where a booking or a room is over, by the staff else, and never more than came."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Payment, Refund, Reservation
from apps.inventory.models import RatePlan
from apps.platform import clock
from apps.platform.errors import Denied
from apps.platform.models import AuditEntry, OutboxMessage
from apps.platform.money import Money
from tests.bookings.orders import caller_of, fresh_key
from tests.bookings.paying import let_handlers_run, money_of, paid, payment_in, placed, topics, with_deposit
from tests.bookings.provider import LocalProvider
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


@pytest.fixture
def double() -> Any:
    """Paid in full before it is confirmed; to cancel always costs one night."""
    room_type = with_deposit(100)
    RatePlan.objects.filter(hotel_id=room_type.hotel_id).update(
        cancellation_tiers=[{"days_before": 365, "at": None, "penalty": {"nights": 1}}]
    )
    return room_type


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)


def cancel(booking_id: UUID, caller: accounts.Caller) -> None:
    outcome = services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=caller, key=fresh_key())
    assert outcome.code == "canceled"


def refund(booking_id: UUID, caller: accounts.Caller, amount: str = "", key: str = "") -> Any:
    command = services.RefundBooking(
        booking_id=booking_id,
        reason="Noise",
        amount=Money(amount=amount, currency="EUR") if amount else None,
    )
    return services.refund_booking(command, caller=caller, key=key or fresh_key())


def euros(booking_id: UUID) -> tuple[str, str]:
    """What is paid, and what is owed still."""
    amounts = services.get_booking(booking_id).amounts
    return amounts.paid.amount, amounts.balance.amount


def test_canceling_gives_back_what_came_but_for_the_penalty(
    guest: accounts.Caller, double: Any, provider: LocalProvider
) -> None:
    booking_id = placed(guest, double)
    payment = payment_in(paid(booking_id, guest))

    cancel(booking_id, guest)
    let_handlers_run()

    penalty = Reservation.objects.get().penalty_minor or 0
    assert penalty > 0
    assert money_of(booking_id) == penalty
    assert provider.knows(payment["id"])["refunded_minor"] == 30_000 - penalty
    assert euros(booking_id) == (f"{penalty / 100:.2f}", "0.00")
    assert services.check_invariants(unpruned=True) == ()


def test_a_canceled_room_gives_back_its_part(guest: accounts.Caller, double: Any, provider: LocalProvider) -> None:
    booking_id = placed(guest, double, double)
    paid(booking_id, guest)
    first = Reservation.objects.order_by("position")[0]

    services.cancel_reservation(services.CancelReservation(reservation_id=first.id), caller=guest, key=fresh_key())
    let_handlers_run()

    first.refresh_from_db()
    assert money_of(booking_id) == 30_000 + (first.penalty_minor or 0)
    assert euros(booking_id)[1] == "0.00"


def test_a_guest_who_does_not_come_gets_back_what_is_beyond_the_fee(
    guest: accounts.Caller, double: Any, desk: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, double, days_ahead=0)
    paid(booking_id, guest)
    stay = Reservation.objects.get()
    Reservation.objects.update(no_show_minor=12_000)

    outcome = services.record_no_show(services.RecordNoShow(reservation_id=stay.id), caller=desk, key=fresh_key())
    if outcome.code != "no_show":  # where the hotel's cutoff is still to come
        with clock.moved_to(clock.now() + timedelta(days=1)):
            outcome = services.record_no_show(
                services.RecordNoShow(reservation_id=stay.id), caller=desk, key=fresh_key()
            )
    let_handlers_run()

    assert outcome.code == "no_show"
    assert money_of(booking_id) == 12_000


def test_hearing_of_it_twice_gives_it_back_once(guest: accounts.Caller, double: Any, provider: LocalProvider) -> None:
    booking_id = placed(guest, double)
    payment = payment_in(paid(booking_id, guest))
    cancel(booking_id, guest)
    let_handlers_run()

    OutboxMessage.objects.update(done_at=None)
    let_handlers_run()

    assert Refund.objects.count() == 1
    assert provider.knows(payment["id"])["refunded_minor"] == Refund.objects.get().amount_minor
    assert topics().count("payment.refunded") == 1


def test_what_is_too_much_by_two_payments_goes_back(
    guest: accounts.Caller, double: Any, provider: LocalProvider
) -> None:
    booking_id = placed(guest, double)
    first = payment_in(paid(booking_id, guest, method="tok_action"))
    second = payment_in(paid(booking_id, guest))

    provider.answer(first["action_url"], "approve")
    services.reconcile_payments()
    with clock.moved_to(clock.now() + timedelta(minutes=2)):
        services.reconcile_payments()
    let_handlers_run()

    assert provider.knows(first["id"])["state"] == "refunded"
    assert provider.knows(second["id"])["state"] == "captured"
    assert euros(booking_id) == ("300.00", "0.00")
    assert Refund.objects.get().cause == "too_much"


# By the staff -------------------------------------------------------------------------------------------------------


def test_staff_give_back_what_they_want_and_say_why(
    guest: accounts.Caller, double: Any, desk: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, double)
    payment = payment_in(paid(booking_id, guest))

    outcome = refund(booking_id, desk, "40.00")
    let_handlers_run()

    shown = orjson.loads(outcome.body)["results"][0]["refunds"][0]
    assert (outcome.code, shown["state"], shown["amount"]["amount"]) == ("refunding", "created", "40.00")
    assert provider.knows(payment["id"])["refunded_minor"] == 4_000
    assert euros(booking_id) == ("260.00", "40.00")
    entry = AuditEntry.objects.get(operation="bookings.refund")
    assert (entry.actor, entry.reason, entry.after["amount_minor"]) == (desk.principal, "Noise", 4_000)


def test_the_same_key_gives_back_once(
    guest: accounts.Caller, double: Any, desk: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id, key = placed(guest, double), fresh_key()
    paid(booking_id, guest)

    first, second = refund(booking_id, desk, "40.00", key), refund(booking_id, desk, "40.00", key)

    assert second.body == first.body
    assert Refund.objects.count() == 1


def test_no_more_goes_back_than_came(
    guest: accounts.Caller, double: Any, desk: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, double)
    paid(booking_id, guest)

    outcomes = [refund(booking_id, desk, amount).code for amount in ("200.00", "100.01", "100.00", "0.01")]
    let_handlers_run()

    assert outcomes == ["refunding", "amount_too_high", "refunding", "nothing_to_refund"]
    assert money_of(booking_id) == 0


def test_guests_give_nothing_back(guest: accounts.Caller, double: Any, provider: LocalProvider) -> None:
    booking_id = placed(guest, double)
    paid(booking_id, guest)

    with pytest.raises(Denied):
        refund(booking_id, guest, "40.00")


def test_cash_goes_back_out_of_the_till_at_once(
    guest: accounts.Caller, double: Any, desk: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, double)
    services.pay_at_desk(services.PayAtDesk(booking_id=booking_id), caller=desk, key=fresh_key())
    cancel(booking_id, guest)
    let_handlers_run()
    before = euros(booking_id)

    outcome = refund(booking_id, desk)

    assert float(before[1]) < 0
    assert outcome.code == "refunding"
    assert euros(booking_id)[1] == "0.00"
    assert Refund.objects.get().state == "refunded"
    assert services.check_invariants(unpruned=True) == ()


def test_a_refund_that_the_provider_does_not_answer_is_asked_for_again(
    guest: accounts.Caller, double: Any, desk: accounts.Caller, provider: LocalProvider, settings: Any
) -> None:
    booking_id = placed(guest, double)
    paid(booking_id, guest)
    refund(booking_id, desk, "40.00")
    settings.PAYMENT_PROVIDER_URL = "http://127.0.0.1:9"
    let_handlers_run()
    settings.PAYMENT_PROVIDER_URL = provider.url

    with clock.moved_to(clock.now() + timedelta(minutes=2)):
        services.reconcile_payments()

    assert Refund.objects.get().state == "refunded"
    assert money_of(booking_id) == 26_000


def test_a_refund_that_the_provider_refuses_stays_in_sight(
    guest: accounts.Caller, double: Any, desk: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, double)
    payment_in(paid(booking_id, guest))
    Payment.objects.update(amount_minor=50_000, captured_minor=50_000)  # more than the provider knows of

    refund(booking_id, desk, "400.00")
    let_handlers_run()

    assert Refund.objects.get().state == "failed"
    assert money_of(booking_id) == 50_000
