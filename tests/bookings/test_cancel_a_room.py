"""Giving up one room of a booking: its own terms, its own nights; the others stay as they are."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation
from apps.inventory.models import Hold, RatePlan, RoomNight
from apps.platform import clock
from apps.platform.errors import Denied, NotFound
from apps.platform.models import OutboxMessage
from apps.platform.money import Money
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


def placed(caller: accounts.Caller, *room_types: Any, **fields: Any) -> list[Reservation]:
    """The stays of a booking that was just placed."""
    outcome = services.place_booking(order(*room_types, **fields), caller=caller, key=fresh_key())
    booking_id = UUID(orjson.loads(outcome.body)["id"])
    return list(Reservation.objects.filter(booking_id=booking_id).order_by("position"))


def cancel(stay: Reservation, caller: accounts.Caller, **fields: Any) -> dict[str, Any]:
    command = services.CancelReservation(reservation_id=stay.id, **fields)
    outcome = services.cancel_reservation(command, caller=caller, key=fresh_key())
    answer: dict[str, Any] = orjson.loads(outcome.body)
    return answer | {"code": outcome.code}


def counters() -> tuple[int, int]:
    nights = RoomNight.objects.values_list("sold", "held")
    return sum(sold for sold, _ in nights), sum(held for _, held in nights)


def with_terms(stay: Reservation, *steps: tuple[datetime | None, datetime | None, int]) -> None:
    """Terms that one can reckon with in one's head."""
    stay.cancellation_terms = [
        {"from": start and start.isoformat(), "until": end and end.isoformat(), "penalty_minor": penalty}
        for start, end, penalty in steps
    ]
    stay.save(update_fields=["cancellation_terms"])


def test_one_room_is_given_up_and_the_others_stay(guest: accounts.Caller, double: Any) -> None:
    first, second = placed(guest, double, double, confirm=True)

    view = cancel(first, guest)

    assert [stay["status"] for stay in view["reservations"]] == ["canceled", "confirmed"]
    assert (view["code"], view["status"], view["revision"]) == ("canceled", "confirmed", 2)
    assert counters() == (3, 0)
    assert list(OutboxMessage.objects.filter(topic="stay.canceled").values_list("sequence", flat=True)) == [2]
    assert not OutboxMessage.objects.filter(topic="booking.canceled").exists()
    assert services.check_invariants() == ()
    assert cancel(second, guest)["status"] == "canceled"


def test_giving_up_the_last_room_is_giving_up_the_booking(guest: accounts.Caller, double: Any) -> None:
    first, second = placed(guest, double, double, confirm=True)
    cancel(first, guest)

    view = cancel(second, guest)

    assert (view["status"], view["actions"]) == ("canceled", [])
    assert counters() == (0, 0)
    assert OutboxMessage.objects.filter(topic="booking.canceled").count() == 1
    assert cancel(second, guest)["code"] == "invalid_transition"
    assert services.check_invariants() == ()


def test_a_held_room_is_given_up_and_the_hold_of_the_others_goes_on(guest: accounts.Caller, double: Any) -> None:
    first, second = placed(guest, double, double)

    view = cancel(first, guest)

    assert (view["status"], view["hold_expires_at"] is not None) == ("pending", True)
    assert counters() == (0, 3)
    assert list(Hold.objects.values_list("id", flat=True)) == [second.id]
    assert services.check_invariants() == ()
    assert cancel(second, guest)["hold_expires_at"] is None
    assert services.check_invariants() == ()


def test_each_room_costs_what_its_own_terms_say_to_the_second(guest: accounts.Caller, double: Any) -> None:
    first, second = placed(guest, double, double, confirm=True)
    turn = clock.now() + timedelta(days=2)
    with_terms(first, (None, turn, 1_000), (turn, None, 7_000))
    with_terms(second, (None, None, 500))

    with clock.moved_to(turn - timedelta(seconds=1)):
        before = services.preview_stay_cancellation(first.id, caller=guest)
        of_all = services.preview_cancellation(first.booking_id, caller=guest)
    with clock.moved_to(turn):
        shown = services.preview_stay_cancellation(first.id, caller=guest)
        refused = cancel(first, guest, expected_penalty=before.penalty)
        view = cancel(first, guest, expected_penalty=shown.penalty)

    assert [one.penalty.amount for one in (before, of_all, shown)] == ["10.00", "15.00", "70.00"]
    assert (refused["code"], refused["penalty"]["amount"]) == ("penalty_changed", "70.00")
    assert [stay["penalty"] for stay in view["reservations"]] == [{"amount": "70.00", "currency": "EUR"}, None]
    assert view["amounts"]["penalties"]["amount"] == "70.00"
    # What is left of the booking is on the terms of what is left.
    assert [step["penalty"]["amount"] for step in view["cancellation"]["timeline"]] == ["5.00"]


def test_a_penalty_is_waived_with_a_reason_by_those_who_may(guest: accounts.Caller, double: Any) -> None:
    (stay,) = placed(guest, double, confirm=True)
    with_terms(stay, (None, None, 9_000))
    manager, desk = (
        caller_of(MembershipFactory.create(role=role, scope_id=double.hotel_id).user)
        for role in (accounts.Role.HOTEL_ADMIN, accounts.Role.FRONT_DESK)
    )

    for nobody in (guest, desk):
        with pytest.raises(Denied):
            cancel(stay, nobody, waiver="a burst pipe")
    view = cancel(stay, manager, waiver="a burst pipe", expected_penalty=Money(amount="0.00", currency="EUR"))

    assert view["reservations"][0]["penalty"]["amount"] == "0.00"
    last = services.read_history(stay.booking_id, caller=manager)[-1]
    assert (last.action, last.reason, last.actor) == ("cancel", "a burst pipe", manager.principal)


def test_others_do_not_know_that_a_room_exists(guest: accounts.Caller, double: Any) -> None:
    (stay,) = placed(guest, double)
    stranger = caller_of(UserFactory.create())

    with pytest.raises(NotFound):
        cancel(stay, stranger)
    with pytest.raises(NotFound):
        services.preview_stay_cancellation(stay.id, caller=stranger)

    assert Booking.objects.get().revision == 1


def test_a_no_show_costs_its_own_fee(guest: accounts.Caller, double: Any) -> None:
    (stay,) = placed(guest, double, days_ahead=0, confirm=True)
    Reservation.objects.update(no_show_minor=4_000)
    desk = caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)

    outcome = services.record_no_show(services.RecordNoShow(reservation_id=stay.id), caller=desk, key=fresh_key())

    assert orjson.loads(outcome.body)["reservations"][0]["penalty"]["amount"] == "40.00"


def test_grace_of_the_plan_is_in_offer_booking_and_preview(guest: accounts.Caller, double: Any) -> None:
    RatePlan.objects.update(
        grace_hours=2, cancellation_tiers=[{"days_before": None, "at": None, "penalty": {"percent": "100"}}]
    )
    booked_at = clock.now()
    (stay,) = placed(guest, double, confirm=True)

    with clock.moved_to(booked_at + timedelta(hours=2)):
        free = services.preview_cancellation(stay.booking_id, caller=guest)
    with clock.moved_to(booked_at + timedelta(hours=3)):
        due = services.preview_cancellation(stay.booking_id, caller=guest)

    assert (free.penalty.amount, due.penalty.amount) == ("0.00", "300.00")
    assert [step["penalty"].amount for step in free.cancellation.timeline] == ["0.00", "300.00"]
    assert services.check_invariants() == ()


def test_an_amendment_begins_no_new_grace(guest: accounts.Caller, double: Any) -> None:
    RatePlan.objects.update(
        grace_hours=24, cancellation_tiers=[{"days_before": None, "at": None, "penalty": {"percent": "100"}}]
    )
    booked_at = clock.now()
    (stay,) = placed(guest, double, confirm=True)
    change = services.StayChange(reservation_id=stay.id, departure=stay.departure + timedelta(days=1))
    command = services.AmendBooking(booking_id=stay.booking_id, reservations=(change,))

    with clock.moved_to(booked_at + timedelta(hours=20)):
        services.amend_booking(command, caller=guest, key=fresh_key(), expected_revision=1)
        within = services.preview_cancellation(stay.booking_id, caller=guest)
    with clock.moved_to(booked_at + timedelta(hours=26)):
        after = services.preview_cancellation(stay.booking_id, caller=guest)

    assert (within.penalty.amount, after.penalty.amount) == ("0.00", "400.00")
