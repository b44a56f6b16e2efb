"""Giving back what pending bookings no longer hold."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection, transaction

from apps.bookings import events
from apps.bookings.services._rows import TREE
from apps.bookings.services._views import stay_nights
from apps.bookings.types import Action
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.db import fetch_all
from apps.platform.events import publish

_EXPIRE = """
WITH overdue AS MATERIALIZED (
    SELECT id FROM bookings_booking
     WHERE hold_expires_at <= %(now)s AND (%(hotel)s::uuid IS NULL OR hotel_id = %(hotel)s::uuid) {narrowed}
     ORDER BY id LIMIT %(limit)s FOR UPDATE {skip}
), first AS (
    INSERT INTO bookings_revision (booking_id, revision, at, actor, action, reason, state)
    SELECT booking.id, booking.revision, booking.updated_at, booking.principal, 'place', '', {tree}
      FROM bookings_booking AS booking
     WHERE booking.id IN (SELECT id FROM overdue)
       AND NOT EXISTS (SELECT 1 FROM bookings_revision AS earlier WHERE earlier.booking_id = booking.id)
), expired AS (
    UPDATE bookings_reservation SET status = 'expired'
     WHERE booking_id IN (SELECT id FROM overdue) AND status = 'pending'
    RETURNING id, booking_id, room_type_id, arrival, departure
), released AS (
    UPDATE bookings_reservationnight SET released_at = %(now)s
     WHERE reservation_id IN (SELECT id FROM expired)
), revised AS (
    UPDATE bookings_booking AS booking
       SET hold_expires_at = NULL, revision = revision + 1, updated_at = %(now)s
      FROM overdue WHERE booking.id = overdue.id
    RETURNING booking.id, booking.hotel_id, booking.revision
)
SELECT revised.id AS booking_id, revised.hotel_id, revised.revision,
       expired.id, expired.room_type_id, expired.arrival, expired.departure
  FROM revised JOIN expired ON expired.booking_id = revised.id ORDER BY revised.id
"""
# A statement of its own, which sees what the first one has done.
_REMEMBER = f"""
INSERT INTO bookings_revision (booking_id, revision, at, actor, action, reason, state)
SELECT booking.id, booking.revision, %(now)s, 'system:expiry', 'expire', '', {TREE}
  FROM bookings_booking AS booking WHERE booking.id = ANY(%(ids)s::uuid[])
"""  # noqa: S608 - a constant
_ON_THESE = """AND id IN (SELECT booking_id FROM bookings_reservation
                            WHERE status = 'pending' AND room_type_id = ANY(%(types)s::uuid[]))"""


def expire_overdue_holds(
    *, limit: int = 100, room_type_ids: Collection[UUID] = (), hotel_id: UUID | None = None
) -> int:
    """Expire bookings whose hold is over and free their nights, in one transaction; returns how many bookings.

    Safe to run in many places at once: each leaves what another is at work on. With `room_type_ids` it narrows itself
    to what stands in the way of a booking of these, and then waits for the others instead: what they release counts.

    :param hotel_id: of one hotel only; the others may have another time.
    """
    statement = _EXPIRE.format(
        narrowed=_ON_THESE if room_type_ids else "", skip="" if room_type_ids else "SKIP LOCKED", tree=TREE
    )
    parameters = {"now": clock.now(), "limit": limit, "hotel": hotel_id, "types": list(room_type_ids)}
    with transaction.atomic(durable=True):
        expired = fetch_all(statement, parameters)
        inventory.release_held([stay_nights(row) for row in expired], cause=Action.EXPIRE)
        bookings = {row["booking_id"]: row for row in expired}
        if bookings:
            with connection.cursor() as cursor:
                cursor.execute(_REMEMBER, {"ids": list(bookings), "now": clock.now()})
        for row in bookings.values():
            facts = events.BookingFacts(booking_id=row["booking_id"], revision=row["revision"], changes=("status",))
            publish(events.BookingExpired(hotel_id=row["hotel_id"], data=facts))
    return len(bookings)
