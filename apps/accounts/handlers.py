"""What accounts answers for when somebody asks, or wants to be forgotten."""

from apps.accounts import services
from apps.platform import privacy

privacy.keep(
    privacy.Keeper(
        name="account",
        export_of=services.export_of,
        erase=services.erase,
        erase_before=services.erase_before,
    )
)
