"""Whatever guests, staff, the provider and the clock do, and in whatever order: what is kept is what is owed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.accounts import services as accounts
from apps.bookings import policies, services
from apps.bookings.models import Payment, Reservation
from apps.bookings.types import Status
from apps.platform import clock
from apps.platform.errors import Problem
from tests.bookings.orders import caller_of, fresh_key
from tests.bookings.paying import heard, let_handlers_run, money_of, paid, placed, with_deposit
from tests.bookings.provider import LocalProvider
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

STEPS = ("pay", "pay_action", "pay_authorize", "approve", "cancel_room", "cancel", "expire", "hear", "settle")


@contextmanager
def undone() -> Iterator[None]:
    """What the block does to the database is rolled back; a durable transaction may run inside, as in a TestCase."""
    example = transaction.atomic()
    example._from_testcase = True  # type: ignore[attr-defined]
    with example:
        yield
        transaction.set_rollback(True)


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=2, max_size=9), rooms=st.integers(1, 2))
def test_when_all_is_settled_what_was_kept_is_what_is_owed(
    steps: list[str], rooms: int, provider: LocalProvider
) -> None:
    with undone():
        guest = caller_of(UserFactory.create())
        double = with_deposit(50)
        booking_id = placed(guest, *[double] * rooms)

        for step in steps:
            take(step, booking_id, guest, provider)
        let_handlers_run()
        hear_all(provider)
        let_handlers_run()

        stays = list(Reservation.objects.values("status", "total_minor", "penalty_minor"))
        kept, owed = money_of(booking_id), policies.owed(stays)
        assert 0 <= kept <= owed, (steps, [stay["status"] for stay in stays])
        if policies.booking_status([Status(stay["status"]) for stay in stays]) in {"expired", "canceled"}:
            assert kept <= sum(stay["penalty_minor"] or 0 for stay in stays)
        theirs = [provider.knows(id_) for id_ in Payment.objects.values_list("id", flat=True)]
        assert kept == sum(one["captured_minor"] - one["refunded_minor"] for one in theirs)
        assert services.check_invariants(unpruned=True) == ()


def take(step: str, booking_id: Any, guest: accounts.Caller, provider: LocalProvider) -> None:
    """One step of a history; what is refused changes nothing."""
    deeds: dict[str, Callable[[], object]] = {
        "pay": lambda: paid(booking_id, guest),
        "pay_action": lambda: paid(booking_id, guest, method="tok_action"),
        "pay_authorize": lambda: paid(booking_id, guest, method="tok_authorize"),
        "approve": lambda: approve_all(provider),
        "cancel": lambda: services.cancel_booking(
            services.CancelBooking(booking_id=booking_id), caller=guest, key=fresh_key()
        ),
        "cancel_room": lambda: cancel_first_room(guest),
        "expire": expire,
        "hear": lambda: hear_all(provider),
        "settle": let_handlers_run,
    }
    with suppress(Problem):
        deeds[step]()


def approve_all(provider: LocalProvider) -> None:
    for url in Payment.objects.exclude(action_url="").values_list("action_url", flat=True):
        provider.answer(url, "approve")


def cancel_first_room(guest: accounts.Caller) -> None:
    room = Reservation.objects.order_by("position")[0]
    services.cancel_reservation(services.CancelReservation(reservation_id=room.id), caller=guest, key=fresh_key())


def expire() -> None:
    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        services.expire_overdue_holds()


def hear_all(provider: LocalProvider) -> None:
    """All that the provider has to tell of these payments, in some order."""
    for number, id_ in enumerate(Payment.objects.order_by("-id").values_list("id", flat=True)):
        heard(provider.message(provider.knows(id_), event_id=f"evt_{id_}_{fresh_key()}_{number}"))
