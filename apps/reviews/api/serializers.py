"""The bodies of the review routes, as plain values."""

from rest_framework import serializers

from apps.platform.http.fields import OneLineField
from apps.platform.http.requests import StrictSerializer


def _score(*, required: bool = False) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=5, required=required)


class ScoresBody(StrictSerializer):
    """Scores of single aspects of a stay, 1 to 5: those of `ScoredAspect`."""

    cleanliness = _score()
    comfort = _score()
    location = _score()
    service = _score()
    value = _score()


class ReviewBody(StrictSerializer):
    """What a guest says about a stay."""

    rating = _score(required=True)
    title = OneLineField(max_length=120, required=False, allow_blank=True, default="")
    text = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    scores = ScoresBody(required=False, default=dict)
