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
class PaymentFacts:
    """Which payment for which booking, and which refund of it if it is about one."""

    booking_id: UUID
    payment_id: UUID
    revision: int
    refund_id: UUID | None = None
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


@dataclass(frozen=True, kw_only=True)
class PaymentEvent(Event):
    """Something about money for a booking; its order is that of the booking."""

    hotel_id: UUID
    data: PaymentFacts

    def aggregate(self) -> tuple[UUID, int]:
        return self.data.booking_id, self.data.revision


class BookingPlaced(BookingEvent):
    """Rooms are held for somebody."""

    type = "booking.placed"


class BookingConfirmed(BookingEvent):
    """The held rooms are sold."""

    type = "booking.confirmed"


class BookingAmended(BookingEvent):
    """Dates, rooms, people or words of it are others now; `changes` says which."""

    type = "booking.amended"


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


class BookingReinstated(BookingEvent):
    """It had expired, then its money came, and its rooms were free still: they are sold to it."""

    type = "booking.reinstated"


class PaymentAuthorized(PaymentEvent):
    """The money is put aside for us; nothing has been taken yet."""

    type = "payment.authorized"


class PaymentCaptured(PaymentEvent):
    """The money is ours."""

    type = "payment.captured"


class PaymentFailed(PaymentEvent):
    """No money comes by this payment."""

    type = "payment.failed"


class RefundRequested(PaymentEvent):
    """Money is to go back; the provider has not been asked yet."""

    type = "payment.refund_requested"


class PaymentRefunded(PaymentEvent):
    """Money of a payment has gone back, all of it or some."""

    type = "payment.refunded"


class RoomAssigned(StayEvent):
    """The stay has another room, or none any more."""

    type = "stay.room_changed"


class CheckInReverted(StayEvent):
    """The guest is not in the house after all."""

    type = "stay.check_in_reverted"


class CheckOutReverted(StayEvent):
    """The guest has not left after all."""

    type = "stay.check_out_reverted"


class NightsFreed(StayEvent):
    """The later nights of somebody who did not come are free again."""

    type = "stay.nights_freed"
