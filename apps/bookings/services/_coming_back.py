"""Taking nights again that a stay has given back, for a guest who is there after all."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from apps.accounts import services as accounts
from apps.bookings.types import Action
from apps.inventory import services as inventory
from apps.platform.db import array_of, fetch_all

_TAKE_AGAIN = """
UPDATE bookings_reservationnight
   SET released_at = NULL, room_id = CASE WHEN %(keeps_room)s THEN room_id END
 WHERE reservation_id = %(stay)s AND night = ANY(%(nights)s::date[]) RETURNING night
"""


def come_back(
    stay: Mapping[str, Any],
    *,
    since: date,
    cause: Action,
    caller: accounts.Caller,
    override_reason: str = "",
    keeps_room: bool = False,
) -> dict[str, Any]:
    """Sell the nights from `since` on that were given back to the stay again; what it is like since then.

    Nights before, which nobody slept, stay given back. Also where the sale is stopped: they were sold to this guest.

    :param override_reason: why it stays although a night is full: the limits of those nights rise.
    :param keeps_room: whether the nights have the rooms that they had, which are free by then.
    :raises NoRoomsLeft: if a night is full.
    """
    last = stay["nights"][-1]["night"]
    gone = [
        night
        for night in stay["nights"]
        if night["released_at"] is not None and (night["night"] >= since or night["night"] == last)
    ]
    if not gone:
        return dict(stay)
    spans = inventory.stays_of((stay["id"], night["room_type_id"], night["night"]) for night in gone)
    if override_reason:
        inventory.raise_limits(spans, hotel_id=stay["hotel_id"], actor=caller.principal, reason=override_reason)
    inventory.take_nights(stays=spans, hold_until=None, fence=None, cause=cause, unrestricted=True)
    days = {night["night"] for night in gone}
    fetch_all(_TAKE_AGAIN, {"stay": stay["id"], "nights": array_of(days), "keeps_room": keeps_room})
    nights = [
        night
        if night["night"] not in days
        else {**night, "released_at": None, "room_id": night["room_id"] if keeps_room else None}
        for night in stay["nights"]
    ]
    return {**stay, "nights": nights}
