"""The words of this app that cross its boundary. No Django in here."""

from enum import StrEnum


class ReviewState(StrEnum):
    """submitted -> published -> hidden (by a moderator of the platform, with a reason)."""

    SUBMITTED = "submitted"
    PUBLISHED = "published"
    HIDDEN = "hidden"
