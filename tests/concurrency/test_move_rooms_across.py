"""Rooms change their types at once, in opposite directions, while others are closed: nobody waits for each other."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.services import Access
from apps.inventory import services
from apps.inventory.models import ClosedNight, Room, RoomNight, RoomType
from apps.inventory.types import ClosureKind
from apps.platform import clock
from tests.concurrency.crowd import all_at_once
from tests.concurrency.test_overlapping_stays import deadlocks, no_index_scans, scatter_rows
from tests.factories.inventory import HotelFactory, RoomFactory, RoomTypeFactory

__all__ = ["no_index_scans"]

pytestmark = pytest.mark.django_db(transaction=True)

ACCESS = Access(principal="user:manager", is_administrator=True, permissions=frozenset())
ROUNDS = 6


def test_rooms_that_move_in_opposite_directions_never_deadlock_and_keep_the_counts(no_index_scans: None) -> None:
    hotel = HotelFactory.create()
    types = [RoomTypeFactory.create(hotel=hotel, room_count=20) for _ in range(2)]
    rooms = [RoomFactory.create(room_type=kind) for kind in types for _ in range(2)]
    first = clock.now().date() + timedelta(days=3)
    for room in rooms:
        # Long enough for two of them to meet while they lock the nights of both types.
        _close(room, first, first + timedelta(days=299))
    scatter_rows()
    before = deadlocks()

    def move(room: Room) -> None:
        own, other = room.room_type_id, next(kind.id for kind in types if kind.id != room.room_type_id)
        for number in range(ROUNDS):
            _move(room, other if number % 2 == 0 else own)

    def close(number: int) -> None:
        for ahead in range(ROUNDS):
            spare = RoomFactory.create(room_type=types[number])
            _close(spare, first + timedelta(days=ahead), first + timedelta(days=ahead + 4))

    all_at_once(*[lambda room=room: move(room) for room in rooms], lambda: close(0), lambda: close(1))

    assert deadlocks() == before
    assert _counted(types) == _closed()


def _close(room: Room, first: Any, last: Any) -> None:
    kind = ClosureKind.OUT_OF_ORDER
    services.close_room(
        access=ACCESS, hotel_id=room.hotel_id, room_id=room.id, first=first, last=last, kind=kind, reason="Pipes"
    )


def _move(room: Room, room_type_id: UUID) -> None:
    changes = services.RoomChanges(room_type_id=room_type_id)
    services.update_room(access=ACCESS, hotel_id=room.hotel_id, room_id=room.id, changes=changes)


def _counted(types: list[RoomType]) -> Counter[Any]:
    nights = RoomNight.objects.filter(room_type__in=types, out_of_order__gt=0)
    return Counter({(night.room_type_id, night.night): night.out_of_order for night in nights})


def _closed() -> Counter[Any]:
    return Counter((night.room_type_id, night.night) for night in ClosedNight.objects.filter(out_of_order=True))
