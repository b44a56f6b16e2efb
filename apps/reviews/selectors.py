"""What is read of reviews, for this app's own API and services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.reviews import policies
from apps.reviews.models import Review
from apps.reviews.types import ReviewState


@dataclass(frozen=True, kw_only=True)
class ReviewView:
    """A review as everybody sees it. `guest` is a first name and an initial; `created_at` is an instant."""

    id: UUID
    hotel_id: UUID
    rating: int
    title: str
    text: str
    scores: dict[str, Any]
    guest: str
    created_at: datetime
    time_zone: str


def reviews_of(hotel_id: UUID) -> QuerySet[Review]:
    """The published reviews of a hotel."""
    return Review.objects.filter(hotel_id=hotel_id, state=ReviewState.PUBLISHED.value)


def as_view(review: Review, *, time_zone: str) -> ReviewView:
    """The row as everybody sees it; `time_zone` is the hotel's."""
    return ReviewView(
        id=review.id,
        hotel_id=review.hotel_id,
        rating=review.rating,
        title=review.title,
        text=review.text,
        scores=review.scores,
        guest=policies.public_name(review.guest_name),
        created_at=review.created_at,
        time_zone=time_zone,
    )
