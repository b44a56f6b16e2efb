"""A house with rooms and its front desk: what the tests of the front desk begin with."""

from typing import Any
from uuid import UUID

import orjson

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation, ReservationNight
from apps.platform.idempotency import Outcome
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomFactory


def staff_of(hotel_id: UUID, role: accounts.Role = accounts.Role.FRONT_DESK) -> accounts.Caller:
    """Somebody in this role."""
    return caller_of(MembershipFactory.create(role=role, scope_id=hotel_id).user)


def rooms(room_type: Any, *numbers: str) -> list[Any]:
    """Clean rooms of this type."""
    return [RoomFactory.create(room_type=room_type, number=number) for number in numbers]


def stay(room_type: Any, *, days_ahead: int = 0, nights: int = 2, **fields: Any) -> UUID:
    """A confirmed stay of somebody, by the id of the reservation."""
    command = order(room_type, days_ahead=days_ahead, nights=nights, **{"confirm": True} | fields)
    outcome = services.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())
    return UUID(orjson.loads(outcome.body)["reservations"][0]["id"])


def assign(stay_id: UUID, desk: accounts.Caller, room: Any = None, **fields: Any) -> Outcome:
    """Give a stay this room, or whichever fits."""
    command = services.AssignRoom(reservation_id=stay_id, room_id=room and room.id, **fields)
    return services.assign_room(command, caller=desk, key=fresh_key())


def check_in(stay_id: UUID, desk: accounts.Caller, room: Any = None) -> Outcome:
    """Let the guest in."""
    command = services.CheckIn(reservation_id=stay_id, room_id=room and room.id)
    return services.check_in(command, caller=desk, key=fresh_key())


def check_out(stay_id: UUID, desk: accounts.Caller) -> Outcome:
    """Let the guest go."""
    return services.check_out(services.CheckOut(reservation_id=stay_id), caller=desk, key=fresh_key())


def move(stay_id: UUID, room: Any, desk: accounts.Caller, **fields: Any) -> Outcome:
    """Let the stay have another room."""
    command = services.MoveRoom(reservation_id=stay_id, room_id=room.id, **fields)
    return services.move_room(command, caller=desk, key=fresh_key())


def doors(stay_id: UUID) -> list[UUID | None]:
    """The room of each live night."""
    nights = ReservationNight.objects.filter(reservation_id=stay_id, released_at__isnull=True)
    return list(nights.order_by("night").values_list("room_id", flat=True))


def status(stay_id: UUID) -> str:
    """The state of a stay."""
    return Reservation.objects.get(id=stay_id).status


def body(outcome: Outcome) -> Any:
    """What the caller is told."""
    return orjson.loads(outcome.body)


def revert_check_in(stay_id: UUID, desk: accounts.Caller) -> Outcome:
    """Undo a check-in."""
    return services.revert_check_in(services.RevertCheckIn(reservation_id=stay_id), caller=desk, key=fresh_key())


def revert_check_out(stay_id: UUID, desk: accounts.Caller) -> Outcome:
    """Undo a check-out."""
    return services.revert_check_out(services.RevertCheckOut(reservation_id=stay_id), caller=desk, key=fresh_key())


def no_show(stay_id: UUID, desk: accounts.Caller) -> Outcome:
    """Record that nobody came."""
    return services.record_no_show(services.RecordNoShow(reservation_id=stay_id), caller=desk, key=fresh_key())
