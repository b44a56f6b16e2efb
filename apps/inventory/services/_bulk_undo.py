"""Putting back what a change of the calendar has changed, by what the audit log tells of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.services import Access, Permission
from apps.inventory import policies
from apps.inventory.services._bulk import require_rooms_for_sold
from apps.inventory.services._checks import fault, hotel_of, require, require_staff
from apps.inventory.services._rates import RateBook
from apps.inventory.services._sheet import Cell, Sheet, nights_of_sheet, types_of_sheet
from apps.inventory.services._sheet_writing import OPERATIONS, cell_of, outcome_of, write
from apps.inventory.types import CalendarOutcome
from apps.platform import audit, clock
from apps.platform.db import RoundTrip
from apps.platform.errors import Conflict, NotFound
from apps.platform.models import AuditEntry

MAX_NAMED = 400


class ChangedSince(Conflict):
    """Not all that the change has left is still there."""

    code = "changed_since"
    title = "The nights have been changed since"
    cause = (
        "A change is undone as long as every night of it is as it has left it. Those in `errors` have been changed"
        " again, or the change has been undone already. Nothing was put back."
    )
    remedy = "Undo the later change first, or set the nights as you want them."
    example = {
        "errors": [
            {
                "code": "changed",
                "detail": "Changed since: amount_minor.",
                "pointer": "/change_id",
                "date": "2026-07-03",
                "room_type_id": "01989f6c-7a52-7c3e-8f4e-0c6a3c5a9d11",
                "rate_plan_id": None,
            }
        ]
    }


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """What the audit log tells of one night: only what differed."""

    cell: Cell
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def undo_change(*, access: Access, hotel_id: UUID, change_id: UUID, dry_run: bool = False) -> CalendarOutcome:
    """Put back what a change of the calendar has changed, all of it or nothing; that is a change again.

    Nights that are history by now stay as they are.

    :raises NotFound: if the hotel knows no such change.
    :raises ChangedSince: naming the nights that somebody has changed again, or if it was undone before.
    :raises CapacityBelowSold: naming the nights of which more was sold since than the limit of before allows.
    """
    _require_rights(access, hotel_id, change_id)
    hotel = hotel_of(hotel_id)
    today = policies.business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)
    batch = undoing_of(change_id)
    with transaction.atomic():
        entries = [entry for entry in _entries(hotel_id, change_id) if entry.cell[2] >= today]
        if not entries:
            raise ChangedSince("All nights of the change are history.")
        sheet = _open(hotel_id, entries, lock=not dry_run)
        if audit.entries_of(hotel_id, batch=batch).exists():
            raise ChangedSince(
                "The change has been undone already.", items=[fault("/change_id", "Undone already.", "undone")]
            )
        _require_unchanged(sheet, entries)
        for entry in entries:
            sheet.put(entry.cell, entry.before)
        differences = sheet.differences()
        require_rooms_for_sold(sheet, differences, "/change_id")
        if not dry_run:
            write(differences, access=access, hotel_id=hotel_id, batch=batch)
    return outcome_of(differences, currency=hotel.currency, change_id=batch, dry_run=dry_run)


def undoing_of(change_id: UUID) -> UUID:
    """The id of what undoes a change follows from that of the change: nothing is put back twice."""
    return uuid5(change_id, "undo")


def last_change(hotel_id: UUID) -> UUID | None:
    """By what the last change of the hotel's calendar can be undone, if there is any."""
    return _told(hotel_id).order_by("-id").values_list("batch", flat=True).first()


def _told(hotel_id: UUID, change_id: UUID | None = None) -> QuerySet[AuditEntry]:
    """The entries of one change of the calendar, or of all."""
    rows = audit.entries_of(hotel_id, batch=change_id)
    return rows.filter(operation__in=OPERATIONS, batch__isnull=False)


def _require_rights(access: Access, hotel_id: UUID, change_id: UUID) -> None:
    """Who may make such a change may undo it."""
    require_staff(access, hotel_id)
    either = (Permission.MANAGE_RATES, Permission.MANAGE_INVENTORY)
    if not any(access.allows(permission, hotel_id) for permission in either):
        require(access, Permission.MANAGE_INVENTORY, hotel_id)
    operations = set(_told(hotel_id, change_id).order_by().values_list("operation", flat=True).distinct())
    if not operations:
        raise NotFound("The calendar of the hotel knows no such change.")
    if "inventory.set_price" in operations:
        require(access, Permission.MANAGE_RATES, hotel_id)
    if operations - {"inventory.set_price"}:
        require(access, Permission.MANAGE_INVENTORY, hotel_id)


def _entries(hotel_id: UUID, change_id: UUID) -> list[_Entry]:
    rows = _told(hotel_id, change_id)
    return [
        _Entry(cell=cell_of(object_id), before=_values(before), after=_values(after))
        for object_id, before, after in rows.values_list("object_id", "before", "after")
    ]


def _values(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}


def _open(hotel_id: UUID, entries: Sequence[_Entry], *, lock: bool) -> Sheet:
    types = types_of_sheet(hotel_id, named={entry.cell[0] for entry in entries}, everything=False, lock=lock)
    dates = [entry.cell[2] for entry in entries]
    book = RateBook(RoundTrip(), hotels=[hotel_id], types=list(types), first=min(dates), last=max(dates))
    wanted = {(entry.cell[0], entry.cell[2]) for entry in entries if entry.cell[1] is None}
    return Sheet(book=book, nights=nights_of_sheet(hotel_id, wanted, lock=lock))


def _require_unchanged(sheet: Sheet, entries: Sequence[_Entry]) -> None:
    items = []
    for entry in entries:
        now = sheet.values(entry.cell)
        others = [name for name, value in entry.after.items() if now.get(name) != value]
        if others:
            room_type_id, plan_id, night = entry.cell
            items.append(
                fault("/change_id", f"Changed since: {', '.join(sorted(others))}.", "changed")
                | {"date": night.isoformat(), "room_type_id": str(room_type_id)}
                | {"rate_plan_id": str(plan_id) if plan_id else None}
            )
    if items:
        items.sort(key=lambda item: (item["date"], item["room_type_id"], item["rate_plan_id"] or ""))
        raise ChangedSince(f"{len(items)} nights have been changed since.", items=items[:MAX_NAMED])
