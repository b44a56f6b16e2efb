"""A crash at any point of a payment, and messages that never come: the platform asks the provider itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.accounts import services as accounts
from apps.bookings import channels, services
from apps.bookings.models import Payment
from apps.bookings.services import _paying
from apps.platform import clock
from tests.bookings.orders import caller_of, fresh_key
from tests.bookings.paying import let_handlers_run, money_of, paid, payment_in, placed, with_deposit
from tests.bookings.provider import LocalProvider
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


class Crash(BaseException):
    """The process is gone."""


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


def later(minutes: int = 2) -> int:
    """What the job does when it next comes by."""
    with clock.moved_to(clock.now() + timedelta(minutes=minutes)):
        return services.reconcile_payments()


def crash_at(name: str, booking_id: UUID, guest: accounts.Caller, key: str = "") -> None:
    """Begin a payment, and die where this is called."""

    def crash(*_: object, **__: object) -> None:
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_paying, name, crash)
        with pytest.raises(Crash):
            paid(booking_id, guest, key=key)


def test_a_crash_before_the_provider_was_asked_is_made_up_for(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))
    crash_at("begun", booking_id, guest)
    assert not provider.has(Payment.objects.get().id)

    assert later() == 1

    assert money_of(booking_id) == 15_000
    assert services.get_booking(booking_id).status == "confirmed"


def test_a_crash_after_the_provider_was_asked_is_made_up_for(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id, key = placed(guest, with_deposit(50)), fresh_key()
    crash_at("receive", booking_id, guest, key)
    assert money_of(booking_id) == 0

    assert later() == 1

    assert money_of(booking_id) == 15_000
    assert services.get_booking(booking_id).status == "confirmed"
    assert payment_in(paid(booking_id, guest, key=key))["state"] == "captured"
    assert provider.knows(Payment.objects.get().id)["captures"] == 1


def test_the_same_key_goes_on_where_the_crash_was(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id, key = placed(guest, with_deposit(50)), fresh_key()
    crash_at("receive", booking_id, guest, key)

    payment = payment_in(paid(booking_id, guest, key=key))

    assert (payment["state"], Payment.objects.count()) == ("captured", 1)
    assert later() == 0


def test_a_wish_to_pay_for_what_is_over_meanwhile_is_not_carried_out(
    guest: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, with_deposit(50))
    crash_at("begun", booking_id, guest)
    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())

    later()

    payment = Payment.objects.get()
    assert (payment.state, payment.failure) == ("failed", "not_accepted")
    assert not provider.has(payment.id)


def test_what_nobody_tells_is_asked_for(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))
    payment = payment_in(paid(booking_id, guest, method="tok_action"))
    provider.answer(payment["action_url"], "approve")

    later()

    assert services.get_booking(booking_id).status == "confirmed"


def test_money_put_aside_is_taken_though_its_event_was_lost(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))
    paid(booking_id, guest, method="tok_authorize")

    later()
    let_handlers_run()

    assert money_of(booking_id) == 15_000
    assert services.get_booking(booking_id).status == "confirmed"


def test_what_is_asked_of_a_guest_for_a_day_is_given_up(guest: accounts.Caller, provider: LocalProvider) -> None:
    payment = payment_in(paid(placed(guest, with_deposit(50)), guest, method="tok_action"))

    later(minutes=25 * 60)

    assert provider.knows(payment["id"])["state"] == "voided"
    assert Payment.objects.get().state == "voided"


def test_what_is_not_over_is_asked_for_less_and_less_often(guest: accounts.Caller, provider: LocalProvider) -> None:
    paid(placed(guest, with_deposit(50)), guest, method="tok_action")

    asked = [later(minutes) for minutes in (0, 2, 2, 4, 5, 30)]

    assert asked == [0, 1, 0, 1, 0, 1]


def test_a_provider_that_is_away_stops_nothing(guest: accounts.Caller, provider: LocalProvider, settings: Any) -> None:
    paid(placed(guest, with_deposit(50)), guest, method="tok_action")
    settings.PAYMENT_PROVIDER_URL = "http://127.0.0.1:9"

    assert later() == 1

    assert Payment.objects.get().state == "requires_action"


@pytest.mark.parametrize("path", ["/v1/nothing", "/pay/nothing"])
def test_what_cannot_be_read_is_no_answer(provider: LocalProvider, settings: Any, path: str) -> None:
    settings.PAYMENT_PROVIDER_URL = provider.url + path
    asked = channels.provider()
    assert asked is not None

    with pytest.raises((channels.NoAnswer, channels.Refused)):
        asked.capture(Payment().id)
