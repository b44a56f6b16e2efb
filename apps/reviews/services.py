"""What guests may do with reviews, and the rating that follows from them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum

from apps.accounts.services import Caller
from apps.bookings import services as bookings
from apps.inventory import services as inventory
from apps.platform import clock, locks
from apps.platform.errors import Conflict, NotFound
from apps.platform.events import publish
from apps.reviews import events, policies, selectors
from apps.reviews.models import Review
from apps.reviews.selectors import ReviewView
from apps.reviews.types import ReviewState

__all__ = [
    "AlreadyReviewed",
    "ReviewNotAllowed",
    "ReviewView",
    "erase",
    "erase_before",
    "export_of",
    "refresh_rating",
    "submit_review",
]

ERASED_GUEST = "Guest"
"""How a guest is called whose name is forgotten. What they said stays: it is the hotel's rating."""


class ReviewNotAllowed(Conflict):
    """The stay is not over, or never was one."""

    code = "stay_not_completed"
    title = "The stay is not completed"
    cause = "Only somebody who has stayed can review, so a review is possible after check-out and not before."
    remedy = "Wait until the hotel has checked you out; `status` is the state that the stay is in now."
    example = {"status": "checked_in"}
    stored = False
    retry = None


class AlreadyReviewed(Conflict):
    """Each stay is reviewed once."""

    code = "already_reviewed"
    title = "Already reviewed"
    cause = "There is a review of this stay. Each room stay is reviewed once."
    remedy = "Nothing is left to do: your review is among those of the hotel."
    stored = False
    retry = "never"


def submit_review(
    *, caller: Caller, reservation_id: UUID, rating: int, title: str = "", text: str = "", scores: Mapping[str, int]
) -> ReviewView:
    """Publish a guest's review of a completed stay, and tell so.

    :param rating: 1 to 5.
    :param scores: 1 to 5 by aspect of the stay.
    :raises NotFound: if the caller has no such stay.
    :raises ReviewNotAllowed: before check-out, and where nobody stayed.
    :raises AlreadyReviewed: the second time.
    """
    stay = bookings.get_stay(reservation_id)
    if caller.user_id is None or stay.account_id != caller.user_id:
        raise NotFound("There is no such reservation.")
    if stay.status != "checked_out":
        raise ReviewNotAllowed(extra={"status": str(stay.status)})
    hotel = inventory.get_hotel(stay.hotel_id)
    review = Review(
        hotel_id=stay.hotel_id,
        reservation_id=reservation_id,
        account_id=caller.user_id,
        guest_name=stay.guest_name,
        rating=rating,
        title=title,
        text=text,
        scores=dict(scores),
        state=ReviewState.PUBLISHED.value,
        created_at=clock.now(),
    )
    _publish(review)
    return selectors.as_view(review, time_zone=hotel.time_zone)


def _publish(review: Review) -> None:
    facts = events.ReviewFacts(review_id=review.id, reservation_id=review.reservation_id, rating=review.rating)
    try:
        with transaction.atomic(durable=True):
            review.save(force_insert=True)
            publish(events.ReviewPublished(hotel_id=review.hotel_id, data=facts))
    except IntegrityError as error:
        if isinstance(error.__cause__, psycopg.errors.UniqueViolation):
            raise AlreadyReviewed() from None
        raise


@transaction.atomic
def refresh_rating(hotel_id: UUID) -> None:
    """Make the hotel's rating that of its published reviews as they are now.

    Always from all reviews, and one at a time for each hotel: repeated and reordered events end at the exact rating.
    """
    locks.serialize(f"rating:{hotel_id}")
    # A statement of its own after the lock: it sees whatever the one before it has seen.
    sums = selectors.reviews_of(hotel_id).aggregate(total=Sum("rating"), count=Count("id"))
    inventory.set_hotel_rating(
        hotel_id=hotel_id,
        average=policies.average_rating(total=sums["total"] or 0, count=sums["count"]),
        count=sums["count"],
    )


def export_of(account_id: UUID) -> list[dict[str, Any]]:
    """Every review that an account has written, the oldest first."""
    names = ("id", "hotel_id", "reservation_id", "guest_name", "rating", "title", "text", "scores", "created_at")
    return list(Review.objects.filter(account_id=account_id).order_by("id").values(*names))


def erase(account_id: UUID) -> None:
    """Forget the name under which an account has written its reviews."""
    Review.objects.filter(account_id=account_id).update(guest_name=ERASED_GUEST)


def erase_before(instant: datetime, limit: int) -> int:
    """Forget the names under reviews that were written before `instant`; returns how many."""
    old = Review.objects.filter(created_at__lt=instant).exclude(guest_name=ERASED_GUEST).order_by("id")
    ids = list(old.values_list("id", flat=True)[:limit])
    return Review.objects.filter(id__in=ids).update(guest_name=ERASED_GUEST)
