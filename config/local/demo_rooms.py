"""The rooms of a hotel of the demo: housekeeping goes through them, and stays get theirs by the best fit."""

from zlib import crc32

from apps.bookings import services as bookings
from apps.bookings.models import Reservation
from apps.inventory import selectors
from apps.inventory import services as inventory
from config.local.demo_founding import House, People

_PROMISED_EVERY = 9
_WAITS_EVERY = 8


class HouseRooms:
    """Who sleeps where in one hotel of the demo."""

    def __init__(self, house: House, people: People) -> None:
        self.house, self.people = house, people

    def clean(self) -> None:
        """Housekeeping has been everywhere."""
        for room in selectors.rooms_of(self.house.hotel.id).filter(condition=inventory.RoomCondition.DIRTY):
            inventory.set_room_condition(
                access=self.people.access,
                hotel_id=self.house.hotel.id,
                room_id=room.id,
                condition=inventory.RoomCondition.CLEAN,
            )

    def give(self, stay: Reservation) -> None:
        """The room that fits best. Now and then a stay still waits for one, or the guest is promised it.

        Where no room is free for all its nights the stay has none, and the front desk something to do.
        """
        turn = crc32(stay.booking.external_id.encode())
        if turn % _WAITS_EVERY == 0:
            return
        promised = turn % _PROMISED_EVERY == 0 or None
        command = bookings.AssignRoom(reservation_id=stay.id, do_not_move=promised)
        bookings.assign_room(command, caller=self.people.administrator, key=f"demo:{stay.id}:assign")
