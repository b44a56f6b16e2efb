"""Every state x every action, against the table: what is allowed moves a stay there, anything else moves nothing.

The table says it once more and on its own: it is not made from the rules of the application. What a new action does
in each state is a line in MOVES or WITHIN, and how it is asked for is a line in COMMANDS.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection

from apps.accounts import services as accounts
from apps.bookings import policies, services
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.bookings.types import Action, Status
from apps.inventory.models import Room, RoomNight, RoomType
from apps.platform import clock
from apps.platform.idempotency import Outcome
from tests.bookings.desk import staff_of
from tests.bookings.orders import fresh_key, order
from tests.factories.inventory import RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

MOVES: Mapping[str, Mapping[str, str]] = {
    "confirm": {"pending": "confirmed"},
    "expire": {"pending": "expired"},
    "cancel": {"pending": "canceled", "confirmed": "canceled"},
    "check_in": {"confirmed": "checked_in", "no_show": "checked_in"},
    "check_out": {"checked_in": "checked_out"},
    "no_show": {"confirmed": "no_show"},
    "revert_check_in": {"checked_in": "confirmed"},
    "revert_check_out": {"checked_out": "checked_in"},
}
WITHIN: Mapping[str, set[str]] = {
    "amend": {"pending", "confirmed", "checked_in"},
    "extend_hold": {"pending"},
    "assign": {"pending", "confirmed", "checked_in"},
    "unassign": {"pending", "confirmed"},
    "move": {"confirmed", "checked_in"},
}
# Done at the desk, and offered to nobody in the list of what can be done.
NOT_OFFERED = {"expire", "extend_hold", "assign", "unassign", "move"}


def a_room_of(stay: Reservation) -> UUID:
    """A clean room of the type that the stay has."""
    room_type = RoomType.objects.get(id=stay.room_type_id)
    made: UUID = (Room.objects.filter(room_type=room_type).first() or RoomFactory.create(room_type=room_type)).id
    return made


Ask = Callable[[Reservation, accounts.Caller], Outcome]


def amend(stay: Reservation, desk: accounts.Caller) -> Outcome:
    change = services.StayChange(reservation_id=stay.id, departure=stay.departure + timedelta(days=1))
    return services.amend_booking(
        services.AmendBooking(booking_id=stay.booking_id, reservations=(change,)),
        caller=desk,
        key=fresh_key(),
        expected_revision=stay.booking.revision,
    )


COMMANDS: Mapping[str, Ask] = {
    "confirm": lambda stay, desk: services.confirm_booking(
        services.ConfirmBooking(booking_id=stay.booking_id), caller=desk, key=fresh_key()
    ),
    "cancel": lambda stay, desk: services.cancel_booking(
        services.CancelBooking(booking_id=stay.booking_id), caller=desk, key=fresh_key()
    ),
    "check_in": lambda stay, desk: services.check_in(
        services.CheckIn(reservation_id=stay.id), caller=desk, key=fresh_key()
    ),
    "check_out": lambda stay, desk: services.check_out(
        services.CheckOut(reservation_id=stay.id), caller=desk, key=fresh_key()
    ),
    "no_show": lambda stay, desk: services.record_no_show(
        services.RecordNoShow(reservation_id=stay.id), caller=desk, key=fresh_key()
    ),
    "revert_check_in": lambda stay, desk: services.revert_check_in(
        services.RevertCheckIn(reservation_id=stay.id), caller=desk, key=fresh_key()
    ),
    "revert_check_out": lambda stay, desk: services.revert_check_out(
        services.RevertCheckOut(reservation_id=stay.id), caller=desk, key=fresh_key()
    ),
    "assign": lambda stay, desk: services.assign_room(
        services.AssignRoom(reservation_id=stay.id, room_id=a_room_of(stay)), caller=desk, key=fresh_key()
    ),
    "unassign": lambda stay, desk: services.unassign_room(
        services.UnassignRoom(reservation_id=stay.id), caller=desk, key=fresh_key()
    ),
    "move": lambda stay, desk: services.move_room(
        services.MoveRoom(reservation_id=stay.id, room_id=a_room_of(stay)), caller=desk, key=fresh_key()
    ),
    "amend": amend,
    "extend_hold": lambda stay, desk: services.extend_hold(
        services.ExtendHold(booking_id=stay.booking_id), caller=desk, key=fresh_key()
    ),
}

# From nothing to each state, by commands only.
PATHS: Mapping[str, tuple[str, ...]] = {
    "pending": (),
    "confirmed": ("confirm",),
    "checked_in": ("confirm", "check_in"),
    "checked_out": ("confirm", "check_in", "check_out"),
    "canceled": ("cancel",),
    "expired": ("expire",),
    "no_show": ("confirm", "no_show"),
}


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return staff_of(double.hotel_id)


def act(action: str, stay: Reservation, desk: accounts.Caller) -> str:
    """Ask for it; the code of the answer."""
    if action == "expire":
        hold = Booking.objects.get(id=stay.booking_id).hold_expires_at
        with clock.moved_to(hold or clock.now()):
            return "expired" if services.expire_overdue_holds() else "nothing"
    return COMMANDS[action](stay, desk).code


def stay_in(state: str, double: Any, desk: accounts.Caller) -> Reservation:
    outcome = services.place_booking(order(double, days_ahead=0), caller=desk, key=fresh_key())
    id_ = UUID(orjson.loads(outcome.body)["reservations"][0]["id"])
    for action in PATHS[state]:
        act(action, Reservation.objects.select_related("booking").get(id=id_), desk)
    stay = Reservation.objects.select_related("booking").get(id=id_)
    assert stay.status == state
    return stay


def rows() -> list[Any]:
    """All that a command could have changed."""
    return [
        list(Booking.objects.values()),
        list(Reservation.objects.values()),
        list(ReservationNight.objects.order_by("pk").values()),
        list(RoomNight.objects.order_by("room_type_id", "night").values()),
    ]


@pytest.mark.parametrize("state", [status.value for status in Status])
@pytest.mark.parametrize("action", sorted({*MOVES, *WITHIN}))
def test_each_action_in_each_state(state: str, action: str, double: Any, desk: accounts.Caller) -> None:
    stay = stay_in(state, double, desk)
    before = rows()

    code = act(action, stay, desk)

    target = MOVES.get(action, {}).get(state) or (state if state in WITHIN.get(action, set()) else None)
    if target is None:
        assert code in {"invalid_transition", "nothing"}
        assert rows() == before
    else:
        assert code not in {"invalid_transition", "nothing", "hold_expired"}
        assert Reservation.objects.get(id=stay.id).status == target
    connection.check_constraints()
    assert services.check_invariants(unpruned=True) == ()


@pytest.mark.parametrize("status", list(Status))
def test_the_actions_that_are_offered_are_those_of_the_table(status: Status) -> None:
    known = {action.value for action in policies.actions_on(status)} & {*MOVES, *WITHIN}

    assert known == {
        action
        for action in {*MOVES, *WITHIN} - NOT_OFFERED
        if status in MOVES.get(action, {}) or status in WITHIN.get(action, set())
    }


def test_every_action_that_moves_a_stay_is_in_the_table() -> None:
    # A late payment reinstates what has expired: the tests of payments show it.
    assert {action.value for action in policies.TRANSITIONS} - {Action.REINSTATE.value} <= {*MOVES, *WITHIN}
