"""Changing many nights at once: prices, restrictions, stop-sell and overbooking limits; and undoing it."""

from collections.abc import Sequence
from uuid import UUID

from apps.accounts.services import Access
from apps.inventory.types import CalendarChange, CalendarOutcome


def change_calendar(
    *,
    access: Access,
    hotel_id: UUID,
    changes: Sequence[CalendarChange],
    dry_run: bool = False,
    override_reason: str = "",
) -> CalendarOutcome:
    """Change all these nights in one transaction, or none; each change finds what those before it have left.

    :param dry_run: change nothing, and say what would.
    :param override_reason: why limits are to go as low as what is sold allows where they cannot go lower; takes the
        permission to override.
    :raises Invalid: naming each fault by its place, like `/changes/0/price/amount`.
    :raises CapacityBelowSold: naming the nights of which more rooms are sold than the new limit allows.
    """
    raise NotImplementedError


def undo_change(*, access: Access, hotel_id: UUID, change_id: UUID, dry_run: bool = False) -> CalendarOutcome:
    """Put back what a change of the calendar has changed, all of it or nothing; that is a change again.

    :raises NotFound: if the hotel knows no such change.
    :raises ChangedSince: naming the nights that somebody has changed again, or if it was undone before.
    """
    raise NotImplementedError
