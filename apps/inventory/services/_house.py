"""The house as a desk looks at it: rooms and closed nights, what each type has left, and what there was to sell."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from apps.inventory.types import (
    AvailableNight,
    ClosedSpan,
    ClosureKind,
    HouseNight,
    HouseRoom,
    HouseType,
    RoomCondition,
)
from apps.platform.db import fetch_all

# Nights that are over may be in the archive; in the moment of their move a night is in one of both.
_NIGHTS = """
SELECT night.room_type_id, night.night, night.physical, night.out_of_order, night.sold, night.held
  FROM inventory_roomnight AS night WHERE night.night BETWEEN %(first)s AND %(last)s
 UNION ALL
SELECT night.room_type_id, night.night, night.physical, night.out_of_order, night.sold, 0
  FROM inventory_archivednight AS night WHERE night.night BETWEEN %(first)s AND %(last)s
"""
_HOUSE = f"""
SELECT type.id, type.code, type.name, type.archived_at IS NOT NULL AS archived,
       (SELECT jsonb_agg(jsonb_build_object('id', room.id, 'number', room.number, 'floor', room.floor,
               'condition', room.condition, 'archived', room.archived_at IS NOT NULL,
               'closed', (SELECT jsonb_agg(jsonb_build_array(closed.night, closure.id, closure.kind, closure.reason)
                                           ORDER BY closed.night)
                            FROM inventory_closednight AS closed
                            JOIN inventory_roomclosure AS closure ON closure.id = closed.closure_id
                           WHERE closed.room_id = room.id AND closed.night BETWEEN %(first)s AND %(last)s)))
          FROM inventory_room AS room WHERE room.room_type_id = type.id) AS rooms,
       (SELECT jsonb_agg(jsonb_build_array(night.night, night.physical - night.out_of_order, night.sold, night.held)
                         ORDER BY night.night)
          FROM ({_NIGHTS}) AS night WHERE night.room_type_id = type.id) AS nights
  FROM inventory_roomtype AS type WHERE type.hotel_id = %(hotel)s
 ORDER BY type.code
"""  # noqa: S608 - a constant


def house_of(*, hotel_id: UUID, first: date, last: date) -> tuple[HouseType, ...]:
    """The room types of a hotel by code, archived ones too, with their rooms, and their nights of these dates.

    Whoever calls this service is responsible for who may see it. One statement.
    """
    rows = fetch_all(_HOUSE, {"hotel": hotel_id, "first": first, "last": last})
    return tuple(
        HouseType(
            id=row["id"],
            code=row["code"],
            name=row["name"],
            archived=row["archived"],
            rooms=tuple(sorted((_room(room) for room in row["rooms"] or ()), key=lambda room: _as_read(room.number))),
            nights=tuple(_night(*night) for night in row["nights"] or ()),
        )
        for row in rows
    )


def _room(row: Mapping[str, Any]) -> HouseRoom:
    return HouseRoom(
        id=UUID(row["id"]),
        number=row["number"],
        floor=row["floor"],
        condition=RoomCondition(row["condition"]),
        archived=row["archived"],
        closed=tuple(_spans(row["closed"] or ())),
    )


def _spans(nights: Iterable[Sequence[str]]) -> Iterator[ClosedSpan]:
    """The nights of a closure follow on each other: a closure has no gap."""
    for (_, kind, reason), closed in groupby(nights, key=lambda night: night[1:]):
        days = [date.fromisoformat(day) for day, *_ in closed]
        yield ClosedSpan(first=days[0], last=days[-1], kind=ClosureKind(kind), reason=reason)


def _night(day: str, rooms: int, sold: int, held: int) -> HouseNight:
    return HouseNight(date=date.fromisoformat(day), rooms=rooms, sold=sold, held=held, rooms_left=rooms - sold - held)


def _as_read(number: str) -> list[tuple[int, str]]:
    """The order in which people read numbers of rooms: 9 before 10, 10 before 10a."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", number) if part]


# What was archived later was for sale until then; what is archived now may still have guests.
_AVAILABLE = f"""
SELECT night.night AS date, sum(night.physical - night.out_of_order)::int AS rooms
  FROM inventory_roomtype AS type
  JOIN inventory_hotel AS hotel ON hotel.id = type.hotel_id
  JOIN ({_NIGHTS}) AS night ON night.room_type_id = type.id
 WHERE hotel.id = %(hotel)s
   AND (type.archived_at IS NULL OR night.sold > 0
        OR night.night < (type.archived_at AT TIME ZONE hotel.time_zone)::date)
 GROUP BY night.night
 ORDER BY night.night
"""  # noqa: S608 - a constant


def available_nights(*, hotel_id: UUID, first: date, last: date) -> tuple[AvailableNight, ...]:
    """What a hotel had or has to sell on each of these nights that it has at all, over or ahead. One statement."""
    rows = fetch_all(_AVAILABLE, {"hotel": hotel_id, "first": first, "last": last})
    return tuple(AvailableNight(**row) for row in rows)
