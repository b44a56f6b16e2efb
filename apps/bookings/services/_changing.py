"""The steps that changes of a booking are made of: move, give nights back, and write the next revision."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from apps.bookings import events, policies
from apps.bookings.policies import TRANSITIONS
from apps.bookings.services._errors import InvalidTransition
from apps.bookings.services._locking import LockedBooking
from apps.bookings.services._rows import TREE, parsed_tree
from apps.bookings.services._views import booking_view, frozen, labels_for, tiers_of
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import audit, clock
from apps.platform.commands import Answer
from apps.platform.db import fetch_all


def move(
    stays: Sequence[Mapping[str, Any]],
    action: Action,
    *,
    stamp: str | None,
    penalties: Mapping[UUID, int] | None = None,
) -> None:
    """The conditional UPDATE of a transition.

    :param stamp: the column that takes the instant.
    :param penalties: what it costs, by reservation, in minor units.
    :raises InvalidTransition: if the state is another one by now, which the lock on the booking makes impossible.
    """
    for source, target in TRANSITIONS[action].items():
        ids = [stay["id"] for stay in stays if stay["status"] == source]
        if not ids:
            continue
        stamped = f", {stamp} = %(now)s" if stamp else ""
        moved = fetch_all(
            "UPDATE bookings_reservation AS stay"  # noqa: S608 - a column named above
            f" SET status = %(target)s{stamped}, penalty_minor = coalesce(charged.minor, stay.penalty_minor)"
            "  FROM unnest(%(ids)s::uuid[], %(minor)s::bigint[]) AS charged (id, minor)"
            " WHERE stay.id = charged.id AND status = %(source)s RETURNING stay.id",
            {
                "target": target.value,
                "source": source.value,
                "ids": ids,
                "minor": [(penalties or {}).get(id_) for id_ in ids],
                "now": clock.now(),
            },
        )
        if len(moved) != len(ids):
            raise InvalidTransition()


def release_nights(reservation_ids: Sequence[UUID], *, but_before: date | None = None) -> list[dict[str, Any]]:
    """Mark nights as given back, from `but_before` on or all of them, and say which."""
    return fetch_all(
        "UPDATE bookings_reservationnight SET released_at = %(now)s"
        " WHERE reservation_id = ANY(%(ids)s::uuid[]) AND released_at IS NULL"
        " AND (%(first)s::date IS NULL OR night >= %(first)s::date) RETURNING reservation_id, room_type_id, night",
        {"now": clock.now(), "ids": list(reservation_ids), "first": but_before},
    )


def give_back(stay: Mapping[str, Any], *, leaving: date, cause: Action) -> None:
    """Free the nights that a guest who leaves on `leaving` no longer needs."""
    free = policies.nights_given_back(arrival=stay["arrival"], departure=stay["departure"], leaving=leaving)
    if free:
        nights = release_nights([stay["id"]], but_before=free[0])
        inventory.release_sold(stays_of(nights), cause=cause)


def stays_of(nights: Iterable[Mapping[str, Any]]) -> list[inventory.StayNights]:
    """Rows of nights as the inventory knows them."""
    return inventory.stays_of((night["reservation_id"], night["room_type_id"], night["night"]) for night in nights)


# The first revision is written with the second one: most bookings are never touched, and the sale is spared a row.
# The nights and reservations are as earlier statements have left them; only the booking's own row changes here.
_REVISE = f"""
WITH first AS (
    INSERT INTO bookings_revision (booking_id, revision, at, actor, action, reason, state)
    SELECT %(id)s::uuid, %(revision)s::int, (%(before)s::jsonb ->> 'updated_at')::timestamptz,
           %(before)s::jsonb ->> 'principal', 'place', '', %(before)s::jsonb
     WHERE NOT EXISTS (SELECT 1 FROM bookings_revision WHERE booking_id = %(id)s::uuid)
), booking AS (
    UPDATE bookings_booking AS given
       SET (revision, updated_at, hold_expires_at, total_minor, due_now_minor, cancellation_terms, account_id,
            manage_version, booker_name, booker_email, booker_phone, special_requests) =
           (SELECT given.revision + 1, %(now)s::timestamptz, wanted.hold_expires_at, wanted.total_minor,
                   wanted.due_now_minor, wanted.cancellation_terms, wanted.account_id, wanted.manage_version,
                   wanted.booker_name, wanted.booker_email, wanted.booker_phone, wanted.special_requests
              FROM jsonb_populate_record(given, %(changes)s::jsonb) AS wanted)
     WHERE id = %(id)s::uuid
    RETURNING *
), after AS MATERIALIZED (
    SELECT revision, {TREE} AS state FROM booking
), told AS (
    INSERT INTO bookings_revision (booking_id, revision, at, actor, action, reason, state)
    SELECT %(id)s::uuid, revision, %(now)s::timestamptz, %(actor)s::text, %(action)s::text, %(reason)s::text, state
      FROM after
)
SELECT state::text AS state FROM after
"""  # noqa: S608 - a constant


def revise(
    locked: LockedBooking,
    action: Action,
    *,
    actor: str,
    changes: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write the next revision, and what the booking is like since: its row with everything beneath it.

    Called after every other change of the command, once. The reason is that of `audit.because`.

    :param changes: of columns of the booking itself: hold_expires_at, total_minor, due_now_minor, cancellation_terms,
        account_id, manage_version, special_requests and those of the booker.
    """
    row = fetch_all(
        _REVISE,
        {
            "id": locked.booking["id"],
            "revision": locked.booking["revision"],
            "before": locked.state,
            "changes": orjson.dumps(dict(changes or {})).decode(),
            "actor": actor,
            "action": action.value,
            "reason": audit.reason(),
            "now": clock.now(),
        },
    )[0]
    return parsed_tree(row["state"])


def answer(code: str, booking: Mapping[str, Any], *, labels: inventory.Labels | None = None) -> Answer:
    """The answer that shows the booking as it is now.

    :param labels: of its hotel and products, where the command has read them already.
    """
    view = booking_view(booking, labels or labels_for([booking]))
    return Answer(code=code, view=view, etag=view.etag)


def booking_facts(booking: Mapping[str, Any], *changes: str) -> events.BookingFacts:
    """What an event tells of a booking that was just revised."""
    return events.BookingFacts(booking_id=booking["id"], revision=booking["revision"], changes=changes)


def stay_facts(booking: Mapping[str, Any], stay: Mapping[str, Any], *changes: str) -> events.StayFacts:
    """What an event tells of one stay of a booking that was just revised."""
    return events.StayFacts(
        booking_id=booking["id"], reservation_id=stay["id"], revision=booking["revision"], changes=changes
    )


def statuses_of(stays: Sequence[Mapping[str, Any]]) -> list[Status]:
    """The states of some reservations."""
    return [Status(stay["status"]) for stay in stays]


def merged_terms(stays: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The frozen terms of stays that are given up together, as the booking keeps them."""
    return frozen(inventory.merged(tiers_of(stay) for stay in stays))
