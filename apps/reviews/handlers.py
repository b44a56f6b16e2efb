"""What reviews does when something has happened."""

from uuid import UUID

from apps.platform import privacy
from apps.platform.outbox import Message, handles
from apps.reviews import services


@handles("review.published", queue="bulk")
def refresh_rating(message: Message) -> None:
    """The hotel's rating follows its reviews; booking never waits for it."""
    services.refresh_rating(UUID(message.payload["hotel_id"]))


privacy.keep(
    privacy.Keeper(
        name="reviews", export_of=services.export_of, erase=services.erase, erase_before=services.erase_before
    )
)
