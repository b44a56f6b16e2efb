"""What guests said. One review a completed stay."""

from django.db import models
from django.db.models import Q

from apps.platform.db import Entity
from apps.reviews.types import ReviewState


class Review(Entity):
    """A verified guest's opinion of one stay."""

    hotel_id = models.UUIDField(db_index=True)
    reservation_id = models.UUIDField(unique=True)
    account_id = models.UUIDField(db_index=True)
    guest_name = models.CharField(max_length=200)
    rating = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120, blank=True)
    text = models.TextField(blank=True)
    scores = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in ReviewState])
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rating__gte=1) & Q(rating__lte=5), name="review_rating_one_to_five")
        ]

    def __str__(self) -> str:
        return f"{self.rating} {self.title}"
