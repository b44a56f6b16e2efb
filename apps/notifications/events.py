"""What this app tells: that something waits to be delivered."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.platform.events import Event


@dataclass(frozen=True, kw_only=True)
class DeliveryFacts:
    """Which delivery; whom it goes to and what it says stay in its row."""

    delivery_id: UUID


@dataclass(frozen=True, kw_only=True)
class DeliveryQueued(Event):
    """A delivery was written down and may go out now."""

    type: ClassVar[str] = "delivery.queued"

    data: DeliveryFacts

    def aggregate(self) -> tuple[UUID, int]:
        return self.data.delivery_id, 1
