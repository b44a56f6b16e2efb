"""Stays that are over, made through the services of the sale, and what guests say about them."""

from typing import Any
from uuid import UUID

import orjson

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.bookings import services as bookings
from apps.inventory.models import RoomType
from apps.reviews import services
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory


def confirmed_stay(*, guest: User, room_type: RoomType | None = None) -> UUID:
    """A reservation of `guest` that arrives today."""
    command = order(room_type or RoomTypeFactory.create(), days_ahead=0, nights=1, confirm=True)
    outcome = bookings.place_booking(command, caller=caller_of(guest), key=fresh_key())
    assert outcome.code == "booked"
    return UUID(orjson.loads(outcome.body)["reservations"][0]["id"])


def completed_stay(*, guest: User, room_type: RoomType | None = None) -> UUID:
    """A reservation of `guest` that was checked in and out."""
    reservation_id = confirmed_stay(guest=guest, room_type=room_type)
    hotel_id = bookings.get_stay(reservation_id).hotel_id
    staff = MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=hotel_id).user
    desk = caller_of(staff)
    arrived = bookings.check_in(bookings.CheckIn(reservation_id=reservation_id), caller=desk, key=fresh_key())
    left = bookings.check_out(bookings.CheckOut(reservation_id=reservation_id), caller=desk, key=fresh_key())
    assert (arrived.code, left.code) == ("checked_in", "checked_out")
    return reservation_id


def review(*, room_type: RoomType, rating: int, **fields: Any) -> services.ReviewView:
    """A published review of a hotel by a guest of its own."""
    guest = UserFactory.create()
    return services.submit_review(
        caller=caller_of(guest),
        reservation_id=completed_stay(guest=guest, room_type=room_type),
        rating=rating,
        **{"scores": {}} | fields,
    )
