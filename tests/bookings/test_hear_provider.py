"""What the provider tells: only from the provider, each thing once, in whatever order it comes."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Payment, ProviderEvent
from apps.platform import clock
from tests.bookings.orders import caller_of
from tests.bookings.paying import heard, money_of, paid, payment_in, placed, topics, with_deposit
from tests.bookings.provider import LocalProvider, Told
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


@pytest.fixture
def waiting(guest: accounts.Caller, provider: LocalProvider) -> dict[str, Any]:
    """A payment of 150.00 at which the guest has still to do something, as the provider knows it."""
    payment = payment_in(paid(placed(guest, with_deposit(50)), guest, method="tok_action"))
    return provider.knows(payment["id"])


def nothing_has_changed(payment: dict[str, Any]) -> bool:
    row = Payment.objects.get(id=payment["client_reference"])
    return (row.state, row.captured_minor) == ("requires_action", 0) and not ProviderEvent.objects.exists()


CAPTURED: dict[str, Any] = {"state": "captured", "captured_minor": 15_000}


def forged(told: Told) -> Sequence[Told]:
    """The same message, with what somebody else could make of it."""
    other = told.headers["webhook-signature"].replace("v1,", "v1,A")
    without = {name: value for name, value in told.headers.items() if name != "webhook-signature"}
    return [
        Told(headers=told.headers | {"webhook-signature": other}, body=told.body),
        Told(headers=told.headers | {"webhook-id": "evt_another"}, body=told.body),
        Told(
            headers=told.headers | {"webhook-timestamp": str(int(told.headers["webhook-timestamp"]) + 1)},
            body=told.body,
        ),
        Told(headers=told.headers | {"webhook-timestamp": "soon"}, body=told.body),
        Told(headers=told.headers, body=told.body.replace(b"15000", b"25000")),
        Told(headers=without, body=told.body),
        Told(headers={}, body=told.body),
    ]


def test_what_is_not_signed_by_the_provider_changes_nothing(waiting: dict[str, Any], provider: LocalProvider) -> None:
    told = provider.message(waiting, event_id="evt_1", **CAPTURED)

    answers = [heard(other) for other in forged(told)]

    assert [answer.status_code for answer in answers] == [401] * len(answers)
    assert {answer.json()["code"] for answer in answers} == {"webhook_not_accepted"}
    assert nothing_has_changed(waiting)
    assert heard(told).json() == {"received": True, "applied": True}


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_message_of_another_time_is_not_believed(
    waiting: dict[str, Any], provider: LocalProvider, minutes: int
) -> None:
    at = int((clock.now() + timedelta(minutes=minutes)).timestamp())

    answer = heard(provider.message(waiting, event_id="evt_1", at=at, **CAPTURED))

    assert answer.status_code == 401
    assert nothing_has_changed(waiting)


def test_without_a_secret_nobody_is_the_provider(
    waiting: dict[str, Any], provider: LocalProvider, settings: Any
) -> None:
    told = provider.message(waiting, event_id="evt_1", **CAPTURED)
    settings.PAYMENT_PROVIDER_SECRET = ""

    assert heard(told).status_code == 401


def test_a_message_that_comes_again_changes_nothing_more(waiting: dict[str, Any], provider: LocalProvider) -> None:
    told = provider.message(waiting, event_id="evt_1", **CAPTURED)

    answers = [heard(told).json() for _ in range(3)]

    assert answers[0] == {"received": True, "applied": True}
    assert Payment.objects.get().captured_minor == 15_000
    assert topics().count("payment.captured") == 1
    assert topics().count("booking.confirmed") == 1
    assert ProviderEvent.objects.count() == 1


def test_a_message_whose_answer_is_pruned_is_known_still(waiting: dict[str, Any], provider: LocalProvider) -> None:
    from apps.platform.models import IdempotencyRecord

    told = provider.message(waiting, event_id="evt_1", **CAPTURED)
    heard(told)
    IdempotencyRecord.objects.all().delete()

    assert heard(told).json() == {"received": True, "applied": False}
    assert ProviderEvent.objects.get().applied


STORY: tuple[dict[str, Any], ...] = (
    {"state": "requires_action"},
    {"state": "failed", "failure": "card_declined"},
    CAPTURED,
    CAPTURED | {"refunded_minor": 5_000},
    CAPTURED | {"state": "refunded", "refunded_minor": 15_000},
)


@pytest.mark.parametrize("order", [*permutations(range(5))][::7], ids=lambda order: "".join(map(str, order)))
def test_in_whatever_order_the_end_is_the_same(
    waiting: dict[str, Any], provider: LocalProvider, order: Sequence[int]
) -> None:
    for place in (*order, order[0]):
        assert heard(provider.message(waiting, event_id=f"evt_{place}", **STORY[place])).status_code == 200

    row = Payment.objects.get()
    assert (row.state, row.captured_minor, row.refunded_minor) == ("refunded", 15_000, 15_000)
    assert services.check_invariants(unpruned=True) == ()


def test_a_message_about_a_payment_that_is_not_ours_is_noted_and_no_more(
    waiting: dict[str, Any], provider: LocalProvider
) -> None:
    stranger = waiting | {"client_reference": str(uuid4())}

    answer = heard(provider.message(stranger, event_id="evt_1", **CAPTURED))

    assert (answer.status_code, answer.json()["applied"]) == (200, False)
    assert ProviderEvent.objects.get().why_not == "there is no such payment"


@pytest.mark.parametrize("change", [{"amount_minor": 25_000}, {"currency": "USD"}, {"reference": "pay_another"}])
def test_a_message_about_another_amount_is_noted_and_no_more(
    waiting: dict[str, Any], provider: LocalProvider, change: dict[str, Any]
) -> None:
    answer = heard(provider.message(waiting, event_id="evt_1", **CAPTURED, **change))

    assert (answer.status_code, answer.json()["applied"]) == (200, False)
    assert Payment.objects.get().captured_minor == 0


@pytest.mark.parametrize(
    "change", [{"captured_minor": 15_001}, {"refunded_minor": 1, "captured_minor": 0}, {"state": "unheard"}]
)
def test_a_signed_message_that_makes_no_sense_is_refused(
    waiting: dict[str, Any], provider: LocalProvider, change: dict[str, Any]
) -> None:
    assert heard(provider.message(waiting, event_id="evt_1", **CAPTURED | change)).status_code == 400
    assert nothing_has_changed(waiting)


def test_there_is_one_provider(api: Any) -> None:
    assert api.post("/api/v1/payments/webhooks/another", {}).status_code == 404


def test_the_cards_that_tell_twice_and_late_take_the_money_once(
    guest: accounts.Caller, provider: LocalProvider
) -> None:
    booking_id = placed(guest, with_deposit(50))
    payment = payment_in(paid(booking_id, guest, method="tok_told_twice"))
    first, second = provider.messages(payment["id"], number=2)

    assert [heard(first).status_code, heard(second).status_code] == [200, 200]
    assert money_of(booking_id) == 15_000
    assert services.check_invariants(unpruned=True) == ()
