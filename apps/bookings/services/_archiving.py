"""Archiving nights that are over, but for those of stays that are not."""

from collections.abc import Callable
from datetime import date

from apps.inventory import services as inventory
from apps.platform.db import fetch_all

# Whatever may still be confirmed, checked in or out, canceled or recorded as a no-show moves nights when it is.
_NOT_OVER = """
SELECT room_type_id, arrival, departure FROM bookings_reservation
 WHERE status IN ('pending', 'confirmed', 'checked_in') AND arrival < %(before)s
"""


def archive_nights(
    *, before: date, dry_run: bool = False, progress: Callable[[int, int], None] = lambda done, of: None
) -> int:
    """Move the nights before a date into the archive of the inventory; those of stays that are not over stay.

    :param progress: told how many room types are done, of how many.
    :returns: how many nights were moved, or with `dry_run` would be.
    """
    kept = [inventory.KeptStay(**row) for row in fetch_all(_NOT_OVER, {"before": before})]
    return inventory.archive_nights(before=before, kept=kept, dry_run=dry_run, progress=progress)
