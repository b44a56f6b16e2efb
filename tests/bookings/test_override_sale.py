"""Reality wins, with a reason: staff sell beyond the limit, against restrictions and at a price that was agreed on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.services import Role
from apps.bookings import services
from apps.bookings.models import Booking, ReservationNight
from apps.inventory import services as inventory
from apps.inventory.models import ProductRestriction, RatePlan, RoomNight
from apps.platform.audit import because
from apps.platform.errors import Denied, Invalid, NotFound
from apps.platform.idempotency import IdempotencyKeyReused
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.bookings.orders import body_of, caller_of, fresh_key, order
from tests.concurrency.crowd import all_at_once
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

BEYOND = services.Override(reason="The guest stands at the desk", overbooking=True)
AGAINST = services.Override(reason="A friend of the house", restrictions=True)


@pytest.fixture
def double() -> Any:
    """One double."""
    return RoomTypeFactory.create(room_count=1)


def staff(double: Any, role: Role = Role.REVENUE_MANAGER) -> Any:
    return MembershipFactory.create(role=role, scope_id=double.hotel_id).user


def sell_out(double: Any) -> None:
    services.place_booking(order(double, confirm=True), caller=caller_of(UserFactory.create()), key=fresh_key())


def place(command: services.PlaceBooking, user: Any, key: str = "") -> Any:
    outcome = services.place_booking(command, caller=caller_of(user), key=key or fresh_key())
    return outcome.code, orjson.loads(outcome.body)


def limits(double: Any) -> list[int]:
    nights = RoomNight.objects.filter(room_type=double, overbooking_limit__gt=0)
    return list(nights.order_by("night").values_list("overbooking_limit", flat=True))


def priced(command: services.PlaceBooking, amount: str, **fields: Any) -> services.PlaceBooking:
    rooms = tuple(replace(room, nightly_price=Money(amount=amount, currency="EUR")) for room in command.rooms)
    return replace(command, rooms=rooms, **fields)


def test_a_sold_out_stay_is_sold_with_a_reason_and_the_limits_rise_with_it(double: Any) -> None:
    sell_out(double)
    user = staff(double)

    refused, _ = place(order(double, confirm=True), user)
    code, _ = place(order(double, confirm=True, override=BEYOND), user)

    assert (refused, code) == ("no_rooms_left", "booked")
    assert limits(double) == [1, 1, 1]
    assert set(RoomNight.objects.filter(sold__gt=0).values_list("sold", flat=True)) == {2}
    assert services.check_invariants() == ()


def test_the_audit_log_tells_each_night_and_the_sale_with_the_reason(double: Any) -> None:
    sell_out(double)
    user = staff(double)

    place(order(double, override=BEYOND), user)

    raised = AuditEntry.objects.filter(operation="inventory.raise_limit")
    assert [(entry.before, entry.after) for entry in raised] == [
        ({"overbooking_limit": 0}, {"overbooking_limit": 1})
    ] * 3
    told = {(entry.actor, entry.reason, entry.scope_id) for entry in AuditEntry.objects.exclude(object_kind="account")}
    assert told == {(f"user:{user.id}", BEYOND.reason, double.hotel_id)}
    assert AuditEntry.objects.filter(operation="bookings.place").count() == 1


def test_the_nights_are_on_the_list_of_guests_to_be_walked(double: Any) -> None:
    sell_out(double)

    place(order(double, override=BEYOND), user := staff(double))

    nights = inventory.overbooked_nights(access=accounts.access_of(user.id), hotel_id=double.hotel_id)
    assert [(one.too_many, one.reason) for one in nights] == [(1, BEYOND.reason)] * 3


def test_where_there_is_room_no_limit_rises(double: Any) -> None:
    code, _ = place(order(double, override=BEYOND), staff(double))

    assert code == "booked"
    assert limits(double) == []
    assert not AuditEntry.objects.filter(operation="inventory.raise_limit").exists()


def test_a_replay_sells_nothing_and_raises_nothing_again(double: Any) -> None:
    sell_out(double)
    user, key, command = staff(double), fresh_key(), order(double, override=BEYOND)

    first, second = place(command, user, key), place(command, user, key)

    assert first == second
    assert limits(double) == [1, 1, 1]
    assert Booking.objects.count() == 2


def test_another_reason_under_the_same_key_is_another_command(double: Any) -> None:
    user, key = staff(double), fresh_key()
    place(order(double, override=BEYOND), user, key)

    with pytest.raises(IdempotencyKeyReused):
        place(order(double, override=replace(BEYOND, reason="Another one")), user, key)


@pytest.mark.django_db(transaction=True)
def test_two_of_the_staff_at_once_both_sell_and_the_limit_rises_twice(double: Any) -> None:
    sell_out(double)
    users = [staff(double), staff(double, Role.HOTEL_ADMIN)]
    command = order(double, confirm=True, override=BEYOND)
    jobs: list[Callable[[], Any]] = [lambda user=user: place(command, user) for user in users]  # type: ignore[misc]

    answers = all_at_once(*jobs)

    assert [code for code, _ in answers] == ["booked", "booked"]
    assert limits(double) == [2, 2, 2]
    assert set(RoomNight.objects.filter(sold__gt=0).values_list("sold", flat=True)) == {3}
    assert services.check_invariants() == ()


def test_a_night_that_is_not_there_cannot_be_overridden_and_nothing_rises(double: Any) -> None:
    sell_out(double)
    command = order(double, override=BEYOND)
    RoomNight.objects.filter(room_type=double, night=command.departure).delete()
    longer = replace(command, departure=command.departure + timedelta(days=1))

    code, refusal = place(longer, staff(double))

    assert code == "no_rooms_left"
    assert command.departure.isoformat() in {item["date"] for item in refusal["errors"]}
    assert limits(double) == []


def test_restrictions_and_a_stopped_sale_give_way_to_a_reason(double: Any) -> None:
    command = order(double)
    RoomNight.objects.filter(room_type=double, night=command.arrival).update(stop_sell=True)
    ProductRestriction.objects.create(
        room_type=double,
        rate_plan=RatePlan.objects.get(hotel=double.hotel),
        night=command.arrival,
        rules={"closed_to_arrival": True, "min_stay": 7},
    )
    user = staff(double)

    stopped, _ = place(command, user)
    RoomNight.objects.update(stop_sell=False)
    restricted, said = place(command, user)
    RoomNight.objects.filter(room_type=double, night=command.arrival).update(stop_sell=True)
    sold, _ = place(replace(command, override=AGAINST), user)

    assert (stopped, restricted, sold) == ("no_rooms_left", "restricted", "booked")
    assert {item["code"] for item in said["errors"]} == {"closed_to_arrival", "min_stay"}


def test_who_overrides_restrictions_does_not_oversell(double: Any) -> None:
    sell_out(double)

    code, _ = place(order(double, override=AGAINST), staff(double))

    assert code == "no_rooms_left"
    assert limits(double) == []


def test_who_oversells_does_not_override_restrictions(double: Any) -> None:
    RoomNight.objects.update(restrictions={"min_stay": 7})

    code, _ = place(order(double, override=BEYOND), staff(double))

    assert code == "restricted"


def test_a_refusal_for_a_restriction_is_stored_under_its_key(double: Any) -> None:
    RoomNight.objects.update(restrictions={"min_stay": 7})
    user, key, command = UserFactory.create(), fresh_key(), order(double)

    first = place(command, user, key)
    RoomNight.objects.update(restrictions=None)
    again = place(command, user, key)

    assert first == again
    assert first[0] == "restricted"
    assert place(command, user)[0] == "booked"


def test_without_an_override_the_reason_of_the_request_is_told(double: Any) -> None:
    with because("Called back"):
        place(order(double), staff(double, Role.FRONT_DESK))

    assert AuditEntry.objects.get(operation="bookings.place").reason == "Called back"


def test_an_agreed_price_is_that_of_each_night_and_says_whence_it_comes(double: Any) -> None:
    agreed = services.Override(reason="Promised on the phone")

    code, booking = place(priced(order(double), "77.50", override=agreed), staff(double))

    assert code == "booked"
    assert booking["total"] == {"amount": "232.50", "currency": "EUR"}
    assert set(ReservationNight.objects.values_list("amount_minor", "price_source")) == {(7_750, "override")}
    assert {entry.reason for entry in AuditEntry.objects.filter(operation="bookings.place")} == {agreed.reason}


@pytest.mark.parametrize("override", [None, services.Override(reason="  ")])
def test_an_agreed_price_has_a_reason(double: Any, override: services.Override | None) -> None:
    with pytest.raises(Invalid) as refusal:
        place(priced(order(double), "77.50", override=override), staff(double))

    assert [item["pointer"] for item in refusal.value.items] == ["/override/reason"]
    assert not Booking.objects.exists()


@pytest.mark.parametrize("what", [{"override": BEYOND}, {"override": AGAINST}, {"price": "1.00"}])
def test_the_front_desk_may_not_and_a_stranger_finds_no_such_hotel(double: Any, what: dict[str, Any]) -> None:
    command = order(double, override=what.get("override", BEYOND))
    if "price" in what:
        command = priced(command, what["price"])

    with pytest.raises(Denied):
        place(command, staff(double, Role.FRONT_DESK))
    for stranger in (UserFactory.create(), staff(RoomTypeFactory.create())):
        with pytest.raises(NotFound):
            place(command, stranger)

    assert not Booking.objects.exists()


def test_over_http_the_override_is_a_member_of_the_body(double: Any) -> None:
    sell_out(double)
    statuses = {}
    body = body_of(order(double))
    for name, override in (
        ("without", None),
        ("no reason", {"overbooking": True}),
        ("with", {"reason": "At the desk", "overbooking": True}),
    ):
        api = APIClient()
        api.force_authenticate(staff(double))
        sent = body if override is None else body | {"override": override}
        statuses[name] = api.post("/api/v1/bookings", sent, format="json", headers={"Idempotency-Key": fresh_key()})

    assert {name: answer.status_code for name, answer in statuses.items()} == {
        "without": 409,
        "no reason": 400,
        "with": 201,
    }
    assert statuses["no reason"].json()["errors"][0]["pointer"] == "/override/reason"
