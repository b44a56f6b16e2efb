"""What this app tells: that somebody has said something about a stay."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.platform.events import Event


@dataclass(frozen=True, kw_only=True)
class ReviewFacts:
    """Which review of which room stay, and how it rates it."""

    review_id: UUID
    reservation_id: UUID
    rating: int


@dataclass(frozen=True, kw_only=True)
class ReviewPublished(Event):
    """A review is there for everybody to read."""

    type: ClassVar[str] = "review.published"

    hotel_id: UUID
    data: ReviewFacts

    def aggregate(self) -> tuple[UUID, int]:
        return self.data.review_id, 1
