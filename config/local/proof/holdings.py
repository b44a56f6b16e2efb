"""What the database holds of the users of a history, read past the platform: every booking, every stored answer."""

from collections.abc import Callable, Sequence
from typing import Any

from config.local.proof.checker import Booked, Committed

Query = Callable[[str, Sequence[Any]], list[dict[str, Any]]]

# The row of a booking is written again by every change to it, that of an expired stay never again. What was booked at
# first is in the first revision, which is there as soon as there is a second one.
_BOOKINGS = """
SELECT booking.id::text AS id, booking.principal AS user, booking.idempotency_key AS key,
       coalesce(first.stay ->> 'room_type_id', stay.room_type_id::text) AS room_type,
       coalesce(first.stay ->> 'arrival', stay.arrival::text) AS arrival,
       coalesce(first.stay ->> 'departure', stay.departure::text) AS departure,
       jsonb_build_object('room_type', stay.room_type_id, 'arrival', stay.arrival, 'departure', stay.departure) AS last,
       stay.status,
       array_remove(ARRAY[CASE WHEN EXISTS (SELECT 1 FROM bookings_revision AS revision
                                             WHERE revision.booking_id = booking.id AND revision.action = 'amend')
                               THEN 'amend' END,
                          CASE WHEN stay.confirmed_at IS NOT NULL THEN 'confirm' END,
                          CASE WHEN stay.canceled_at IS NOT NULL THEN 'cancel' END,
                          CASE WHEN stay.checked_in_at IS NOT NULL THEN 'check_in' END,
                          CASE WHEN stay.checked_out_at IS NOT NULL THEN 'check_out' END], NULL) AS marks,
       CASE WHEN booking.revision = 1
            THEN extract(epoch FROM pg_xact_commit_timestamp(booking.xmin))::float8 END AS placed_at,
       CASE WHEN stay.status = 'expired'
            THEN extract(epoch FROM pg_xact_commit_timestamp(stay.xmin))::float8 END AS expired_at
  FROM bookings_booking AS booking JOIN bookings_reservation AS stay ON stay.booking_id = booking.id
  LEFT JOIN LATERAL (SELECT revision.state -> 'reservations' -> 0 AS stay FROM bookings_revision AS revision
                      WHERE revision.booking_id = booking.id AND revision.revision = 1) AS first ON true
 WHERE booking.principal = ANY(%s)
"""

# The row of an answer is written once: its commit is that of the effect.
_ANSWERS = """
SELECT principal AS user, key, outcome, encode(sha256(body), 'hex') AS body_sha,
       extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS at
  FROM platform_idempotencyrecord WHERE principal = ANY(%s)
"""


def bookings_of(query: Query, principals: Sequence[str]) -> list[Booked]:
    """Every booking of these guests."""
    rows = query(_BOOKINGS, [list(principals)])
    return [Booked(**row | {"marks": frozenset(row["marks"])}) for row in rows]


def commits_of(query: Query, principals: Sequence[str]) -> list[Committed]:
    """Every stored answer of these users, with the time of its commit."""
    return [Committed(**row) for row in query(_ANSWERS, [list(principals)])]
