"""What bookings does when something has happened, and answers for when somebody wants to be forgotten."""

from uuid import UUID

from apps.bookings import services
from apps.platform import privacy
from apps.platform.outbox import Message, handles


@handles("hotel.clock_advanced", queue="critical")
def catch_up(message: Message) -> None:
    """Holds expire by the clock of the sandbox, and whatever else is due there."""
    services.catch_up(UUID(message.payload["hotel_id"]))


privacy.keep(
    privacy.Keeper(
        name="bookings",
        export_of=services.export_of,
        erase=services.erase,
        erase_before=services.erase_before,
    )
)
