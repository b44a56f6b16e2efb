"""Why a night is sold out, and why it costs what it costs."""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.services import Access, Permission
from apps.bookings import services as bookings
from apps.inventory import services
from apps.inventory.models import NightlyRate, ProductRestriction, RatePlan, RoomNight
from apps.platform.errors import Invalid, NotFound
from tests.bookings.orders import caller_of, fresh_key, order, today_at
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RatePlanFactory, RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

ALL = Access(principal="user:boss", is_administrator=True, permissions=frozenset())


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create(code="DBL", room_count=2)


@pytest.fixture
def night(double: Any) -> date:
    return today_at(double) + timedelta(days=11)


def explain(double: Any, night: date, **more: Any) -> services.Explanation:
    return services.explain_night(access=ALL, hotel_id=double.hotel_id, room_type_id=double.id, night=night, **more)


def booked(double: Any, *, confirm: bool = True) -> dict[str, Any]:
    guest = caller_of(UserFactory.create())
    outcome = bookings.place_booking(order(double, confirm=confirm), caller=guest, key=fresh_key())
    booking: dict[str, Any] = json.loads(outcome.body)
    booking["caller"] = guest
    return booking


def test_the_counters_are_told_movement_by_movement(double: Any, night: date) -> None:
    sold, held = booked(double), booked(double, confirm=False)
    command = bookings.CancelBooking(booking_id=UUID(sold["id"]))
    bookings.cancel_booking(command, caller=sold["caller"], key=fresh_key())

    told = explain(double, night)

    of_sold, of_held = sold["reservations"][0]["id"], held["reservations"][0]["id"]
    assert [(one.cause, str(one.reservation_id), one.sold, one.held) for one in told.movements] == [
        ("place", of_sold, 1, 0),
        ("place", of_held, 1, 1),
        ("cancel", of_sold, 0, 1),
    ]
    assert (told.sold, told.held, told.rooms_left, told.older_movements) == (0, 1, 1, 0)
    assert told.verdict == "1 left."


def test_a_sold_out_night_says_so_first(double: Any, night: date) -> None:
    booked(double)
    booked(double, confirm=False)

    assert explain(double, night).verdict == "Sold out: 1 sold and 1 held of 2."


def test_what_staff_did_to_the_capacity_is_told_with_the_reason(double: Any, night: date) -> None:
    room = RoomFactory.create(room_type=double, number="101")
    booked(double)
    booked(double)
    services.close_room(
        access=ALL,
        hotel_id=double.hotel_id,
        room_id=room.id,
        first=night,
        last=night,
        kind=services.ClosureKind.OUT_OF_ORDER,
        reason="Burst pipe",
        override_reason="The pipe does not ask",
    )

    told = explain(double, night)

    assert [(one.operation, one.after, one.reason) for one in told.changes] == [
        ("inventory.raise_limit", {"overbooking_limit": 1}, "The pipe does not ask")
    ]
    assert [(one.number, one.kind, one.reason, one.created_by) for one in told.closures] == [
        ("101", "out_of_order", "Burst pipe", "user:boss")
    ]
    assert (told.out_of_order, told.overbooking_limit, told.verdict) == (1, 1, "Sold out: 2 sold of 1.")


def test_each_restriction_says_whence_it_comes_and_whether_it_counts(double: Any, night: date) -> None:
    root = RatePlan.objects.get(hotel=double.hotel)
    derived = RatePlanFactory.create(hotel=double.hotel, code="SAVER", ancestors=[root.id])
    RoomNight.objects.filter(room_type=double, night=night).update(restrictions={"min_stay": 2})
    for plan, rules in ((root, {"min_stay": 3, "closed_to_arrival": True}), (derived, {"closed_to_arrival": False})):
        ProductRestriction.objects.create(room_type=double, rate_plan=plan, night=night, rules=rules)

    told = explain(double, night, rate_plan_id=derived.id)

    assert {(one.name, one.value, one.set_for, one.in_force) for one in told.restrictions} == {
        ("min_stay", 2, "", False),
        ("min_stay", 3, "FLEX", True),
        ("closed_to_arrival", True, "FLEX", False),
        ("closed_to_arrival", False, "SAVER", False),
    }
    assert told.verdict == "2 left; restricted: min_stay 3."


def test_the_price_is_told_step_by_step(double: Any, night: date) -> None:
    root = RatePlan.objects.get(hotel=double.hotel)
    derived = RatePlanFactory.create(
        hotel=double.hotel, code="SAVER", ancestors=[root.id], adjustment_percent=Decimal(-10)
    )
    NightlyRate.objects.create(room_type=double, rate_plan=root, night=night, amount_minor=12_000)

    told = explain(double, night, rate_plan_id=derived.id)

    steps = [(step.rate_plan, step.source, step.label, step.amount.amount) for step in told.price]
    assert steps == [("FLEX", "date", "", "120.00"), ("SAVER", "derived", "FLEX", "108.00")]


def test_a_night_that_is_not_there_is_not_on_sale(double: Any) -> None:
    told = explain(double, today_at(double) + timedelta(days=5_000))

    assert (told.generated, told.verdict) == (False, "Not on sale: there is no such night in the inventory.")


def test_nine_statements_are_enough(double: Any, night: date) -> None:
    for _ in range(2):
        booked(double)
    plan = RatePlan.objects.get(hotel=double.hotel)

    with CaptureQueriesContext(connection) as statements:
        explain(double, night, rate_plan_id=plan.id)

    assert len(statements) == 9


def test_who_sees_the_bookings_is_not_told_of_the_audit_log(double: Any, night: date) -> None:
    services.update_room_type(
        access=ALL,
        hotel_id=double.hotel_id,
        room_type_id=double.id,
        changes=services.RoomTypeChanges(room_count=3),
    )
    desk = Access(
        principal="user:desk",
        is_administrator=False,
        permissions=frozenset({(Permission.VIEW_BOOKINGS, double.hotel_id), (Permission.VIEW_HOTEL, double.hotel_id)}),
    )
    asked = {"hotel_id": double.hotel_id, "room_type_id": double.id, "night": night}

    assert services.explain_night(access=desk, **asked).changes == ()
    assert [one.after["room_count"] for one in services.explain_night(access=ALL, **asked).changes] == [3]


def test_a_stranger_and_an_unknown_product_are_refused(double: Any, night: date) -> None:
    stranger = Access(principal="user:other", is_administrator=False, permissions=frozenset())

    with pytest.raises(NotFound):
        services.explain_night(access=stranger, hotel_id=double.hotel_id, room_type_id=double.id, night=night)
    with pytest.raises(NotFound):
        services.explain_night(access=ALL, hotel_id=double.hotel_id, room_type_id=double.hotel_id, night=night)
    with pytest.raises(Invalid):
        explain(double, night, rate_plan_id=double.id)


def test_the_command_tells_the_same_for_people_and_for_machines(double: Any, night: date) -> None:
    booking = booked(double)
    where = ("--hotel", str(double.hotel_id), "--room-type", "DBL", "--night", night.isoformat(), "--rate-plan", "FLEX")
    people, machines = StringIO(), StringIO()

    call_command("explain_night", *where, stdout=people)
    call_command("explain_night", *where, "--json", stdout=machines)

    lines = people.getvalue().splitlines()
    assert lines[0] == f"DBL, {night}: 1 left."
    assert any("place" in line and booking["reservations"][0]["id"] in line for line in lines)
    assert lines[-1] == "  FLEX: rate_plan -> 100.00 EUR"
    assert json.loads(machines.getvalue())["movements"][0]["cause"] == "place"


def test_the_command_refuses_an_unknown_room_type(double: Any) -> None:
    with pytest.raises(CommandError, match="no such room type"):
        call_command("explain_night", "--hotel", str(double.hotel_id), "--room-type", "XXX", "--night", "2026-07-03")
