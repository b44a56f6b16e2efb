"""Exchanging nights of reservations for others: only what differs touches the inventory, all of it or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from apps.inventory.policies import nights_of
from apps.inventory.services._errors import NoRoomsLeft
from apps.inventory.services._nights import StayNights, full_nights
from apps.platform import clock
from apps.platform.db import array_of, fetch_one
from apps.platform.locks import StaleFence

# Nights that are given and taken by the same command cancel out: a reservation is never in its own way. The counters
# are computed from the locked rows, for the reason that _TAKE gives, and the ledger is written in the same statement.
_EXCHANGE = """
WITH stay AS MATERIALIZED (
    SELECT * FROM unnest(%(ids)s::uuid[], %(types)s::uuid[], %(arrivals)s::date[], %(departures)s::date[],
                         %(signs)s::int[]) AS stay (id, room_type_id, arrival, departure, sign)
), wanted AS MATERIALIZED (
    SELECT room_type_id, night, sum(sign)::int AS rooms
      FROM unnest(%(night_types)s::uuid[], %(nights)s::date[], %(night_signs)s::int[])
           AS given (room_type_id, night, sign)
     GROUP BY room_type_id, night
), locked AS MATERIALIZED (
    SELECT night.room_type_id, night.night, night.sold, night.held, night.fence, wanted.rooms,
           wanted.rooms <= 0
           OR (NOT night.stop_sell OR %(unrestricted)s::boolean) AND night.sold + night.held + wanted.rooms
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
), moved AS (
    UPDATE inventory_roomnight AS night
       SET held = locked.held + CASE WHEN %(are_held)s::boolean THEN locked.rooms ELSE 0 END,
           sold = locked.sold + CASE WHEN %(are_held)s::boolean THEN 0 ELSE locked.rooms END,
           fence = coalesce(%(fence)s::bigint, locked.fence)
      FROM locked, verdict
     WHERE verdict.has_room AND NOT verdict.is_stale
       AND night.room_type_id = locked.room_type_id AND night.night = locked.night
), held AS (
    UPDATE inventory_hold AS hold
       SET room_type_id = kept.room_type_id, arrival = kept.arrival, departure = kept.departure
      FROM unnest(%(hold_ids)s::uuid[], %(hold_types)s::uuid[], %(hold_arrivals)s::date[], %(hold_departures)s::date[])
           AS kept (id, room_type_id, arrival, departure), verdict
     WHERE hold.id = kept.id AND verdict.has_room AND NOT verdict.is_stale
), told AS (
    INSERT INTO inventory_movement
           (at, reservation_id, room_type_id, arrival, departure, held_delta, sold_delta, cause)
    SELECT %(now)s::timestamptz, stay.id, stay.room_type_id, stay.arrival, stay.departure,
           CASE WHEN %(are_held)s::boolean THEN stay.sign ELSE 0 END,
           CASE WHEN %(are_held)s::boolean THEN 0 ELSE stay.sign END, %(cause)s::text
      FROM stay, verdict
     WHERE verdict.has_room AND NOT verdict.is_stale
)
SELECT verdict.has_room, verdict.is_stale,
       ARRAY(SELECT wanted.room_type_id::text || ' ' || wanted.night::text
               FROM wanted LEFT JOIN locked USING (room_type_id, night)
              WHERE locked.has_room IS NOT TRUE ORDER BY wanted.night) AS full_nights
  FROM verdict
"""


def exchange_nights(
    *,
    given: Sequence[StayNights],
    taken: Sequence[StayNights],
    holds: Sequence[StayNights] = (),
    cause: str,
    fence: int | None = None,
    unrestricted: bool = False,
    pointers: Mapping[UUID, str] | None = None,
) -> None:
    """Give some nights back and take others in their place, all or nothing. Inside the caller's transaction.

    Both sides are held where `holds` is given, else both are sold. The reservations are locked by the caller.

    :param given: nights that the reservations have and give up; only what differs, or all of them.
    :param taken: nights that they get.
    :param holds: where they are pending: what each of them holds from now on, as a whole.
    :param cause: what the ledger says, in a word.
    :param fence: the fencing token of a lock holder, checked against and left at each night.
    :param unrestricted: also where the sale is stopped, because staff have said why.
    :param pointers: where each reservation stands in the request; without it, refusals name the position in `taken`.
    :raises NoRoomsLeft: if any night that is taken is missing, closed or full.
    :raises StaleFence: if a later lock holder was here before.
    """
    stays = [(stay, -1) for stay in given] + [(stay, 1) for stay in taken]
    if not stays:
        return
    nights = [
        (stay.room_type_id, night, sign) for stay, sign in stays for night in nights_of(stay.arrival, stay.departure)
    ]
    parameters: dict[str, Any] = {
        **_columns("", [stay for stay, _ in stays]),
        **_columns("hold_", holds),
        "signs": array_of(sign for _, sign in stays),
        "night_types": array_of(room_type_id for room_type_id, _, _ in nights),
        "nights": array_of(night for _, night, _ in nights),
        "night_signs": array_of(sign for _, _, sign in nights),
        "are_held": bool(holds),
        "fence": fence,
        "unrestricted": unrestricted,
        "now": clock.now(),
        "cause": cause,
    }
    row = fetch_one(_EXCHANGE, parameters)
    if row is None or row["is_stale"]:
        raise StaleFence()
    if not row["has_room"]:
        raise NoRoomsLeft(items=full_nights(taken, row["full_nights"], pointers))


def _columns(prefix: str, stays: Sequence[StayNights]) -> dict[str, str]:
    return {
        f"{prefix}ids": array_of(stay.reservation_id for stay in stays),
        f"{prefix}types": array_of(stay.room_type_id for stay in stays),
        f"{prefix}arrivals": array_of(stay.arrival for stay in stays),
        f"{prefix}departures": array_of(stay.departure for stay in stays),
    }
