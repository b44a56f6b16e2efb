"""What reviews does when something has happened."""

from uuid import UUID

from apps.platform.outbox import Message, handles
from apps.reviews import services


@handles("review.published", queue="bulk")
def refresh_rating(message: Message) -> None:
    """The hotel's rating follows its reviews; booking never waits for it."""
    services.refresh_rating(UUID(message.payload["hotel_id"]))
