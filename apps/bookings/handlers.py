"""What bookings does when something has happened: money goes where it belongs. And what it answers for when somebody
asks what is kept of them, or wants to be forgotten.
"""

from datetime import date
from uuid import UUID

from apps.bookings import services
from apps.platform import privacy
from apps.platform.outbox import Message, handles


@handles("hotel.clock_advanced", queue="critical")
def catch_up(message: Message) -> None:
    """Holds expire by the clock of the sandbox, and whatever else is due there."""
    services.catch_up(UUID(message.payload["hotel_id"]))


@handles("booking.canceled", "booking.expired", "stay.canceled", "stay.no_show", transactional=False)
def settle(message: Message) -> None:
    """What was paid beyond what is owed now goes back; what is being paid for a canceled booking is given up."""
    booking_id = UUID(message.payload["data"]["booking_id"])
    cause = message.topic.partition(".")[2]
    services.settle_booking(booking_id, cause=cause, key=str(message.id))
    if message.topic == "booking.canceled":
        services.void_what_is_open(booking_id)


@handles("payment.authorized", transactional=False)
def take_what_is_put_aside(message: Message) -> None:
    """The provider is asked for the money, or to let it go."""
    services.go_on_with_authorized(UUID(message.payload["data"]["payment_id"]))


@handles("payment.refund_requested", transactional=False)
def ask_for_refund(message: Message) -> None:
    """The provider is asked to give money back."""
    services.send_refund(UUID(message.payload["data"]["refund_id"]))


@handles("room.withdrawn", queue="bulk")
def vacate_room(message: Message) -> None:
    """Whoever was to have a room that is closed, or of another type now, needs another one."""
    facts = message.payload["data"]
    services.vacate_room(
        UUID(facts["room_id"]),
        first=date.fromisoformat(facts["first"]),
        last=date.fromisoformat(facts["last"]) if facts["last"] else None,
    )


privacy.keep(
    privacy.Keeper(
        name="bookings",
        export_of=services.export_of,
        erase=services.erase,
        erase_before=services.erase_before,
    )
)
