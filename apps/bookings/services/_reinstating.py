"""Giving an expired booking its rooms back, because its money came after all."""

from apps.bookings.services._changing import move
from apps.bookings.services._locking import LockedBooking
from apps.bookings.services._views import stay_nights
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform.db import fetch_all


def reinstate(locked: LockedBooking) -> bool:
    """Take the nights of an expired booking again and confirm it, at the price that was booked; whether that worked.

    All of its rooms or none: it is not done where a night has gone to somebody else, is closed, or is over.
    """
    expired = [stay for stay in locked.stays if stay["status"] == Status.EXPIRED]
    today = inventory.today_at(locked.hotel_id)
    if any(stay["arrival"] < today for stay in expired):
        return False
    try:
        inventory.take_nights(
            stays=[stay_nights(stay) for stay in expired], hold_until=None, fence=None, cause=Action.REINSTATE
        )
    except inventory.NoRoomsLeft:
        # (A verdict of the statement, no error of the database: the transaction goes on.)
        return False
    move(expired, Action.REINSTATE, stamp="confirmed_at")
    fetch_all(
        "UPDATE bookings_reservationnight SET released_at = NULL"
        " WHERE reservation_id = ANY(%(ids)s::uuid[]) RETURNING night",
        {"ids": [stay["id"] for stay in expired]},
    )
    return True
