"""What bookings answers for when somebody asks, or wants to be forgotten."""

from apps.bookings import services
from apps.platform import privacy

privacy.keep(
    privacy.Keeper(
        name="bookings",
        export_of=services.export_of,
        erase=services.erase,
        erase_before=services.erase_before,
    )
)
