"""What happens to bookings, told to the apps above. Fields are only ever added."""

from dataclasses import dataclass
from uuid import UUID

from apps.platform.events import Event


@dataclass(frozen=True, kw_only=True)
class BookingFacts:
    """Which booking, in which revision, and the names of what changed."""

    booking_id: UUID
    revision: int
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StayFacts:
    """Which room stay of which booking."""

    booking_id: UUID
    reservation_id: UUID
    revision: int
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BookingEvent(Event):
    """Something about a whole booking."""

    hotel_id: UUID
    data: BookingFacts

    def aggregate(self) -> tuple[UUID, int]:
        return self.data.booking_id, self.data.revision


@dataclass(frozen=True, kw_only=True)
class StayEvent(Event):
    """Something about one room stay; its order is that of the booking it belongs to."""

    hotel_id: UUID
    data: StayFacts

    def aggregate(self) -> tuple[UUID, int]:
        return self.data.booking_id, self.data.revision


class BookingPlaced(BookingEvent):
    """Rooms are held for somebody."""

    type = "booking.placed"


class BookingConfirmed(BookingEvent):
    """The held rooms are sold."""

    type = "booking.confirmed"


class BookingExpired(BookingEvent):
    """Nobody confirmed in time; the rooms are free again."""

    type = "booking.expired"


class BookingCanceled(BookingEvent):
    """The rooms are free again because somebody said so."""

    type = "booking.canceled"


class StayCanceled(StayEvent):
    """One room of a booking is free again; others of it stay."""

    type = "stay.canceled"


class GuestCheckedIn(StayEvent):
    """The guest is in the house."""

    type = "stay.checked_in"


class StayCompleted(StayEvent):
    """The guest has left."""

    type = "stay.completed"


class NoShowRecorded(StayEvent):
    """The guest did not come."""

    type = "stay.no_show"


class HoldExtended(BookingEvent):
    """Its rooms are held for longer."""

    type = "booking.hold_extended"


class BookingClaimed(BookingEvent):
    """It is in the name of its booker's account from now on."""

    type = "booking.claimed"


class ManageLinkRenewed(BookingEvent):
    """The secrets of its guest open nothing any more; there is a new one."""

    type = "booking.manage_link_renewed"
