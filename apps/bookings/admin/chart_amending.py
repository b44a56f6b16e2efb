"""Other dates for a stay: what that would change, night by night, and the command that does it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.types import Status
from apps.platform.idempotency import Outcome

AMENDABLE = frozenset({Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN})


@dataclass(frozen=True, kw_only=True)
class Dates:
    """The dates that one stay of a booking is to have."""

    booking_id: UUID
    reservation_id: UUID
    arrival: date
    departure: date

    @property
    def command(self) -> services.AmendBooking:
        change = services.StayChange(reservation_id=self.reservation_id, arrival=self.arrival, departure=self.departure)
        return services.AmendBooking(booking_id=self.booking_id, reservations=(change,))

    def previewed(self, *, caller: accounts.Caller) -> services.AmendmentPreview:
        """What would change; nothing does.

        :raises Problem: as the command would refuse.
        """
        return services.preview_amendment(self.command, caller=caller)

    def run(self, *, revision: int, caller: accounts.Caller, key: str) -> Outcome:
        """Issue the command: the same as the API's.

        :raises Problem: if it is refused.
        """
        return services.amend_booking(self.command, caller=caller, key=key, expected_revision=revision)


def keep_room(stay: services.ReservationView, rooms: frozenset[UUID], *, caller: accounts.Caller, key: str) -> bool:
    """After other dates: let the new nights have the one room that the stay had; whether they have it.

    Where somebody else has it then, they stay without a room: the chart shows them above the rooms of the type.
    """
    if len(rooms) != 1:
        return not rooms
    command = services.AssignRoom(reservation_id=stay.id, room_id=next(iter(rooms)))
    return not services.assign_room(command, caller=caller, key=key).refused
