"""Physical rooms as a front desk and housekeeping work with them: held still, named, clean or not."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.services import Access, Permission
from apps.inventory import selectors
from apps.inventory.models import Room
from apps.inventory.services._audit import record_changed, state_of
from apps.inventory.services._checks import require
from apps.inventory.services._closures import room_locked
from apps.inventory.services._labels import NAMES, Labels, RoomName, labels_from
from apps.inventory.types import RoomCondition, RoomFacts
from apps.platform.db import fetch_all

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, kw_only=True)
class DeskRoom:
    """A room that is held still: nobody else closes, cleans or gives it away until the transaction ends.

    :param closed: the nights on which nobody can stay in it, from the night on that was asked for.
    """

    id: UUID
    room_type_id: UUID
    number: str
    floor: str
    condition: RoomCondition
    closed: frozenset[date]

    @property
    def is_ready(self) -> bool:
        """Whether housekeeping has left it fit for a guest."""
        return self.condition is not RoomCondition.DIRTY


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The rooms that were locked, by number, and the names around some reservations."""

    labels: Labels
    rooms: tuple[DeskRoom, ...]


# The rows are locked in the one order of all who lock several. What is closed is as of the statement's beginning:
# whoever closes a room in that moment tells so by an event afterwards.
_LOCK = f"""
WITH room AS MATERIALIZED (
    SELECT id, room_type_id, number, floor, condition FROM inventory_room
     WHERE hotel_id = %(hotel)s AND archived_at IS NULL
       AND (room_type_id = ANY(%(of_types)s::uuid[]) OR id = ANY(%(of_rooms)s::uuid[]))
     ORDER BY id FOR NO KEY UPDATE
)
SELECT names.*, NULL::text AS condition, NULL::date[] AS closed FROM ({NAMES}) AS names
 UNION ALL
SELECT 'desk', room.id, room.number, room.floor, '', NULL, NULL, room.room_type_id, room.condition,
       ARRAY(SELECT night.night FROM inventory_closednight AS night
              WHERE night.room_id = room.id AND night.night >= %(since)s)
  FROM room
"""  # noqa: S608 - constants


def lock_rooms(
    *,
    hotel_id: UUID,
    room_type_ids: Collection[UUID] = (),
    room_ids: Collection[UUID] = (),
    since: date,
    named_types: Collection[UUID] = (),
    named_plans: Collection[UUID] = (),
    named_rooms: Collection[UUID] = (),
) -> Desk:
    """Hold still every room of these types and each of these rooms, and read names along. One statement.

    Inside the caller's transaction. Rooms that are archived are not there.

    :param since: the first night for which it matters whether they are closed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LOCK,
            {
                "hotel": hotel_id,
                "of_types": list(room_type_ids),
                "of_rooms": list(room_ids),
                "since": since,
                "hotels": [hotel_id],
                "types": list(named_types),
                "plans": list(named_plans),
                "rooms": list(named_rooms),
            },
        )
        found = cursor.fetchall()
    rooms = [
        DeskRoom(
            id=id_,
            room_type_id=room_type_id,
            number=number,
            floor=floor,
            condition=RoomCondition(condition),
            closed=frozenset(closed),
        )
        for kind, id_, number, floor, _, _, _, room_type_id, condition, closed in found
        if kind == "desk"
    ]
    labels = labels_from(row[:8] for row in found if row[0] != "desk")
    names = {room.id: RoomName(id=room.id, number=room.number, room_type_id=room.room_type_id) for room in rooms}
    return Desk(
        labels=replace(labels, rooms={**labels.rooms, **names}),
        rooms=tuple(sorted(rooms, key=lambda room: by_number(room.number))),
    )


def by_number(number: str) -> tuple[tuple[int, str], ...]:
    """How the numbers on doors are sorted: 9 before 10, 12A after 12."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(number))


def rooms_of(hotel_id: UUID) -> tuple[RoomFacts, ...]:
    """The rooms of a hotel that are not archived, by number."""
    rows = selectors.rooms_of(hotel_id).filter(archived_at__isnull=True)
    return tuple(sorted(map(selectors.room_facts, rows), key=lambda room: by_number(room.number)))


def get_rooms(ids: Iterable[UUID]) -> dict[UUID, RoomFacts]:
    """Rooms by id, archived or not; unknown ids are left out."""
    return {row.id: selectors.room_facts(row) for row in Room.objects.filter(id__in=set(ids))}


def set_room_condition(*, access: Access, hotel_id: UUID, room_id: UUID, condition: RoomCondition) -> RoomFacts:
    """Say how housekeeping has left a room.

    :raises NotFound: if the hotel has no such room, or the caller is not of its staff.
    :raises Denied: if the caller is, but in no role that keeps rooms.
    """
    require(access, Permission.KEEP_ROOMS, hotel_id)
    with transaction.atomic():
        row = room_locked(hotel_id, room_id)
        before = state_of(row)
        row.condition = condition.value
        row.save(update_fields=["condition"])
        record_changed(access, row, before)
    return selectors.room_facts(row)


_SOIL = """
UPDATE inventory_room SET condition = 'dirty'
 WHERE id IN (SELECT id FROM inventory_room WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE)
"""


def soil_rooms(room_ids: Collection[UUID]) -> None:
    """Guests have left these rooms: they are dirty. Inside the caller's transaction."""
    if room_ids:
        with connection.cursor() as cursor:
            cursor.execute(_SOIL, {"ids": list(room_ids)})


_CLOSED = """
SELECT night.room_id, night.night, night.out_of_order FROM inventory_closednight AS night
  JOIN inventory_room AS room ON room.id = night.room_id
 WHERE room.hotel_id = %(hotel)s AND night.night >= %(first)s AND night.night < %(last)s
"""


def closed_nights(hotel_id: UUID, *, first: date, last: date) -> dict[UUID, dict[date, bool]]:
    """The nights from `first` to before `last` on which rooms are closed, by room: whether each is out of order."""
    found: dict[UUID, dict[date, bool]] = {}
    for row in fetch_all(_CLOSED, {"hotel": hotel_id, "first": first, "last": last}):
        found.setdefault(row["room_id"], {})[row["night"]] = row["out_of_order"]
    return found
