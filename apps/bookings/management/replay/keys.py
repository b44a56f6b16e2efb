"""The board with the keys of a replay's hotel: which rooms are ready for guests, and which are to be cleaned."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from apps.bookings.management.replay.house import House
from apps.inventory import services as inventory


class KeyBoard:
    """The rooms by room type, in the order of their numbers, as far as nobody has their key."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._letters: Mapping[UUID, str] = {room: letter for letter, rooms in house.rooms.items() for room in rooms}
        self._order = {room: place for place, room in enumerate(self._letters)}
        self._ready = {letter: set(rooms) for letter, rooms in house.rooms.items()}
        self._dirty: set[UUID] = set()
        self._cleaned_on = date.min

    def ready_room(self, letter: str) -> UUID | None:
        """The first room of a type that a guest can go to now; None: there is none."""
        return min(self._ready[letter], key=self._order.__getitem__, default=None)

    def give_out(self, room: UUID) -> None:
        """A guest goes to the room."""
        self._ready[self._letters[room]].discard(room)

    def take_back(self, room: UUID) -> None:
        """A guest has left the room, which is dirty."""
        self._dirty.add(room)

    def clean(self, day: date) -> None:
        """Once on each day housekeeping cleans what guests have left, and says so."""
        if day > self._cleaned_on:
            self._cleaned_on = day
            for room in self._in_order(self._dirty):
                inventory.set_room_condition(
                    access=self.house.access,
                    hotel_id=self.house.hotel.id,
                    room_id=room,
                    condition=inventory.RoomCondition.CLEAN,
                )
                self._ready[self._letters[room]].add(room)
            self._dirty.clear()

    def _in_order(self, rooms: Iterable[UUID]) -> list[UUID]:
        return sorted(rooms, key=self._order.__getitem__)
