"""The bodies of the review routes, as plain values."""

from typing import Any

from rest_framework import serializers

from apps.platform.http.requests import StrictSerializer


class OneLineField(serializers.CharField):
    """Text without a line break, also at its end: titles end up in headers and lists."""

    default_error_messages = {"line_break": "This is one line, without line breaks."}

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str) and data.splitlines() not in ([], [data]):
            self.fail("line_break")
        return super().to_internal_value(data)


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
