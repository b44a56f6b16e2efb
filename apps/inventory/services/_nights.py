"""Taking nights off sale and giving them back. Each statement on `inventory_roomnight` locks its rows first, in the
one canonical order (room_type_id, night): a bare conditional UPDATE deadlocks under a bitmap scan.

Whatever moves the counters of a night writes down why, in the same statement: `inventory_movement` is their ledger.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from apps.inventory.policies import nights_of
from apps.inventory.services._errors import NoRoomsLeft, missing_night
from apps.platform import clock
from apps.platform.db import array_of, fetch_all, fetch_one
from apps.platform.locks import StaleFence


@dataclass(frozen=True, kw_only=True)
class StayNights:
    """Nights of one reservation, one after the other."""

    reservation_id: UUID
    room_type_id: UUID
    arrival: date
    departure: date


# One statement: lock all nights in order, look, and only if every one of them is there, open and has room, take them
# all. A partial take must never commit. A lock holder whose token is not the newest takes nothing either.
#
# The new counters are computed from the locked rows, never from `night`: PostgreSQL checks constraints on the row as
# the statement's snapshot saw it before it notices that the row has changed since. Where a full night was given back
# in between, `night.held + 1` would fail the check although the room is there.
#
# The row of the ledger gets its id from the database, once the nights are locked: by id, the changes of a night stand
# in the order in which they were made.
#
# The nights come as arrays: PostgreSQL knows their number, and so never reads the whole table to find a few of them.
_TAKE = """
WITH stay AS MATERIALIZED (
    SELECT * FROM unnest(%(ids)s::uuid[], %(types)s::uuid[], %(arrivals)s::date[], %(departures)s::date[])
               AS stay (id, room_type_id, arrival, departure)
), wanted AS MATERIALIZED (
    SELECT room_type_id, night, count(*)::int AS rooms
      FROM unnest(%(night_types)s::uuid[], %(nights)s::date[]) AS given (room_type_id, night)
     GROUP BY room_type_id, night
), locked AS MATERIALIZED (
    SELECT night.room_type_id, night.night, night.sold, night.held, night.fence, wanted.rooms,
           (NOT night.stop_sell OR %(unrestricted)s::boolean) AND night.sold + night.held + wanted.rooms
               <= night.physical - night.out_of_order + night.overbooking_limit AS has_room,
           night.fence >= %(fence)s::bigint AS is_stale
      FROM inventory_roomnight AS night
      JOIN wanted ON wanted.room_type_id = night.room_type_id AND wanted.night = night.night
     ORDER BY night.room_type_id, night.night
       FOR NO KEY UPDATE OF night
), verdict AS MATERIALIZED (
    SELECT (SELECT count(*) FROM wanted) = count(*) AND coalesce(bool_and(has_room), false) AS has_room,
           coalesce(bool_or(is_stale), false) AS is_stale
      FROM locked
), taken AS (
    UPDATE inventory_roomnight AS night
       SET held = locked.held + CASE WHEN %(hold_until)s::timestamptz IS NULL THEN 0 ELSE locked.rooms END,
           sold = locked.sold + CASE WHEN %(hold_until)s::timestamptz IS NULL THEN locked.rooms ELSE 0 END,
           fence = coalesce(%(fence)s::bigint, locked.fence)
      FROM locked, verdict
     WHERE verdict.has_room AND NOT verdict.is_stale
       AND night.room_type_id = locked.room_type_id AND night.night = locked.night
), remembered AS (
    INSERT INTO inventory_hold (id, room_type_id, arrival, departure, expires_at)
    SELECT stay.id, stay.room_type_id, stay.arrival, stay.departure, %(hold_until)s::timestamptz
      FROM stay, verdict
     WHERE verdict.has_room AND NOT verdict.is_stale AND %(hold_until)s::timestamptz IS NOT NULL
), told AS (
    INSERT INTO inventory_movement
           (at, reservation_id, room_type_id, arrival, departure, held_delta, sold_delta, cause)
    SELECT %(now)s::timestamptz, stay.id, stay.room_type_id, stay.arrival, stay.departure,
           (%(hold_until)s::timestamptz IS NOT NULL)::int, (%(hold_until)s::timestamptz IS NULL)::int, %(cause)s::text
      FROM stay, verdict
     WHERE verdict.has_room AND NOT verdict.is_stale
)
SELECT verdict.has_room, verdict.is_stale,
       ARRAY(SELECT wanted.room_type_id::text || ' ' || wanted.night::text
               FROM wanted LEFT JOIN locked USING (room_type_id, night)
              WHERE locked.has_room IS NOT TRUE ORDER BY wanted.night) AS full_nights
  FROM verdict
"""


def take_nights(
    *,
    stays: Sequence[StayNights],
    hold_until: datetime | None,
    fence: int | None,
    cause: str,
    unrestricted: bool = False,
) -> None:
    """Take rooms off sale for every night of every stay, or for none. Inside the caller's transaction.

    :param hold_until: the nights count as held until then; None sells them at once.
    :param cause: what the ledger says, in a word.
    :param unrestricted: also where the sale is stopped, because staff have said why.
    :param fence: the fencing token of a lock holder, checked against and left at each night.
    :raises NoRoomsLeft: if any night is missing, closed or full.
    :raises StaleFence: if a later lock holder was here before.
    """
    nights = _nights_of(stays)
    row = fetch_one(
        _TAKE,
        {
            "night_types": array_of(room_type_id for room_type_id, _ in nights),
            "nights": array_of(night for _, night in nights),
            "ids": array_of(stay.reservation_id for stay in stays),
            "types": array_of(stay.room_type_id for stay in stays),
            "arrivals": array_of(stay.arrival for stay in stays),
            "departures": array_of(stay.departure for stay in stays),
            "hold_until": hold_until,
            "fence": fence,
            "unrestricted": unrestricted,
            "now": clock.now(),
            "cause": cause,
        },
        prepared=True,
    )
    if row is None or row["is_stale"]:
        raise StaleFence()
    if not row["has_room"]:
        raise NoRoomsLeft(items=full_nights(stays, row["full_nights"]))


def full_nights(
    stays: Sequence[StayNights], full: Sequence[str], pointers: Mapping[UUID, str] | None = None
) -> list[dict[str, Any]]:
    """The items of a refusal: each night that is full, by the position of the stay that wants it.

    :param pointers: where each reservation stands in the request, where that is not its position among the rooms.
    """
    nights = {(UUID(place.split(" ")[0]), date.fromisoformat(place.split(" ")[1])) for place in full}
    return [
        missing_night((pointers or {}).get(stay.reservation_id, f"/rooms/{position}"), night, closed=False)
        for position, stay in enumerate(stays)
        for room_type_id, night in sorted(nights)
        if room_type_id == stay.room_type_id and stay.arrival <= night < stay.departure
    ]


_MOVE = """
WITH gone AS (
    DELETE FROM inventory_hold WHERE id = ANY(%(holds)s::uuid[]) RETURNING id
), stay AS MATERIALIZED (
    SELECT * FROM unnest(%(ids)s::uuid[], %(types)s::uuid[], %(arrivals)s::date[], %(departures)s::date[])
               AS stay (id, room_type_id, arrival, departure)
), wanted AS MATERIALIZED (
    SELECT room_type_id, night, count(*)::int AS rooms
      FROM unnest(%(night_types)s::uuid[], %(nights)s::date[]) AS given (room_type_id, night)
     GROUP BY room_type_id, night
), locked AS MATERIALIZED (
    SELECT night.room_type_id, night.night, night.sold, night.held, wanted.rooms
      FROM inventory_roomnight AS night
      JOIN wanted ON wanted.room_type_id = night.room_type_id AND wanted.night = night.night
     ORDER BY night.room_type_id, night.night
       FOR NO KEY UPDATE OF night
), verdict AS MATERIALIZED (
    SELECT (SELECT count(*) FROM wanted) = count(*) AS has_nights FROM locked
), moved AS (
    UPDATE inventory_roomnight AS night
       SET held = locked.held + %(held)s::int * locked.rooms, sold = locked.sold + %(sold)s::int * locked.rooms
      FROM locked
     WHERE night.room_type_id = locked.room_type_id AND night.night = locked.night
), told AS (
    INSERT INTO inventory_movement
           (at, reservation_id, room_type_id, arrival, departure, held_delta, sold_delta, cause)
    SELECT %(now)s::timestamptz, stay.id, stay.room_type_id, stay.arrival, stay.departure,
           %(held)s::int, %(sold)s::int, %(cause)s::text
      FROM stay, verdict WHERE verdict.has_nights
)
SELECT verdict.has_nights, (SELECT count(*) FROM gone) = cardinality(%(holds)s::uuid[]) AS has_holds FROM verdict
"""


def sell_held(stays: Sequence[StayNights], *, cause: str) -> None:
    """The nights of these holds are sold now. The reservations are locked by the caller."""
    _move(stays, are_holds=True, held=-1, sold=1, cause=cause)


def release_held(stays: Sequence[StayNights], *, cause: str) -> None:
    """The nights of these holds are free again. The reservations are locked by the caller."""
    _move(stays, are_holds=True, held=-1, sold=0, cause=cause)


def release_sold(stays: Sequence[StayNights], *, cause: str) -> None:
    """These nights, which were sold, are free again. The reservations are locked by the caller."""
    _move(stays, are_holds=False, held=0, sold=-1, cause=cause)


def extend_holds(reservation_ids: Sequence[UUID], *, until: datetime) -> None:
    """These holds run out at `until`; no counter moves. The reservations are locked by the caller."""
    held = fetch_all(
        "UPDATE inventory_hold SET expires_at = %(until)s WHERE id = ANY(%(ids)s::uuid[]) RETURNING id",
        {"until": until, "ids": list(reservation_ids)},
    )
    if len(held) != len(reservation_ids):
        raise RuntimeError("the holds of a booking are not all there")


def stays_of(nights: Iterable[tuple[UUID, UUID, date]]) -> list[StayNights]:
    """Single nights, each (reservation_id, room_type_id, night), as stays: one where they follow on each other."""

    def run(numbered: tuple[int, tuple[UUID, UUID, date]]) -> tuple[UUID, UUID, int]:
        # What grows by a day with each step stays the same when the number of the step is taken off.
        position, (reservation_id, room_type_id, night) = numbered
        return reservation_id, room_type_id, night.toordinal() - position

    runs = (list(group) for _, group in groupby(enumerate(sorted(nights)), key=run))
    return [
        StayNights(
            reservation_id=first[0],
            room_type_id=first[1],
            arrival=first[2],
            departure=first[2] + timedelta(days=len(rest) + 1),
        )
        for (_, first), *rest in runs
    ]


def _nights_of(stays: Sequence[StayNights]) -> list[tuple[UUID, date]]:
    return [(stay.room_type_id, night) for stay in stays for night in nights_of(stay.arrival, stay.departure)]


def _move(stays: Sequence[StayNights], *, are_holds: bool, held: int, sold: int, cause: str) -> None:
    if not stays:
        return
    nights = _nights_of(stays)
    ids = array_of(stay.reservation_id for stay in stays)
    row = fetch_one(
        _MOVE,
        {
            "ids": ids,
            "types": array_of(stay.room_type_id for stay in stays),
            "arrivals": array_of(stay.arrival for stay in stays),
            "departures": array_of(stay.departure for stay in stays),
            "night_types": array_of(room_type_id for room_type_id, _ in nights),
            "nights": array_of(night for _, night in nights),
            "holds": ids if are_holds else "{}",
            "held": held,
            "sold": sold,
            "now": clock.now(),
            "cause": cause,
        },
    )
    if row is None or not (row["has_nights"] and row["has_holds"]):
        # Counters would part from the reservations: better no transition than a wrong one.
        raise RuntimeError("the nights of a reservation are not all there")
