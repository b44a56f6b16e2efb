"""What an amendment is refused for, and that a refused one leaves everything untouched."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation
from apps.inventory.models import ProductRestriction, RatePlan, RoomNight
from apps.platform import clock
from apps.platform.errors import Denied, Invalid, NotFound, Stale
from apps.platform.models import AuditEntry
from tests.bookings.amending import ONE_DAY, amend, booked, change, everything, stay_of
from tests.bookings.orders import caller_of, fresh_key
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def front_desk(double: Any) -> accounts.Caller:
    return caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)


# Refusals leave everything untouched ----------------------------------------------------------------------------------


def test_a_full_night_refuses_the_whole_amendment_and_is_named(guest: accounts.Caller) -> None:
    single = RoomTypeFactory.create(room_count=1)
    booking_id = booked(guest, single)
    stay = stay_of(booking_id)
    booked(caller_of(UserFactory.create()), single, days_ahead=14)
    before, key = everything(booking_id), fresh_key()
    command = change(booking_id, departure=stay.departure + 2 * ONE_DAY, guest_name="Bob")

    code, refusal = amend(command, guest, key)
    again = services.amend_booking(command, caller=guest, key=key, expected_revision=1)

    assert code == "no_rooms_left"
    assert refusal["errors"] == [
        {
            "code": "sold_out",
            "detail": "Sold out.",
            "pointer": "/reservations/0",
            "date": (stay.departure + ONE_DAY).isoformat(),
        }
    ]
    assert (again.replayed, orjson.loads(again.body)) == (True, refusal)
    assert everything(booking_id) == before


def test_an_overdue_hold_is_not_in_the_way(guest: accounts.Caller) -> None:
    single = RoomTypeFactory.create(room_count=1)
    booking_id = booked(guest, single)
    stay = stay_of(booking_id)
    booked(caller_of(UserFactory.create()), single, days_ahead=13, confirm=False)

    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        code, _ = amend(change(booking_id, departure=stay.departure + ONE_DAY), guest)

    assert code == "amended"
    assert Reservation.objects.filter(status="expired").count() == 1
    assert services.check_invariants() == ()


def test_a_party_that_does_not_fit_is_refused(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    before = everything(booking_id)

    code, refusal = amend(change(booking_id, adults=3), guest)

    assert (code, refusal["errors"][0]["pointer"]) == ("stay_not_allowed", "/reservations/0")
    assert everything(booking_id) == before


def test_what_is_not_the_hotels_is_unknown(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    elsewhere = RoomTypeFactory.create()
    foreign = {"room_type_id": elsewhere.id, "rate_plan_id": RatePlan.objects.get(hotel=elsewhere.hotel).id}

    for name, id_ in foreign.items():
        wanted: dict[str, Any] = {name: id_}
        with pytest.raises(Invalid) as refused:
            amend(change(booking_id, **wanted), guest)
        assert refused.value.items[0]["pointer"] == f"/reservations/0/{name}"


def test_reservations_of_other_bookings_are_unknown_here(guest: accounts.Caller, double: Any) -> None:
    booking_id, other = booked(guest, double), booked(guest, double)
    foreign = replace(change(other, adults=1), booking_id=booking_id)
    twice = replace(change(booking_id, adults=1), reservations=change(booking_id, adults=1).reservations * 2)

    for command, pointer in ((foreign, "/reservations/0/id"), (twice, "/reservations/1/id")):
        with pytest.raises(Invalid) as refused:
            amend(command, guest)
        assert [item["pointer"] for item in refused.value.items] == [pointer]


def test_a_plan_that_is_not_sold_to_guests_is_unknown_to_them_and_kept_by_who_has_it(
    guest: accounts.Caller, double: Any, front_desk: accounts.Caller
) -> None:
    staff_only = RatePlanFactory.create(hotel=double.hotel, code="STAFF", visibility="staff")
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)

    with pytest.raises(Invalid):
        amend(change(booking_id, rate_plan_id=staff_only.id), guest)
    by_staff, _ = amend(change(booking_id, rate_plan_id=staff_only.id), front_desk)
    kept, _ = amend(change(booking_id, departure=stay.departure + ONE_DAY), guest)

    assert (by_staff, kept) == ("amended", "amended")


@pytest.mark.parametrize("archived", ["room type", "rate plan"])
def test_what_is_sold_no_longer_can_be_shortened_but_not_extended(
    guest: accounts.Caller, double: Any, archived: str
) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    product = double if archived == "room type" else RatePlan.objects.get(hotel=double.hotel)
    product.archived_at = clock.now()
    product.save()

    with pytest.raises(Invalid):
        amend(change(booking_id, departure=stay.departure + ONE_DAY), guest)
    code, _ = amend(change(booking_id, departure=stay.departure - ONE_DAY), guest)

    assert code == "amended"


# Restrictions ---------------------------------------------------------------------------------------------------------


def restrict(room_type: Any, night: date, **rules: Any) -> None:
    ProductRestriction.objects.create(
        room_type=room_type, rate_plan=RatePlan.objects.get(hotel=room_type.hotel), night=night, rules=rules
    )


def test_restrictions_ask_of_what_is_new_only(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    RoomNight.objects.filter(room_type=double, night=stay.arrival).update(stop_sell=True)
    restrict(double, stay.arrival, closed_to_arrival=True, min_stay=7, stop_sell=True)

    longer, _ = amend(change(booking_id, departure=stay.departure + ONE_DAY), guest)
    shorter, refusal = amend(change(booking_id, departure=stay.departure), guest)

    assert longer == "amended"
    assert (shorter, [item["code"] for item in refusal["errors"]]) == ("restricted", ["min_stay"])


def test_a_night_that_is_new_is_restricted_like_any_other(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    restrict(double, stay.departure, min_stay_through=5)
    restrict(double, stay.departure + ONE_DAY, closed_to_departure=True)
    before = everything(booking_id)

    code, refusal = amend(change(booking_id, departure=stay.departure + ONE_DAY), guest)

    assert (code, {item["code"] for item in refusal["errors"]}) == (
        "restricted",
        {"min_stay_through", "closed_to_departure"},
    )
    assert {item["pointer"] for item in refusal["errors"]} == {"/reservations/0"}
    assert everything(booking_id) == before


def test_a_new_arrival_is_asked_like_any_other(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    restrict(double, stay.arrival + ONE_DAY, closed_to_arrival=True)

    code, refusal = amend(change(booking_id, arrival=stay.arrival + ONE_DAY), guest)

    assert (code, refusal["errors"][0]["code"]) == ("restricted", "closed_to_arrival")


def test_staff_who_may_override_set_restrictions_and_limits_aside_with_a_reason(guest: accounts.Caller) -> None:
    single = RoomTypeFactory.create(room_count=1)
    manager = caller_of(MembershipFactory.create(role=accounts.Role.HOTEL_ADMIN, scope_id=single.hotel_id).user)
    booking_id = booked(guest, single)
    stay = stay_of(booking_id)
    booked(caller_of(UserFactory.create()), single, days_ahead=13, nights=1)
    restrict(single, stay.departure + ONE_DAY, closed_to_departure=True)
    override = services.Override(reason="A friend of the house", restrictions=True, overbooking=True)
    command = replace(change(booking_id, departure=stay.departure + ONE_DAY), override=override)

    with pytest.raises(Denied):
        amend(command, guest)
    with pytest.raises(Invalid):
        amend(replace(command, override=services.Override(reason=" ")), manager)
    code, _ = amend(command, manager)

    limits = RoomNight.objects.filter(room_type=single, overbooking_limit__gt=0)
    assert code == "amended"
    assert list(limits.values_list("night", "overbooking_limit")) == [(stay.departure, 1)]
    entries = AuditEntry.objects.filter(operation="bookings.amend")
    assert {entry.reason for entry in entries} == {"A friend of the house"}
    assert services.check_invariants() == ()


# Revisions, keys, people ----------------------------------------------------------------------------------------------


def test_an_older_revision_is_stale_but_a_key_with_an_answer_gets_it(guest: accounts.Caller, double: Any) -> None:
    booking_id, key = booked(guest, double), fresh_key()
    command = change(booking_id, guest_name="Bob")
    amend(command, guest, key, revision=1)

    with pytest.raises(Stale):
        amend(command, guest, fresh_key(), revision=1)
    again = services.amend_booking(command, caller=guest, key=key, expected_revision=1)
    anyhow = services.amend_booking(command, caller=guest, key=key, expected_revision=7)

    assert (again.replayed, again.etag, anyhow.body == again.body) == (True, '"2"', True)
    assert Booking.objects.get().revision == 2


def test_a_stale_key_does_its_work_with_the_new_revision(guest: accounts.Caller, double: Any) -> None:
    booking_id, key = booked(guest, double), fresh_key()
    amend(change(booking_id, guest_name="Bob"), guest)
    command = change(booking_id, guest_name="Carol")

    with pytest.raises(Stale):
        amend(command, guest, key, revision=1)
    code, _ = amend(command, guest, key, revision=2)

    assert (code, stay_of(booking_id).guest_name) == ("amended", "Carol")


def test_others_do_not_know_of_the_booking_and_who_may_only_look_is_denied(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    looker = caller_of(MembershipFactory.create(role=accounts.Role.REVENUE_MANAGER, scope_id=double.hotel_id).user)
    command = change(booking_id, guest_name="Bob")

    with pytest.raises(NotFound):
        amend(command, caller_of(UserFactory.create()))
    with pytest.raises(Denied):
        amend(command, looker)
    with pytest.raises(NotFound):
        services.preview_amendment(command, caller=caller_of(UserFactory.create()))

    assert stay_of(booking_id).guest_name == "Ada Lovelace"


def test_nothing_at_all_is_refused(guest: accounts.Caller, double: Any) -> None:
    with pytest.raises(Invalid):
        amend(services.AmendBooking(booking_id=booked(guest, double)), guest)
