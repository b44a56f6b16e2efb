"""Paying by a real provider in a process of its own: what comes of each card, of each key, and of each limit."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Payment, Reservation, Revision
from apps.platform import clock
from apps.platform.errors import Denied, Invalid, NotFound
from apps.platform.idempotency import IdempotencyKeyReused
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.bookings.orders import caller_of, fresh_key
from tests.bookings.paying import heard, let_handlers_run, money_of, paid, payment_in, placed, topics, with_deposit
from tests.bookings.provider import LocalProvider
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


def amounts_of(booking_id: Any) -> services.BookingView:
    return services.get_booking(booking_id)


def test_a_deposit_that_is_paid_confirms_the_booking(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))

    payment = payment_in(paid(booking_id, guest))

    view = services.get_booking(booking_id)
    assert (payment["state"], payment["captured"]) == ("captured", {"amount": "150.00", "currency": "EUR"})
    assert (view.status, view.hold_expires_at, view.revision) == ("confirmed", None, 2)
    assert (view.amounts.paid.amount, view.amounts.balance.amount) == ("150.00", "150.00")
    assert topics() == ["booking.placed", "payment.captured", "booking.confirmed"]
    assert Revision.objects.get(revision=2).actor == "system:payments"
    assert services.check_invariants(unpruned=True) == ()


def test_the_rest_is_paid_next(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))
    paid(booking_id, guest)

    second = payment_in(paid(booking_id, guest))

    assert second["amount"]["amount"] == "150.00"
    assert services.get_booking(booking_id).amounts.balance.amount == "0.00"
    assert paid(booking_id, guest).code == "nothing_due"


def test_the_same_key_pays_once_and_says_the_same(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id, key = placed(guest, with_deposit(50)), fresh_key()

    first = paid(booking_id, guest, key=key)
    second = paid(booking_id, guest, key=key)

    assert second.body == first.body
    assert second.replayed
    assert money_of(booking_id) == 15_000
    assert provider.knows(payment_in(first)["id"])["captures"] == 1


def test_a_declined_card_leaves_the_booking_as_it_is(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))

    payment = payment_in(paid(booking_id, guest, method="tok_declined"))

    view = services.get_booking(booking_id)
    assert (payment["state"], payment["failure"]) == ("failed", "card_declined")
    assert (view.status, view.revision) == ("pending", 1)
    assert topics() == ["booking.placed", "payment.failed"]
    assert payment_in(paid(booking_id, guest))["state"] == "captured"


def test_a_card_that_nobody_knows_is_a_failed_payment(guest: accounts.Caller, provider: LocalProvider) -> None:
    payment = payment_in(paid(placed(guest, with_deposit(50)), guest, method="tok_unheard_of"))

    assert (payment["state"], payment["failure"]) == ("failed", "not_accepted")


def test_what_is_asked_of_the_guest_leads_to_the_providers_page(
    guest: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, with_deposit(50))
    payment = payment_in(paid(booking_id, guest, method="tok_action"))
    assert payment["state"] == "requires_action"

    provider.answer(payment["action_url"], "approve")
    answer = heard(provider.messages(payment["id"], kind="payment.captured")[0])

    assert (answer.status_code, answer.json()) == (200, {"received": True, "applied": True})
    assert services.get_booking(booking_id).status == "confirmed"
    [after] = services.get_payments(booking_id).results
    assert (after.state, after.action_url) == ("captured", "")


def test_a_guest_who_declines_has_not_paid(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))
    payment = payment_in(paid(booking_id, guest, method="tok_action"))

    provider.answer(payment["action_url"], "decline")
    heard(provider.messages(payment["id"], kind="payment.failed")[0])

    assert services.get_booking(booking_id).status == "pending"
    assert services.get_payments(booking_id).results[0].state == "failed"


def test_money_that_is_put_aside_counts_and_is_taken_afterwards(
    guest: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, with_deposit(50))
    payment = payment_in(paid(booking_id, guest, method="tok_authorize"))
    assert payment["state"] == "authorized"

    confirmed = services.confirm_booking(services.ConfirmBooking(booking_id=booking_id), caller=guest, key=fresh_key())
    let_handlers_run()

    assert confirmed.code == "confirmed"
    assert services.get_payments(booking_id).results[0].state == "captured"
    assert money_of(booking_id) == 15_000


def test_money_that_is_put_aside_for_a_canceled_booking_is_let_go(
    guest: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, with_deposit(50))
    payment = payment_in(paid(booking_id, guest, method="tok_authorize"))

    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())
    let_handlers_run()

    assert provider.knows(payment["id"])["state"] == "voided"
    assert services.get_payments(booking_id).results[0].state == "voided"


def test_a_guest_cannot_confirm_what_is_not_paid(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))
    paid(booking_id, guest, amount=Money(amount="100.00", currency="EUR"))

    refused = services.confirm_booking(services.ConfirmBooking(booking_id=booking_id), caller=guest, key=fresh_key())

    assert refused.code == "payment_due"
    assert orjson.loads(refused.body)["due_now"]["amount"] == "50.00"
    assert services.get_booking(booking_id).status == "pending"


def test_paying_the_rest_of_the_deposit_confirms(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))
    paid(booking_id, guest, amount=Money(amount="100.00", currency="EUR"))

    second = payment_in(paid(booking_id, guest))

    assert second["amount"]["amount"] == "50.00"
    assert services.get_booking(booking_id).status == "confirmed"


def test_while_all_is_being_paid_nothing_more_is_taken(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(100))
    first = payment_in(paid(booking_id, guest, method="tok_later:30"))

    assert first["state"] == "created"
    assert paid(booking_id, guest).code == "payment_in_progress"


def test_nobody_pays_more_than_is_owed(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))

    refused = paid(booking_id, guest, amount=Money(amount="300.01", currency="EUR"))

    assert refused.code == "amount_too_high"
    assert orjson.loads(refused.body)["most"]["amount"] == "300.00"
    assert not Payment.objects.exists()


@pytest.mark.parametrize(("amount", "pointer"), [("1.00 USD", "/amount/currency"), ("0.00 EUR", "/amount/amount")])
def test_an_amount_is_something_in_the_bookings_currency(
    guest: accounts.Caller, provider: LocalProvider, amount: str, pointer: str
) -> None:
    value, currency = amount.split()

    with pytest.raises(Invalid) as refused:
        paid(placed(guest, with_deposit(50)), guest, amount=Money(amount=value, currency=currency))

    assert refused.value.items[0]["pointer"] == pointer


def test_a_hold_that_is_over_is_not_paid_for(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))

    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        assert paid(booking_id, guest).code == "hold_expired"

    assert not Payment.objects.exists()


def test_others_bookings_are_not_there(provider: LocalProvider, guest: accounts.Caller) -> None:
    booking_id = placed(guest, with_deposit(50))

    with pytest.raises(NotFound):
        paid(booking_id, caller_of(UserFactory.create()))
    with pytest.raises(NotFound):
        services.read_payments(booking_id, caller=caller_of(UserFactory.create()))


def test_without_a_provider_nothing_is_begun(guest: accounts.Caller, settings: Any) -> None:
    settings.PAYMENT_PROVIDER_URL = ""

    with pytest.raises(services.PaymentsNotOffered):
        paid(placed(guest, with_deposit(50)), guest)

    assert not Payment.objects.exists()


def test_a_provider_that_is_away_is_asked_again_under_the_same_key(
    guest: accounts.Caller, provider: LocalProvider, settings: Any
) -> None:
    booking_id, key = placed(guest, with_deposit(50)), fresh_key()
    settings.PAYMENT_PROVIDER_URL = "http://127.0.0.1:9"
    with pytest.raises(services.PaymentsUnavailable):
        paid(booking_id, guest, key=key)
    settings.PAYMENT_PROVIDER_URL = provider.url

    payment = payment_in(paid(booking_id, guest, key=key))

    assert payment["state"] == "captured"
    assert Payment.objects.count() == 1
    assert services.get_booking(booking_id).status == "confirmed"


def test_the_key_of_an_unfinished_payment_belongs_to_it(
    guest: accounts.Caller, provider: LocalProvider, settings: Any
) -> None:
    booking_id, key = placed(guest, with_deposit(50)), fresh_key()
    settings.PAYMENT_PROVIDER_URL = "http://127.0.0.1:9"
    with pytest.raises(services.PaymentsUnavailable):
        paid(booking_id, guest, key=key)
    settings.PAYMENT_PROVIDER_URL = provider.url

    with pytest.raises(IdempotencyKeyReused):
        paid(booking_id, guest, key=key, amount=Money(amount="20.00", currency="EUR"))


def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_taken_twice(
    guest: accounts.Caller, provider: LocalProvider
) -> None:
    payment = payment_in(paid(placed(guest, with_deposit(50)), guest, method="tok_answer_lost"))

    assert payment["state"] == "captured"
    assert provider.knows(payment["id"])["captures"] == 1


def test_the_token_of_the_card_is_forgotten_once_it_is_used(guest: accounts.Caller, provider: LocalProvider) -> None:
    paid(placed(guest, with_deposit(50)), guest)

    assert Payment.objects.get().method == ""


# At the desk --------------------------------------------------------------------------------------------------------


def test_staff_take_cash_and_it_is_written_down(guest: accounts.Caller) -> None:
    double = with_deposit(50)
    desk = caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)
    booking_id = placed(guest, double)

    payment = payment_in(services.pay_at_desk(services.PayAtDesk(booking_id=booking_id), caller=desk, key=fresh_key()))

    assert (payment["provider"], payment["state"], payment["captured"]["amount"]) == ("desk", "captured", "150.00")
    assert services.get_booking(booking_id).status == "confirmed"
    entry = AuditEntry.objects.get(operation="bookings.pay_at_desk")
    assert (entry.actor, entry.after["amount_minor"]) == (desk.principal, 15_000)
    assert Revision.objects.get(booking_id=booking_id, revision=2).actor == desk.principal


def test_guests_take_no_cash(guest: accounts.Caller) -> None:
    with pytest.raises(Denied):
        services.pay_at_desk(
            services.PayAtDesk(booking_id=placed(guest, with_deposit(50))), caller=guest, key=fresh_key()
        )

    assert not Payment.objects.exists()


def test_a_booking_that_is_paid_at_the_hotel_owes_all_of_it(guest: accounts.Caller) -> None:
    booking_id = placed(guest, RoomTypeFactory.create(), confirm=True)

    amounts = services.get_booking(booking_id).amounts

    assert (amounts.paid.amount, amounts.balance.amount) == ("0.00", "300.00")
    assert Booking.objects.get().due_now_minor == 0
    assert Reservation.objects.get().status == "confirmed"
