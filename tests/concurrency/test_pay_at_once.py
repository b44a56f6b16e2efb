"""Money at the same moment: two payments, one key many times, a message beside the sweeper, two refunds."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Payment, Refund
from apps.inventory.models import Hold
from apps.platform import clock
from apps.platform.idempotency import Outcome, RequestInProgress
from apps.platform.money import Money
from tests.bookings.orders import caller_of, fresh_key
from tests.bookings.paying import heard, let_handlers_run, money_of, paid, payment_in, placed, topics, with_deposit
from tests.bookings.provider import SECRET, LocalProvider, local_provider
from tests.concurrency.crowd import all_at_once
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def running() -> Iterator[LocalProvider]:
    with local_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: LocalProvider, settings: Any) -> LocalProvider:
    settings.PAYMENT_PROVIDER_URL, settings.PAYMENT_PROVIDER_SECRET = running.url, SECRET
    return running


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


def pay(booking_id: UUID, guest: accounts.Caller, key: str, **fields: Any) -> str:
    try:
        return paid(booking_id, guest, key=key, **fields).code
    except RequestInProgress:
        return "request_in_progress"


def test_two_payments_at_once_take_what_is_owed_once(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(100))

    codes = all_at_once(*[partial(pay, booking_id, guest, fresh_key()) for _ in range(6)])

    assert Counter(codes)["payment_begun"] == 1
    assert set(codes) <= {"payment_begun", "payment_in_progress", "nothing_due"}
    assert money_of(booking_id) == 30_000
    assert services.check_invariants(unpruned=True) == ()


def test_one_key_many_times_at_once_pays_once(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id, key = placed(guest, with_deposit(50)), fresh_key()

    codes = all_at_once(*[partial(pay, booking_id, guest, key) for _ in range(8)])

    assert set(codes) <= {"payment_begun", "request_in_progress"}
    payment = Payment.objects.get()
    assert (payment.captured_minor, provider.knows(payment.id)["captures"]) == (15_000, 1)
    assert topics().count("booking.confirmed") == 1


@pytest.mark.parametrize("attempt", range(6))
def test_a_message_beside_the_sweeper_ends_with_the_room_or_with_the_money(
    guest: accounts.Caller, provider: LocalProvider, attempt: int
) -> None:
    double = with_deposit(50, room_count=1)
    booking_id = placed(guest, double)
    payment = payment_in(paid(booking_id, guest, method="tok_action"))
    provider.answer(payment["action_url"], "approve")
    told = provider.messages(payment["id"], kind="payment.captured")[0]
    Booking.objects.update(hold_expires_at=clock.now())
    Hold.objects.update(expires_at=clock.now())
    others = [caller_of(UserFactory.create()) for _ in range(2)]

    def another(caller: accounts.Caller) -> object:
        from tests.bookings.orders import order

        return services.place_booking(order(double), caller=caller, key=fresh_key())

    jobs: list[Any] = [partial(heard, told), services.expire_overdue_holds, *(partial(another, one) for one in others)]
    all_at_once(*jobs)
    let_handlers_run()

    ends = (services.get_booking(booking_id).status, money_of(booking_id))
    assert ends in {("confirmed", 15_000), ("expired", 0)}
    assert Booking.objects.filter(reservations__status__in=["pending", "confirmed"]).count() == 1
    assert services.check_invariants(unpruned=True) == ()


def test_the_same_message_many_times_at_once_is_applied_once(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(50))
    payment = payment_in(paid(booking_id, guest, method="tok_action"))
    provider.answer(payment["action_url"], "approve")
    told = provider.messages(payment["id"], kind="payment.captured")[0]

    answers = all_at_once(*[partial(heard, told) for _ in range(6)])

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert topics().count("payment.captured") == 1
    assert money_of(booking_id) == 15_000


def test_two_refunds_at_once_give_back_no_more_than_came(guest: accounts.Caller, provider: LocalProvider) -> None:
    double = with_deposit(100)
    desk = caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)
    booking_id = placed(guest, double)
    paid(booking_id, guest)

    def refund() -> Outcome:
        amount = Money(amount="200.00", currency="EUR")
        command = services.RefundBooking(booking_id=booking_id, reason="Noise", amount=amount)
        return services.refund_booking(command, caller=desk, key=fresh_key())

    codes = [outcome.code for outcome in all_at_once(refund, refund, refund)]
    let_handlers_run()

    assert sorted(codes) == ["amount_too_high", "amount_too_high", "refunding"]
    assert Refund.objects.get().state == "refunded"
    assert money_of(booking_id) == 10_000


def test_one_refund_asked_for_by_many_workers_goes_back_once(guest: accounts.Caller, provider: LocalProvider) -> None:
    booking_id = placed(guest, with_deposit(100))
    payment = payment_in(paid(booking_id, guest))
    services.cancel_booking(services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key())
    services.settle_booking(booking_id, cause="canceled", key=fresh_key())
    refund = Refund.objects.get()

    def send() -> bool:
        try:
            return services.send_refund(refund.id)
        except RequestInProgress:
            return False

    all_at_once(*[send for _ in range(5)])

    refund.refresh_from_db()
    assert refund.state == "refunded"
    assert provider.knows(payment["id"])["refunded_minor"] == refund.amount_minor
    assert topics().count("payment.refunded") == 1
