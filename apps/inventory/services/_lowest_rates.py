"""The least that a night can cost at a hotel: what search orders its candidates by, before it prices any of them."""

from datetime import date
from uuid import UUID


def refresh_lowest_rates(hotel_id: UUID, first: date | None = None, last: date | None = None) -> None:
    """Find the least prices of the hotel anew: of the nights from `first` to `last`, or of all that are on sale.

    Whoever changes what nights cost (a room type's rates and who it sleeps, rate plans, seasons, prices of dates)
    calls it at the end of the same transaction, after the last change and before the audit log is written.
    """
