"""Every future night of every room type gets its row: one set-based statement goes on, another one heals gaps."""

import logging
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from apps.accounts.services import Access, Permission
from apps.inventory.services._checks import hotel_of, require
from apps.platform import audit, clock
from apps.platform.audit import Change
from apps.platform.db import fetch_one

# Any fixed number: it is the name of "generation is at work" among the database's advisory locks.
_GENERATION_LOCK = 7_203_115_904

logger = logging.getLogger(__name__)

# The rule of policies.business_date in SQL, for the instant that the caller names and a table `hotel`. The instant is
# that of the system: a sandbox adds what its clock is ahead.
BUSINESS_DATE = """
(((%(instant)s::timestamptz + hotel.clock_ahead) AT TIME ZONE hotel.time_zone)::date
 - (((%(instant)s::timestamptz + hotel.clock_ahead) AT TIME ZONE hotel.time_zone)::time
    < hotel.business_day_rollover)::int)"""

# Who is asked: the room types that are sold, each with its hotel's today, all of them, or those of one hotel, or one.
_SOLD_TYPES = f"""
  FROM inventory_roomtype AS type
  JOIN inventory_hotel AS hotel ON hotel.id = type.hotel_id
 CROSS JOIN LATERAL (SELECT {BUSINESS_DATE} AS today) AS calendar
"""
_ARE_SOLD = """type.archived_at IS NULL AND hotel.archived_at IS NULL
   AND (%(hotel)s::uuid IS NULL OR hotel.id = %(hotel)s)
   AND (%(room_type)s::uuid IS NULL OR type.id = %(room_type)s)"""
_OUT_OF_ORDER = """(
       SELECT room_type_id, night, count(*)::int AS rooms
         FROM inventory_closednight WHERE out_of_order
        GROUP BY room_type_id, night)"""
_INTO_NIGHTS = """
INSERT INTO inventory_roomnight
       (room_type_id, night, physical, out_of_order, overbooking_limit, sold, held, stop_sell, fence)
"""

# What lies beyond the last night of each room type, which one look into the index finds: of what is there nothing is
# read, whatever its size. Nobody else adds nights meanwhile, so there is no conflict to look for either.
_EXTEND = f"""{_INTO_NIGHTS}
SELECT type.id, calendar.today + ahead, type.room_count, coalesce(closed.rooms, 0), 0, 0, 0, false, 0
{_SOLD_TYPES}
 CROSS JOIN LATERAL (SELECT max(night) + 1 AS next FROM inventory_roomnight WHERE room_type_id = type.id) AS there
 CROSS JOIN LATERAL generate_series(greatest(0, there.next - calendar.today), %(nights)s::int - 1) AS ahead
  LEFT JOIN {_OUT_OF_ORDER} AS closed ON closed.room_type_id = type.id AND closed.night = calendar.today + ahead
 WHERE {_ARE_SOLD}
 ORDER BY type.id, ahead
"""  # noqa: S608 - constants

# All that is missing, wherever it is. Counting says which room types lack anything, and only their nights are compared.
_FILL = f"""
WITH lacking AS MATERIALIZED (
     SELECT type.id, type.room_count, calendar.today
     {_SOLD_TYPES}
      WHERE {_ARE_SOLD}
        AND (SELECT count(*) FROM inventory_roomnight AS night WHERE night.room_type_id = type.id
                AND night.night >= calendar.today AND night.night < calendar.today + %(nights)s::int) < %(nights)s::int)
{_INTO_NIGHTS}
SELECT type.id, missing.night, type.room_count, coalesce(closed.rooms, 0), 0, 0, 0, false, 0
  FROM lacking AS type
 CROSS JOIN LATERAL (
       SELECT type.today + ahead AS night FROM generate_series(0, %(nights)s::int - 1) AS ahead
       EXCEPT
       SELECT night FROM inventory_roomnight WHERE room_type_id = type.id AND night >= type.today) AS missing
  LEFT JOIN {_OUT_OF_ORDER} AS closed ON closed.room_type_id = type.id AND closed.night = missing.night
 ORDER BY type.id, missing.night
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants


def generate_inventory(hotel_id: UUID | None = None, *, actor: str = "", gaps: bool = True) -> int:
    """Give each room type a row for every night from its hotel's business date to the horizon.

    Counters and what staff have set are never touched. While another run is at work this one leaves it to that.

    :param actor: the principal of a person who wants it now: then the audit log tells of it. The daily job names none.
    :param gaps: look for nights that are missing before the last one too, for which every night is counted.
    :returns: the number of nights added.
    """
    with transaction.atomic():
        if not _lock_generation():
            logger.info("inventory generation is at work elsewhere")
            return 0
        added = _execute(_EXTEND, hotel_id, None)
        if gaps:
            added += fill_nights(hotel_id=hotel_id)
        if actor and added:
            change = Change(
                operation="inventory.generate_nights",
                kind="hotel",
                object_id=hotel_id or "all",
                scope_id=hotel_id,
                after={"nights_added": added},
            )
            audit.record([change], actor=actor)
    logger.info(
        "inventory generated: %s nights were missing to the horizon of %s nights, and were added",
        added,
        settings.INVENTORY_HORIZON_NIGHTS,
    )
    return added


def generate_inventory_of(*, access: Access, hotel_id: UUID) -> int:
    """Let staff run the generation for their hotel.

    :returns: the number of nights added.
    :raises NotFound: if the caller is not of the hotel's staff.
    """
    require(access, Permission.MANAGE_INVENTORY, hotel_id)
    return generate_inventory(hotel_of(hotel_id).id, actor=access.principal)


def fill_nights(*, hotel_id: UUID | None = None, room_type_id: UUID | None = None) -> int:
    """Add the missing nights of one room type, one hotel or all. Inside the caller's transaction.

    Of room types that others know already, only while generation is kept out.
    """
    return _execute(_FILL, hotel_id, room_type_id)


def _execute(statement: str, hotel_id: UUID | None, room_type_id: UUID | None) -> int:
    parameters = {
        "instant": clock.system_now(),
        "nights": settings.INVENTORY_HORIZON_NIGHTS,
        "hotel": hotel_id,
        "room_type": room_type_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


# Every row between its hotel's business date and the horizon counts: what is missing is what is not there.
_MISSING = f"""
SELECT coalesce(sum(%(nights)s::int - there.nights), 0)::int AS nights
  FROM inventory_roomtype AS type
  JOIN inventory_hotel AS hotel ON hotel.id = type.hotel_id
 CROSS JOIN LATERAL (SELECT {BUSINESS_DATE} AS today) AS calendar
 CROSS JOIN LATERAL (
       SELECT count(*) AS nights FROM inventory_roomnight AS night
        WHERE night.room_type_id = type.id
          AND night.night >= calendar.today AND night.night < calendar.today + %(nights)s::int) AS there
 WHERE type.archived_at IS NULL AND hotel.archived_at IS NULL
"""  # noqa: S608 - a constant
# The last night of each type is one look into the index of the primary key.
_SHORT = f"""
SELECT coalesce(sum(greatest(0, {BUSINESS_DATE} + %(nights)s::int - coalesce(there.next, {BUSINESS_DATE}))), 0)::int
       AS nights
  FROM inventory_roomtype AS type
  JOIN inventory_hotel AS hotel ON hotel.id = type.hotel_id
 CROSS JOIN LATERAL (
       SELECT max(night) + 1 AS next FROM inventory_roomnight WHERE room_type_id = type.id) AS there
 WHERE type.archived_at IS NULL AND hotel.archived_at IS NULL
"""  # noqa: S608 - a constant


def missing_nights(*, ahead_of_horizon: int = 0) -> int:
    """How many nights are missing between the business dates and the horizon: gaps too. It counts every night.

    :param ahead_of_horizon: so many nights before the horizon need not be there yet.
    """
    nights = settings.INVENTORY_HORIZON_NIGHTS - ahead_of_horizon
    row = fetch_one(_MISSING, {"instant": clock.system_now(), "nights": nights})
    return int(row["nights"]) if row else 0


def nights_short_of_horizon() -> int:
    """How many nights are missing after the last one of each room type: one look into an index for each of them."""
    row = fetch_one(_SHORT, {"instant": clock.system_now(), "nights": settings.INVENTORY_HORIZON_NIGHTS})
    return int(row["nights"]) if row else 0


def keep_generation_out() -> None:
    """Until the end of the transaction no run adds nights: it might still know the old number of rooms."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_GENERATION_LOCK])


def _lock_generation() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_GENERATION_LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])
