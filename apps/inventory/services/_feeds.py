"""When a room type has no room left, for the calendars of others: by an address that says nothing of anybody.

The address ends with a token, a keyed hash of the room type and a version: it is stored nowhere, and with the next
version those before it open nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts.services import Access, Permission
from apps.inventory import policies
from apps.inventory.models import RoomType
from apps.inventory.services._audit import record_changed, state_of
from apps.inventory.services._checks import require, require_staff, room_type_locked
from apps.inventory.services._sandbox import go_by_clock_of
from apps.platform import clock
from apps.platform.db import fetch_all
from apps.platform.errors import NotFound

_PURPOSE = "apps.inventory.calendar-feed"
_MARK = "cal_"
_DIGITS = 40


@dataclass(frozen=True, kw_only=True)
class FeedAddress:
    """Where calendars of others read when a room type is full. Whoever has it can read it."""

    address: str


@dataclass(frozen=True, kw_only=True)
class Feed:
    """The nights of a room type without a room left, as runs `[first, until)`."""

    room_type_id: UUID
    hotel_name: str
    room_type_name: str
    full: tuple[tuple[date, date], ...]


def feed_address(*, access: Access, hotel_id: UUID, room_type_id: UUID) -> FeedAddress:
    """Where the calendar of a room type is read, for the staff of its hotel.

    :raises NotFound: if the caller is not of the staff, or the hotel has no such room type.
    """
    require_staff(access, hotel_id)
    row = RoomType.objects.filter(id=room_type_id, hotel_id=hotel_id).first()
    if row is None:
        raise NotFound("The hotel has no such room type.")
    return _address(row)


def renew_feed_address(*, access: Access, hotel_id: UUID, room_type_id: UUID) -> FeedAddress:
    """Make the address of a room type's calendar invalid; returns the new one.

    :raises NotFound: if the caller is not of the staff, or the hotel has no such room type.
    :raises Denied: if the caller may not change the inventory.
    """
    require(access, Permission.MANAGE_INVENTORY, hotel_id)
    with transaction.atomic():
        row = room_type_locked(hotel_id, room_type_id)
        before = state_of(row)
        row.feed_version += 1
        row.save(update_fields=["feed_version"])
        record_changed(access, row, before)
    return _address(row)


def read_feed(room_type_id: UUID, token: str) -> Feed:
    """The calendar of a room type from the hotel's today to the horizon, for whoever has its token.

    Nights that are closed, or not on sale yet, are full; what is held by an overdue hold is not.

    :raises NotFound: if that is not its token.
    """
    row = RoomType.objects.select_related("hotel").filter(id=room_type_id, archived_at=None).first()
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if row is None or not any(constant_time_compare(token, _token(row, key)) for key in keys):
        raise NotFound()
    go_by_clock_of(row.hotel_id)
    first = policies.business_date(clock.now(), row.hotel.time_zone, row.hotel.business_day_rollover)
    last = first + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS - 1)
    nights = fetch_all(_FULL, {"type": row.id, "first": first, "last": last, "instant": clock.now()})
    return Feed(
        room_type_id=row.id,
        hotel_name=row.hotel.name,
        room_type_name=row.name,
        full=_runs([found["night"] for found in nights]),
    )


_FULL = """
SELECT day::date AS night
  FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS day
  LEFT JOIN inventory_roomnight AS night ON night.room_type_id = %(type)s::uuid AND night.night = day::date
 WHERE night.night IS NULL OR night.stop_sell
    OR night.physical - night.out_of_order + night.overbooking_limit - night.sold - night.held
       + CASE WHEN night.held = 0 THEN 0 ELSE (
           SELECT count(*) FROM inventory_hold AS hold
            WHERE hold.room_type_id = night.room_type_id AND hold.expires_at <= %(instant)s::timestamptz
              AND hold.arrival <= night.night AND hold.departure > night.night) END <= 0
 ORDER BY night
"""


def _runs(nights: Sequence[date]) -> tuple[tuple[date, date], ...]:
    """Nights that follow on each other, together: the first, and the day after the last."""
    if not nights:
        return ()
    one = timedelta(days=1)
    breaks = [later for earlier, later in pairwise(nights) if later - earlier > one]
    ends = [earlier + one for earlier, later in pairwise(nights) if later - earlier > one]
    return tuple(zip([nights[0], *breaks], [*ends, nights[-1] + one], strict=True))


def _address(row: RoomType) -> FeedAddress:
    path = f"/ical/room-types/{row.id}/{_token(row, settings.SECRET_KEY)}.ics"
    return FeedAddress(address=settings.SITE_URL.rstrip("/") + path)


def _token(row: RoomType, key: str | bytes) -> str:
    told = f"{row.id}:{row.feed_version}"
    return _MARK + salted_hmac(_PURPOSE, told, secret=key, algorithm="sha256").hexdigest()[:_DIGITS]
