"""The rooms of a house as the front desk sees them: who has each, who is in it, and which one a stay gets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson

from apps.bookings import policies
from apps.bookings.services._errors import OtherRoomType, RoomNotReady, RoomOccupied, RoomTaken
from apps.bookings.services._locking import LockedBooking
from apps.bookings.services._views import named_in
from apps.inventory import services as inventory
from apps.inventory.services import DeskRoom
from apps.platform.db import array_of, fetch_all
from apps.platform.errors import Invalid

Stay = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RoomNow:
    """A room, as far as a stay is concerned.

    :param gap: the gap in which it is free for the stay; None: it is not.
    :param occupied_until: when who is in it should leave; None: nobody is.
    """

    room: DeskRoom
    gap: tuple[date | None, date | None] | None
    occupied_until: date | None

    @property
    def is_vacant(self) -> bool:
        return self.occupied_until is None

    def is_overstayed(self, today: date) -> bool:
        """Whether who is in it should have left on an earlier date: an overstay keeps its room."""
        return self.occupied_until is not None and self.occupied_until < today


def live_nights(stay: Stay) -> list[dict[str, Any]]:
    """The nights of a stay that were not given back."""
    return [night for night in stay["nights"] if night["released_at"] is None]


def rooms_of_types(
    locked: LockedBooking, room_type_ids: Collection[UUID], *, since: date, also: Collection[UUID] = ()
) -> inventory.Desk:
    """Hold the rooms of these types still, and these rooms, with the names around the booking. One statement."""
    return inventory.lock_rooms(
        hotel_id=locked.hotel_id,
        room_type_ids=room_type_ids,
        room_ids=also,
        since=since,
        **named_in([locked.booking]),
    )


# Who is in which room: of each stay in the house, the room of its last night so far. The others around the nights are
# found by (room, night), the key under which no room is given twice.
_AROUND = """
WITH in_house AS MATERIALIZED (
    SELECT DISTINCT ON (stay.id) night.room_id, stay.departure
      FROM bookings_reservation AS stay JOIN bookings_reservationnight AS night ON night.reservation_id = stay.id
     WHERE stay.hotel_id = %(hotel)s::uuid AND stay.status = 'checked_in' AND stay.id <> %(stay)s::uuid
       AND night.released_at IS NULL AND night.night <= %(today)s::date
     ORDER BY stay.id, night.night DESC
)
SELECT room.id,
       (SELECT max(night.night) FROM bookings_reservationnight AS night
         WHERE night.room_id = room.id AND night.released_at IS NULL AND night.night < %(first)s::date
           AND night.reservation_id <> %(stay)s::uuid) AS before,
       (SELECT min(night.night) FROM bookings_reservationnight AS night
         WHERE night.room_id = room.id AND night.released_at IS NULL AND night.night >= %(first)s::date
           AND night.reservation_id <> %(stay)s::uuid) AS after,
       (SELECT min(in_house.departure) FROM in_house WHERE in_house.room_id = room.id) AS occupied_until
  FROM unnest(%(rooms)s::uuid[]) AS room (id)
"""


def look_around(stay: Stay, rooms: Sequence[DeskRoom], *, first: date, last: date, today: date) -> list[RoomNow]:
    """What these rooms are like for the nights of a stay from `first` to before `last`. The rooms are locked."""
    found = {
        row["id"]: row
        for row in fetch_all(
            _AROUND,
            {
                "hotel": stay["hotel_id"],
                "stay": stay["id"],
                "today": today,
                "first": first,
                "rooms": array_of(room.id for room in rooms),
            },
        )
    }
    return [
        RoomNow(
            room=room,
            gap=policies.gap_around(
                arrival=first,
                departure=last,
                before=found[room.id]["before"],
                after=found[room.id]["after"],
                closed=room.closed,
            ),
            occupied_until=found[room.id]["occupied_until"],
        )
        for room in rooms
    ]


def fitting(rooms: Iterable[RoomNow], stay: Stay, *, first: date, last: date, today: date) -> UUID | None:
    """The room among these that fits the nights best, None if none is free for all of them."""
    beside = {first - timedelta(days=1), last}
    had = {night["room_id"] for night in live_nights(stay) if night["night"] in beside}
    free = [
        policies.FreeRoom(
            room_id=now.room.id, free_from=now.gap[0], free_until=now.gap[1], is_beside=now.room.id in had
        )
        for now in rooms
        if now.gap is not None and not (first <= today and now.is_overstayed(today))
    ]
    best = policies.best_fit(free, arrival=first, departure=last, today=today)
    return best.room_id if best else None


def the_room(desk: inventory.Desk, room_id: UUID) -> DeskRoom:
    """The room with this id.

    :raises Invalid: if the hotel has no such room.
    """
    room = next((room for room in desk.rooms if room.id == room_id), None)
    if room is None:
        detail = "The hotel has no such room."
        raise Invalid(detail, items=[{"code": "unknown", "detail": detail, "pointer": "/room_id"}])
    return room


def require_type(room: DeskRoom, room_type_ids: Collection[UUID]) -> None:
    """Let go on only where the room is of the one type that is meant.

    :raises OtherRoomType: if it is of another one.
    """
    if set(room_type_ids) != {room.room_type_id}:
        raise OtherRoomType()


def why_not(now: RoomNow, *, night: date) -> str:
    """What stands against a guest's going to the room now; empty: nothing, if it is free."""
    if not now.is_vacant:
        return "occupied"
    if night in now.room.closed:
        return "closed"
    return "" if now.room.is_ready else "dirty"


def require_ready(now: RoomNow, others: Iterable[RoomNow], *, night: date) -> None:
    """Let go on only where a guest can go to the room now.

    :param others: the rooms of the type: those that are ready are named instead.
    :raises RoomOccupied: if somebody else is in it.
    :raises RoomNotReady: if it is dirty or closed that night.
    """
    why = why_not(now, night=night)
    if not why:
        return
    ready = [other for other in others if other.gap is not None and not why_not(other, night=night)]
    facts = {"room": now.room.number, "alternatives": [_as_alternative(other.room) for other in ready]}
    if why == "occupied":
        raise RoomOccupied(f"Somebody is in room {now.room.number}.", extra=facts)
    raise RoomNotReady(
        f"Room {now.room.number} is {why}.",
        extra=facts | {"condition": now.room.condition.value},
        items=[{"code": "closed", "detail": "Closed.", "pointer": "/room_id", "date": night.isoformat()}]
        if why == "closed"
        else [],
    )


def require_vacant(now: RoomNow) -> None:
    """Let go on only where nobody else is in the room.

    :raises RoomOccupied: otherwise.
    """
    if not now.is_vacant:
        raise RoomOccupied(f"Somebody is in room {now.room.number}.", extra={"room": now.room.number})


def _as_alternative(room: DeskRoom) -> dict[str, str]:
    return {"id": str(room.id), "number": room.number, "condition": room.condition.value}


def require_free(now: RoomNow, stay: Stay, *, first: date, last: date) -> None:
    """Let go on only where nobody else has the room on these nights.

    :raises RoomTaken: naming them.
    """
    if now.gap is not None:
        return
    taken = {
        row["night"]
        for row in fetch_all(
            "SELECT night FROM bookings_reservationnight WHERE room_id = %s AND released_at IS NULL"
            " AND night >= %s AND night < %s AND reservation_id <> %s",
            [now.room.id, first, last, stay["id"]],
        )
    }
    nights = [(night, "taken", "Taken.") for night in taken]
    nights += [(night, "closed", "Closed.") for night in now.room.closed - taken if first <= night < last]
    raise RoomTaken(
        f"Room {now.room.number} is not free for all nights.",
        items=[
            {"code": code, "detail": detail, "pointer": "/room_id", "date": night.isoformat()}
            for night, code, detail in sorted(nights)
        ],
    )


# Which room is left or taken first does not matter to the unique key, which is looked at row by row: the nights of one
# stay are other nights each.
PUT_IN_ROOMS = """
UPDATE bookings_reservationnight AS night SET room_id = given.room_id
  FROM jsonb_to_recordset(%(rooms)s::jsonb) AS given (night date, room_id uuid)
 WHERE night.reservation_id = %(stay)s::uuid AND night.night = given.night AND night.released_at IS NULL
RETURNING night.night
"""


def put_in_rooms(stay: Stay, rooms: Mapping[date, UUID | None]) -> None:
    """Assign each of these nights of a stay its room, or none."""
    if rooms:
        fetch_all(PUT_IN_ROOMS, {"stay": stay["id"], "rooms": as_json(rooms)})


def as_json(rooms: Mapping[date, UUID | None]) -> str:
    """The rooms of some nights, for a statement."""
    return orjson.dumps([{"night": night, "room_id": room_id} for night, room_id in rooms.items()]).decode()
