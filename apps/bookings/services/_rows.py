"""A booking as the rows of its tables: one document, the same for what it is now and for what it was before."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

# The alias of the table is `booking`. Nothing is left out, so that any past state can be shown as it was; of the money
# that came for it the sum, for payments keep their own history.
TREE = """to_jsonb(booking) || jsonb_build_object('reservations',
       (SELECT jsonb_agg(to_jsonb(reservation) || jsonb_build_object('nights',
               (SELECT jsonb_agg(to_jsonb(of_stay) ORDER BY of_stay.night) FROM bookings_reservationnight AS of_stay
                 WHERE of_stay.reservation_id = reservation.id)) ORDER BY reservation.position)
          FROM bookings_reservation AS reservation WHERE reservation.booking_id = booking.id),
       'paid_minor', (SELECT coalesce(sum(payment.captured_minor - payment.refunded_minor), 0)
                        FROM bookings_payment AS payment WHERE payment.booking_id = booking.id))"""

_BOOKING: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("id", "hotel_id", "account_id"), UUID),
    **dict.fromkeys(("created_at", "updated_at", "hold_expires_at", "erased_at"), datetime.fromisoformat),
}
_STAY: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("id", "booking_id", "hotel_id", "room_type_id", "rate_plan_id"), UUID),
    **dict.fromkeys(("arrival", "departure"), date.fromisoformat),
    **dict.fromkeys(
        ("confirmed_at", "checked_in_at", "checked_out_at", "canceled_at", "no_show_at"), datetime.fromisoformat
    ),
}
_NIGHT: Mapping[str, Callable[[str], Any]] = {
    "night": date.fromisoformat,
    "released_at": datetime.fromisoformat,
    **dict.fromkeys(("room_type_id", "charged_room_type_id", "room_id"), UUID),
}


def parsed_tree(document: str | bytes) -> dict[str, Any]:
    """The row of a booking with its `reservations` and their `nights`: ids, dates and instants as such."""
    booking: dict[str, Any] = orjson.loads(document)
    _parse(booking, _BOOKING)
    booking.setdefault("paid_minor", 0)
    for stay in booking["reservations"]:
        _parse(stay, _STAY)
        for night in stay["nights"]:
            _parse(night, _NIGHT)
    return booking


def _parse(row: dict[str, Any], kinds: Mapping[str, Callable[[str], Any]]) -> None:
    # (A column that is younger than the state is empty in it.)
    for name, kind in kinds.items():
        text = row.get(name)
        row[name] = kind(text) if text else None
