"""What was saved in the calendar lately, each save as one entry, and what has been undone of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from apps.accounts.services import Access, Permission
from apps.inventory.services._bulk_undo import undoing_of
from apps.inventory.services._checks import require
from apps.inventory.services._sheet_writing import OPERATIONS
from apps.platform import audit

CHANGES_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class SavedChange:
    """One save of the calendar, as the audit log tells of it.

    :param actor: the principal of who made it.
    :param kinds: what was changed: `prices`, `restrictions`, `stop_sell`, `overbooking_limits`.
    :param products: the room types, or with their rate plan the products, that it is about.
    :param first, last: the nights between which it lies; of those entries that are counted.
    :param entries: on how many nights and of which kind; counted up to a thousand, and one more stands for more.
    :param undoes: it has put back what another one of these had changed.
    :param is_undone: it has been put back itself.
    """

    id: UUID
    at: datetime
    actor: str
    reason: str
    kinds: tuple[str, ...]
    products: tuple[tuple[UUID, UUID | None], ...]
    first: date
    last: date
    entries: int
    undoes: bool
    is_undone: bool


def last_changes(*, access: Access, hotel_id: UUID, limit: int = CHANGES_SHOWN) -> tuple[SavedChange, ...]:
    """The last saves in this hotel's calendar, the newest first. One statement.

    :raises NotFound: if the caller is not of the hotel's staff.
    """
    require(access, Permission.VIEW_HOTEL, hotel_id)
    batches = audit.last_batches(hotel_id, operations=list(OPERATIONS), limit=limit)
    return tuple(_saved(batch, batches) for batch in batches)


def _saved(batch: audit.Batch, batches: Sequence[audit.Batch]) -> SavedChange:
    """(What undoes a change is younger: where the change is among the last, so is what has undone it.)"""
    return SavedChange(
        id=batch.id,
        at=batch.at,
        actor=batch.actor,
        reason=batch.reason,
        kinds=tuple(OPERATIONS[operation] for operation in batch.operations),
        products=tuple(_product(place) for place in batch.places),
        first=date.fromisoformat(batch.first),
        last=date.fromisoformat(batch.last),
        entries=batch.entries,
        undoes=any(batch.id == undoing_of(other.id) for other in batches),
        is_undone=any(undoing_of(batch.id) == other.id for other in batches),
    )


def _product(place: str) -> tuple[UUID, UUID | None]:
    room_type, _, plan = place.partition("/")
    return UUID(room_type), UUID(plan) if plan else None
