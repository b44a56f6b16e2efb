"""What must be true of every booking at every moment, checked against the whole database in one snapshot.

Each check compares two independent records of the same fact; none trusts a constraint to have held. Everything is
read set by set and merged in order: a million nights take little memory, and seconds of a processor.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.bookings.events import BookingConfirmed, BookingPlaced
from apps.inventory import services as inventory
from apps.platform import clock, idempotency, outbox
from apps.platform.db import fetch_all, fetch_one, stream

MOST_OF_ONE_KIND = 100

# Longer than the time-outs of a worker's connection, shorter than the soft limit of a task (540 s).
AUDIT_TIME = timedelta(minutes=8)

# Any fixed number: it is the name of "an audit is at work" among the database's advisory locks.
_AUDIT_LOCK = 7_203_115_905

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Something that is not as it must be: which invariant, of what, and how it is instead."""

    code: str
    subject: str
    detail: str


def check_invariants(*, unpruned: bool = False, horizon: bool = False) -> tuple[Violation, ...]:
    """Everything in the database that breaks an invariant, at most MOST_OF_ONE_KIND of each kind; empty if all is well.

    In one snapshot of its own, beside whatever is going on, or in the caller's transaction. Changes nothing.

    :param unpruned: no answer and no event was ever pruned, so that those of old bookings must be there too.
    :param horizon: the generation of nights is at work, so that every night to the horizon must be there.
    """
    beginning = datetime.min.replace(tzinfo=clock.now().tzinfo)
    kept = _Kept(
        answers_since=beginning if unpruned else clock.now() - idempotency.KEPT_FOR,
        events_since=beginning if unpruned else clock.now() - outbox.KEPT_FOR,
    )
    with snapshot():
        checks = [*(_from_rows(code, sql) for code, sql in _ROWS_THAT_MUST_NOT_BE.items())]
        checks += [
            _counter_faults(),
            _ledger_faults(),
            _oversold_nights(),
            *([_horizon_faults()] if horizon else []),
            _hold_drift(),
            _guests_in_one_room(),
            _rooms_of_other_types(),
            _record_drift(kept),
        ]
        return tuple(violation for check in checks for violation in _some_of_each(check))


def audit_invariants() -> Mapping[str, int] | None:
    """Check the invariants and say in the log how many things of each kind break them: one line, codes and counts only.

    However large the database: for AUDIT_TIME at most, whatever the connection's own time-outs. While another audit is
    at work this one leaves it to that.

    :returns: the counts, at most MOST_OF_ONE_KIND of each kind, empty if all is well; None where another is at work.
    """
    with snapshot(within=AUDIT_TIME):
        lock = fetch_one("SELECT pg_try_advisory_xact_lock(%s) AS is_ours", [_AUDIT_LOCK])
        if not (lock and lock["is_ours"]):
            logger.info("an audit of the invariants is at work elsewhere")
            return None
        counts = Counter(violation.code for violation in check_invariants(horizon=True))
    if counts:
        kinds = ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))
        logger.error("invariants are broken (at most %s of a kind are counted): %s", MOST_OF_ONE_KIND, kinds)
    else:
        logger.info("invariants hold")
    return counts


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """Since when what pruning removes must still be there."""

    answers_since: datetime
    events_since: datetime


@contextmanager
def snapshot(*, within: timedelta | None = None) -> Iterator[None]:
    """One snapshot of the database, read-only, for the block; the caller's transaction where there is one.

    :param within: how long the block may take, whatever the connection's time-outs; None leaves it at those.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if within is not None:
                milliseconds = int(within.total_seconds() * 1000)
                # A clock of the transaction that runs already is not set to a new time, but stopped and started again.
                for timeout, value in (("statement", milliseconds), ("transaction", 0), ("transaction", milliseconds)):
                    cursor.execute(f"SET LOCAL {timeout}_timeout = {value}")
        yield


def _some_of_each(violations: Iterator[Violation]) -> Iterator[Violation]:
    seen: dict[str, int] = {}
    for violation in violations:
        seen[violation.code] = seen.get(violation.code, 0) + 1
        if seen[violation.code] <= MOST_OF_ONE_KIND:
            yield violation


# Within this app: each statement finds the rows that must not be -----------------------------------------------------

_ROWS_THAT_MUST_NOT_BE: Mapping[str, str] = {
    "booking_total_is_not_the_sum": """
        SELECT booking.id::text AS subject,
               booking.total_minor || ' instead of ' || coalesce(sum(stay.total_minor), 0) AS detail
          FROM bookings_booking AS booking LEFT JOIN bookings_reservation AS stay ON stay.booking_id = booking.id
         GROUP BY booking.id HAVING booking.total_minor IS DISTINCT FROM sum(stay.total_minor)
    """,
    "reservation_total_is_not_the_sum": """
        SELECT stay.id::text AS subject,
               stay.total_minor || ' instead of ' || coalesce(sum(night.amount_minor), 0) + beside.charges AS detail
          FROM bookings_reservation AS stay
          LEFT JOIN bookings_reservationnight AS night ON night.reservation_id = stay.id
         CROSS JOIN LATERAL (
               SELECT coalesce(sum((charge ->> 'amount_minor')::bigint), 0) AS charges
                 FROM jsonb_array_elements(stay.charges) AS charge
                WHERE NOT (charge ->> 'inclusive')::boolean) AS beside
         GROUP BY stay.id, beside.charges
        HAVING stay.total_minor IS DISTINCT FROM sum(night.amount_minor) + beside.charges
    """,
    "reservation_lacks_a_night": """
        SELECT stay.id::text AS subject,
               count(night.night) || ' nights from ' || stay.arrival || ' to ' || stay.departure AS detail
          FROM bookings_reservation AS stay
          LEFT JOIN bookings_reservationnight AS night
            ON night.reservation_id = stay.id AND night.night >= stay.arrival AND night.night < stay.departure
         GROUP BY stay.id HAVING count(night.night) <> stay.departure - stay.arrival
    """,
    "night_not_given_back": """
        SELECT stay.id::text AS subject, stay.status || ', and still has ' || min(night.night) AS detail
          FROM bookings_reservation AS stay JOIN bookings_reservationnight AS night ON night.reservation_id = stay.id
         WHERE stay.status IN ('canceled', 'expired') AND night.released_at IS NULL
         GROUP BY stay.id
    """,
    "night_given_back_too_early": """
        SELECT stay.id::text AS subject, stay.status || ', and has given back ' || min(night.night) AS detail
          FROM bookings_reservation AS stay JOIN bookings_reservationnight AS night ON night.reservation_id = stay.id
         WHERE stay.status IN ('pending', 'confirmed', 'checked_in') AND night.released_at IS NOT NULL
           -- Whoever came late has not got back the nights before; the hotel's date may be a day beside.
           AND (stay.status <> 'checked_in' OR stay.no_show_at IS NULL
                OR night.night > (stay.checked_in_at AT TIME ZONE 'UTC')::date + 1)
         GROUP BY stay.id
    """,
    "money_without_a_room": """
        SELECT booking.id::text AS subject,
               kept.minor || ' kept, ' || owed.minor || ' owed, and it is over' AS detail
          FROM bookings_booking AS booking
          JOIN (SELECT booking_id, sum(captured_minor - refunded_minor) AS minor, max(updated_at) AS moved_at
                  FROM bookings_payment WHERE provider <> 'desk' AND captured_minor > refunded_minor
                 GROUP BY booking_id) AS kept ON kept.booking_id = booking.id
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(CASE stay.status WHEN 'expired' THEN 0
                                                    WHEN 'canceled' THEN coalesce(stay.penalty_minor, 0)
                                                    WHEN 'no_show' THEN coalesce(stay.penalty_minor, stay.total_minor)
                                                    ELSE stay.total_minor END), 0) AS minor,
                      bool_and(stay.status IN ('expired', 'canceled', 'no_show')) AS is_over
                 FROM bookings_reservation AS stay WHERE stay.booking_id = booking.id) AS owed
         WHERE owed.is_over AND kept.minor > owed.minor
           AND greatest(kept.moved_at, booking.updated_at) < now() - interval '30 minutes'
    """,
    "refunds_are_not_what_went_back": """
        SELECT payment.id::text AS subject,
               payment.refunded_minor || ' went back, ' || sum(refund.amount_minor) || ' was refunded' AS detail
          FROM bookings_payment AS payment JOIN bookings_refund AS refund ON refund.payment_id = payment.id
         WHERE refund.state = 'refunded'
         GROUP BY payment.id HAVING payment.refunded_minor < sum(refund.amount_minor)
    """,
    "room_has_two_stays": """
        SELECT night.room_id::text AS subject, count(*) || ' stays on ' || night.night AS detail
          FROM bookings_reservationnight AS night
         WHERE night.room_id IS NOT NULL AND night.released_at IS NULL
         GROUP BY night.room_id, night.night HAVING count(*) > 1
    """,
    "key_has_two_bookings": """
        SELECT min(id::text) AS subject, count(*) || ' bookings under one key' AS detail
          FROM bookings_booking GROUP BY principal, idempotency_key HAVING count(*) > 1
    """,
    "hold_is_not_that_of_a_pending_booking": """
        SELECT booking.id::text AS subject,
               CASE WHEN booking.hold_expires_at IS NULL THEN 'pending without end' ELSE 'held, not pending' END
               AS detail
          FROM bookings_booking AS booking
         WHERE (booking.hold_expires_at IS NOT NULL) <> EXISTS (
               SELECT 1 FROM bookings_reservation AS stay
                WHERE stay.booking_id = booking.id AND stay.status = 'pending')
    """,
}


def _from_rows(code: str, sql: str) -> Iterator[Violation]:
    return (Violation(code=code, **row) for row in islice(stream(sql), MOST_OF_ONE_KIND))


# Against the inventory ------------------------------------------------------------------------------------------------

LIVE_NIGHTS = """
SELECT night.room_type_id, night.night,
       count(*) FILTER (WHERE stay.status = 'pending') AS held, count(*) FILTER (WHERE stay.status <> 'pending') AS sold
  FROM bookings_reservationnight AS night JOIN bookings_reservation AS stay ON stay.id = night.reservation_id
 WHERE night.released_at IS NULL {among}
 GROUP BY night.room_type_id, night.night
 ORDER BY night.room_type_id, night.night
"""


@dataclass(frozen=True, kw_only=True)
class NightDrift:
    """A night whose counters are not its live nights: what is counted, and what is booked."""

    room_type_id: UUID
    night: date
    counted_sold: int
    counted_held: int
    booked_sold: int
    booked_held: int


def night_drift() -> Iterator[NightDrift]:
    """Nights whose counters are not the live nights of reservations: counted wrongly, or booked without a row.

    In the order of room type and night. Inside the caller's transaction.
    """
    live = stream(LIVE_NIGHTS.format(among=""))
    return _drift((row["room_type_id"], row["night"], row["sold"], row["held"]) for row in live)


def ledger_drift() -> Iterator[NightDrift]:
    """Nights whose counters are not the sums of their movements, which stand here as what is booked.

    In the order of room type and night. Inside the caller's transaction.
    """
    return _drift((row.room_type_id, row.night, row.sold, row.held) for row in inventory.told_nights())


def _drift(records: Iterable[tuple[UUID, date, int, int]]) -> Iterator[NightDrift]:
    """Where the counters are not what an independent record of (room type, night, sold, held) says."""
    booked_nights = (((room_type_id, night), "booked", sold, held) for room_type_id, night, sold, held in records)
    counted = (((row.room_type_id, row.night), "counted", row.sold, row.held) for row in inventory.counted_nights())
    for (room_type_id, night), sides in groupby(merge(booked_nights, counted, key=itemgetter(0)), key=itemgetter(0)):
        figures = {side: (sold, held) for _, side, sold, held in sides}
        booked, seen = figures.get("booked", (0, 0)), figures.get("counted", (0, 0))
        if booked != seen:
            yield NightDrift(
                room_type_id=room_type_id,
                night=night,
                counted_sold=seen[0],
                counted_held=seen[1],
                booked_sold=booked[0],
                booked_held=booked[1],
            )


def _ledger_faults() -> Iterator[Violation]:
    for drift in ledger_drift():
        detail = (
            f"{drift.counted_sold} sold and {drift.counted_held} held are counted,"
            f" the movements come to {drift.booked_sold} and {drift.booked_held}"
        )
        yield Violation(
            code="counters_are_not_their_movements", subject=f"{drift.room_type_id} {drift.night}", detail=detail
        )


def _counter_faults() -> Iterator[Violation]:
    for drift in night_drift():
        detail = (
            f"{drift.counted_sold} sold and {drift.counted_held} held are counted,"
            f" {drift.booked_sold} and {drift.booked_held} are booked"
        )
        subject = f"{drift.room_type_id} {drift.night}"
        yield Violation(code="counters_are_not_the_live_nights", subject=subject, detail=detail)


def _oversold_nights() -> Iterator[Violation]:
    for row in inventory.counted_nights():
        if row.sold < 0 or row.held < 0 or row.sold + row.held > row.limit:
            detail = f"{row.sold} sold and {row.held} held of {row.limit}"
            yield Violation(code="night_is_oversold", subject=f"{row.room_type_id} {row.night}", detail=detail)


def _horizon_faults() -> Iterator[Violation]:
    """Nights that generation has left out: they are not on sale, and nobody would notice.

    The last one before the horizon may be missing until the next run after a day has begun.
    """
    missing = inventory.missing_nights(ahead_of_horizon=1)
    if missing:
        yield Violation(
            code="nights_missing_to_the_horizon", subject="inventory", detail=f"{missing} nights are not generated"
        )


_IN_HOUSE = """
SELECT stay.hotel_id, stay.id, night.night, night.room_id
  FROM bookings_reservation AS stay JOIN bookings_reservationnight AS night ON night.reservation_id = stay.id
 WHERE stay.status = 'checked_in' AND night.released_at IS NULL AND night.room_id IS NOT NULL
 ORDER BY stay.hotel_id, stay.id, night.night
"""


def _guests_in_one_room() -> Iterator[Violation]:
    """Rooms to which more than one stay is checked in: of each stay, the room of its last night so far."""
    rows = fetch_all(_IN_HOUSE)
    hotels = inventory.labels_of(hotel_ids={row["hotel_id"] for row in rows}).hotels
    rooms = {row["id"]: row["room_id"] for row in rows if row["night"] <= hotels[row["hotel_id"]].business_date}
    for room_id, stays in Counter(rooms.values()).items():
        if stays > 1:
            yield Violation(code="room_has_two_guests", subject=str(room_id), detail=f"{stays} stays are in it")


_ASSIGNED = """
SELECT night.room_id, night.room_type_id, min(night.night) AS first
  FROM bookings_reservationnight AS night JOIN bookings_reservation AS stay ON stay.id = night.reservation_id
 WHERE night.room_id IS NOT NULL AND night.released_at IS NULL AND stay.status = 'checked_in'
 GROUP BY night.room_id, night.room_type_id
"""


def _rooms_of_other_types() -> Iterator[Violation]:
    """Rooms with guests who take the inventory of another type. Those who are ahead follow a moment later."""
    rows = fetch_all(_ASSIGNED)
    rooms = inventory.get_rooms({row["room_id"] for row in rows})
    for row in rows:
        if rooms[row["room_id"]].room_type_id != row["room_type_id"]:
            detail = f"its guests take {row['room_type_id']} from {row['first']} on"
            yield Violation(code="room_is_of_another_type", subject=str(row["room_id"]), detail=detail)


_PENDING = """
SELECT stay.id AS reservation_id, stay.room_type_id, stay.arrival, stay.departure, booking.hold_expires_at AS expires_at
  FROM bookings_reservation AS stay JOIN bookings_booking AS booking ON booking.id = stay.booking_id
 WHERE stay.status = 'pending' ORDER BY stay.id
"""


def _hold_drift() -> Iterator[Violation]:
    """Holds that are not those of pending reservations."""
    pending = (_key_and_rest(row, "a pending reservation") for row in stream(_PENDING))
    holds = (_key_and_rest(vars(hold), "a hold") for hold in inventory.held_stays())
    for reservation_id, sides in groupby(merge(pending, holds, key=itemgetter(0)), key=itemgetter(0)):
        facts = {side: rest for _, side, rest in sides}
        if len(facts) == 1:
            detail = f"only {next(iter(facts))} says so"
        elif facts["a hold"] != facts["a pending reservation"]:
            detail = "the hold has other dates, another room type or another end"
        else:
            continue
        yield Violation(code="holds_are_not_the_pending_stays", subject=str(reservation_id), detail=detail)


def _key_and_rest(row: Mapping[str, Any], side: str) -> tuple[UUID, str, tuple[Any, ...]]:
    return row["reservation_id"], side, (row["room_type_id"], row["arrival"], row["departure"], row["expires_at"])


# Against answers and events -------------------------------------------------------------------------------------------

_BOOKINGS = """
SELECT booking.id, booking.principal, booking.idempotency_key AS key, booking.created_at,
       EXISTS (SELECT 1 FROM bookings_reservation AS stay
                WHERE stay.booking_id = booking.id AND stay.confirmed_at IS NOT NULL) AS is_confirmed
  FROM bookings_booking AS booking ORDER BY booking.id
"""


def _record_drift(kept: _Kept) -> Iterator[Violation]:
    """Booking and stored answer are there both, or neither; each booking is announced once, as confirmed once if ever.

    One pass over all bookings, beside their events and with the answers at hand: those are of the last days only.
    """
    answers = {
        UUID(effect.location.rsplit("/", 1)[-1]): (effect.principal, effect.key)
        for effect in idempotency.effects_of("booked")
    }
    for booking_id, booking, told in _bookings_with_events():
        if booking is None:
            yield Violation(code="event_without_booking", subject=str(booking_id), detail=", ".join(told))
            continue
        yield from _answer_faults(booking, answers.pop(booking_id, None), kept)
        yield from _event_faults(booking, told, kept)
    for booking_id, key in answers.items():
        yield Violation(code="answer_without_booking", subject=str(booking_id), detail=f"{key} answers with it")


def _bookings_with_events() -> Iterator[tuple[UUID, dict[str, Any] | None, Sequence[str]]]:
    bookings: Iterable[tuple[UUID, str, Any]] = ((row["id"], "booking", row) for row in stream(_BOOKINGS))
    events = ((about, "told", topics) for about, topics in outbox.published(BookingPlaced.type, BookingConfirmed.type))
    for booking_id, sides in groupby(merge(bookings, events, key=itemgetter(0)), key=itemgetter(0)):
        found = {side: value for _, side, value in sides}
        yield booking_id, found.get("booking"), found.get("told", ())


def _answer_faults(booking: Mapping[str, Any], key: tuple[str, str] | None, kept: _Kept) -> Iterator[Violation]:
    if key is None and booking["created_at"] > kept.answers_since:
        yield Violation(code="booking_without_answer", subject=str(booking["id"]), detail="no key answers with it")
    elif key not in {None, (booking["principal"], booking["key"])}:
        yield Violation(code="answer_of_another_key", subject=str(booking["id"]), detail=f"{key} answers with it")


def _event_faults(booking: Mapping[str, Any], told: Sequence[str], kept: _Kept) -> Iterator[Violation]:
    is_kept = booking["created_at"] > kept.events_since
    for topic, expected in ((BookingPlaced.type, 1), (BookingConfirmed.type, int(booking["is_confirmed"]))):
        count = told.count(topic)
        if count > expected or (is_kept and count < expected):
            detail = f"{count} {topic} instead of {expected}"
            yield Violation(code="event_not_told_once", subject=str(booking["id"]), detail=detail)
