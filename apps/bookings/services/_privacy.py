"""Guests in bookings: told to themselves, and forgotten. Money, dates and ids stay: they are the hotel's accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.bookings.services._views import BookingView, get_bookings
from apps.platform import clock, idempotency, principals, privacy
from apps.platform.db import fetch_all
from apps.platform.errors import Conflict

ERASED_GUEST = "Erased guest"
_ERASED_ADDRESS = f"guest@{privacy.ERASED_DOMAIN}"


class StaysAhead(Conflict):
    """A hotel still expects the guest, or has them in the house."""

    code = "stays_ahead"
    title = "There are stays ahead"
    cause = "A booking that is pending, confirmed or in the house needs the name of its guest."
    remedy = "Cancel the bookings in `bookings`, or wait until the stays are over; then erase the account."
    example = {"bookings": ["K7Q2M9XA"]}
    stored = False
    retry = None


def export_of(account_id: UUID) -> list[BookingView]:
    """Every booking in the name of an account, the oldest first."""
    rows = fetch_all("SELECT id FROM bookings_booking WHERE account_id = %s ORDER BY id", [account_id])
    views = get_bookings([row["id"] for row in rows])
    return [views[row["id"]] for row in rows]


def erase(account_id: UUID) -> None:
    """Forget who the guests were in the bookings of an account, and in the stored answers about them.

    :raises StaysAhead: if one of them is not over.
    """
    bookings = fetch_all(
        "SELECT id, confirmation_number FROM bookings_booking WHERE account_id = %s ORDER BY id FOR NO KEY UPDATE",
        [account_id],
    )
    ids = [row["id"] for row in bookings]
    # Read after the lock: no stay begins or is confirmed from here on.
    live = {row["booking_id"] for row in fetch_all(_LIVE, {"ids": ids})}
    if live:
        numbers = [row["confirmation_number"] for row in bookings if row["id"] in live]
        raise StaysAhead(extra={"bookings": numbers})
    _erase(ids)
    idempotency.forget_bodies(principal=principals.user(account_id), about=ids)


def erase_before(instant: datetime, limit: int) -> int:
    """Forget the guests of bookings whose last night was over before `instant`; returns how many bookings."""
    rows = fetch_all(_OVER, {"before": instant, "limit": limit})
    _erase([row["id"] for row in rows])
    return len(rows)


_LIVE = """
SELECT DISTINCT booking_id FROM bookings_reservation
 WHERE booking_id = ANY(%(ids)s::uuid[]) AND status IN ('pending', 'confirmed', 'checked_in')
"""
# (By the key, which is in the order of time: what is younger than the instant is not looked at.)
_OVER = """
SELECT id FROM bookings_booking AS booking
 WHERE erased_at IS NULL AND created_at < %(before)s
   AND NOT EXISTS (SELECT 1 FROM bookings_reservation AS stay
                    WHERE stay.booking_id = booking.id AND stay.departure >= %(before)s::date)
 ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
_ERASE = """
WITH erased AS (
    UPDATE bookings_booking
       SET booker_name = %(name)s, booker_email = %(address)s, booker_phone = '', special_requests = '',
           metadata = '{}', revision = revision + 1, updated_at = %(now)s, erased_at = %(now)s,
           manage_version = manage_version + 1
     WHERE id = ANY(%(ids)s::uuid[]) AND erased_at IS NULL
    RETURNING id
)
UPDATE bookings_reservation AS stay SET guest_name = %(name)s FROM erased WHERE stay.booking_id = erased.id
RETURNING stay.id
"""


# Nobody is named in what a booking was before either. The trigger that keeps its history lets this pass, and only it.
_ERASE_HISTORY = """
UPDATE bookings_revision AS earlier
   SET state = earlier.state
       || jsonb_build_object('booker_name', %(name)s::text, 'booker_email', %(address)s::text, 'booker_phone', '',
                             'special_requests', '', 'metadata', '{}'::jsonb)
       || jsonb_build_object('reservations', (
              SELECT jsonb_agg(stay || jsonb_build_object('guest_name', %(name)s::text) ORDER BY stay -> 'position')
                FROM jsonb_array_elements(earlier.state -> 'reservations') AS stay)),
       reason = ''
 WHERE earlier.booking_id = ANY(%(ids)s::uuid[])
"""


def _erase(booking_ids: Sequence[UUID]) -> None:
    if not booking_ids:
        return
    parameters: dict[str, Any] = {
        "name": ERASED_GUEST,
        "address": _ERASED_ADDRESS,
        "ids": list(booking_ids),
        "now": clock.now(),
    }
    fetch_all(_ERASE, parameters)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL bookings.erasing = 'on'")
        cursor.execute(_ERASE_HISTORY, parameters)
        cursor.execute("SET LOCAL bookings.erasing = 'off'")
