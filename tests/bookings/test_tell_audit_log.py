"""What staff do with bookings is told by the audit log; what guests do with their own is not."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from apps.accounts.services import Role
from apps.bookings import services
from apps.inventory.models import RoomNight
from apps.platform.models import AuditEntry
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db(transaction=True)


def placed(guest: Any, room_type: Any, **fields: Any) -> services.BookingView:
    command = order(room_type, **{"days_ahead": 0, "nights": 2} | fields)
    outcome = services.place_booking(command, caller=caller_of(guest), key=fresh_key())
    return services.get_booking(UUID(orjson.loads(outcome.body)["id"]))


def staff_of(room_type: Any) -> Any:
    return MembershipFactory.create(role=Role.FRONT_DESK, scope_id=room_type.hotel_id).user


def test_what_the_front_desk_does_with_a_guests_booking() -> None:
    """Statement 40 of docs/security.md: each staff change of a booking leaves a row."""
    room_type, guest = RoomTypeFactory.create(), UserFactory.create()
    desk = caller_of(staff_of(room_type))
    booking = placed(guest, room_type)
    stay = booking.reservations[0].id
    before = AuditEntry.objects.count()

    services.confirm_booking(services.ConfirmBooking(booking_id=booking.id), caller=desk, key=fresh_key())
    services.check_in(services.CheckIn(reservation_id=stay), caller=desk, key=fresh_key())
    services.check_out(services.CheckOut(reservation_id=stay), caller=desk, key=fresh_key())

    told = AuditEntry.objects.order_by("id")[before:]
    assert [(entry.operation, entry.before["status"], entry.after["status"]) for entry in told] == [
        ("bookings.confirm", "pending", "confirmed"),
        ("bookings.check_in", "confirmed", "checked_in"),
        ("bookings.check_out", "checked_in", "checked_out"),
    ]
    assert {(entry.actor, entry.scope_id) for entry in told} == {(desk.principal, room_type.hotel_id)}
    assert {entry.object_id for entry in told} == {f"{booking.id}/{stay}"}


def test_a_cancellation_and_a_no_show_by_staff() -> None:
    room_type, guest = RoomTypeFactory.create(), UserFactory.create()
    desk = caller_of(staff_of(room_type))
    canceled, missed = placed(guest, room_type), placed(guest, room_type, confirm=True)
    before = AuditEntry.objects.count()

    services.cancel_booking(services.CancelBooking(booking_id=canceled.id), caller=desk, key=fresh_key())
    command = services.RecordNoShow(reservation_id=missed.reservations[0].id)
    services.record_no_show(command, caller=desk, key=fresh_key())

    told = AuditEntry.objects.order_by("id")[before:]
    assert [(entry.operation, entry.after["status"]) for entry in told] == [
        ("bookings.cancel", "canceled"),
        ("bookings.no_show", "no_show"),
    ]


def test_what_guests_do_with_their_own_bookings_is_not_told() -> None:
    room_type, guest = RoomTypeFactory.create(), UserFactory.create()
    caller = caller_of(guest)

    first, second = placed(guest, room_type), placed(guest, room_type)
    services.confirm_booking(services.ConfirmBooking(booking_id=first.id), caller=caller, key=fresh_key())
    services.cancel_booking(services.CancelBooking(booking_id=second.id), caller=caller, key=fresh_key())

    assert not AuditEntry.objects.exists()


def test_a_booking_that_staff_place_at_their_hotel_is_told_and_one_at_another_is_their_own() -> None:
    room_type, elsewhere = RoomTypeFactory.create(), RoomTypeFactory.create()
    desk = staff_of(room_type)
    before = AuditEntry.objects.count()

    here, _ = placed(desk, room_type), placed(desk, elsewhere)

    (entry,) = AuditEntry.objects.order_by("id")[before:]
    assert (entry.operation, entry.object_id) == ("bookings.place", str(here.id))
    assert (entry.actor, entry.scope_id) == (f"user:{desk.id}", room_type.hotel_id)
    assert entry.after == {"status": "pending", "rooms": 1, "total_minor": 20_000, "currency": "EUR"}


def test_staff_who_cancel_what_they_have_placed_at_their_hotel_act_as_staff_and_elsewhere_as_guests() -> None:
    room_type, elsewhere = RoomTypeFactory.create(), RoomTypeFactory.create()
    desk = staff_of(room_type)
    mine = [placed(desk, room_type), placed(desk, elsewhere)]
    before = AuditEntry.objects.count()

    for booking in mine:
        services.cancel_booking(services.CancelBooking(booking_id=booking.id), caller=caller_of(desk), key=fresh_key())

    told = AuditEntry.objects.order_by("id")[before:]
    assert [(entry.operation, entry.scope_id) for entry in told] == [("bookings.cancel", room_type.hotel_id)]


def test_a_replay_is_not_told_twice_and_a_refusal_not_at_all() -> None:
    room_type, guest = RoomTypeFactory.create(), UserFactory.create()
    desk = caller_of(staff_of(room_type))
    booking = placed(guest, room_type)
    command = services.ConfirmBooking(booking_id=booking.id)
    before, key = AuditEntry.objects.count(), fresh_key()

    outcomes = [
        services.confirm_booking(command, caller=desk, key=key),
        services.confirm_booking(command, caller=desk, key=key),
        services.confirm_booking(command, caller=desk, key=fresh_key()),
    ]

    assert [outcome.code for outcome in outcomes] == ["confirmed", "confirmed", "invalid_transition"]
    assert AuditEntry.objects.count() == before + 1


def test_counters_that_a_command_sets_right() -> None:
    room_type = RoomTypeFactory.create()
    night = RoomNight.objects.filter(room_type=room_type).earliest("night").night
    RoomNight.objects.filter(room_type=room_type, night=night).update(sold=1)

    services.repair_counters(dry_run=True)
    services.repair_counters()

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.scope_id) == ("system:check_invariants", room_type.hotel_id)
    assert (entry.object_id, entry.before, entry.after) == (f"{room_type.id}/{night}", {"sold": 1}, {"sold": 0})
