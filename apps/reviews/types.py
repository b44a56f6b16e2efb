"""The words of this app that cross its boundary. No Django in here."""

from enum import StrEnum


class ReviewState(StrEnum):
    """submitted -> published -> hidden (by a moderator of the platform, with a reason)."""

    SUBMITTED = "submitted"
    PUBLISHED = "published"
    HIDDEN = "hidden"


class ScoredAspect(StrEnum):
    """What a guest may score beside the rating of the whole stay, 1 to 5 each."""

    CLEANLINESS = "cleanliness"
    COMFORT = "comfort"
    LOCATION = "location"
    SERVICE = "service"
    VALUE = "value"
