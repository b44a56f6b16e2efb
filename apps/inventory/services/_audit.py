"""What staff change in the set-up of a hotel, told to the audit log beside the write itself."""

from collections.abc import Mapping
from typing import Any

from apps.accounts.services import Access
from apps.inventory.models import Charge, Hotel, RatePlan, Room, RoomClosure, RoomType, Season
from apps.platform import audit
from apps.platform.audit import Change

Audited = Hotel | RoomType | RatePlan | Room | RoomClosure | Season | Charge

# Neither what never changes nor what others write.
_LEFT_OUT = {"id", "hotel_id", "created_at", "updated_at", "rating_average", "rating_count"}

_KINDS: Mapping[type[Audited], str] = {
    Hotel: "hotel",
    RoomType: "room_type",
    RatePlan: "rate_plan",
    Room: "room",
    Season: "season",
    Charge: "charge",
    RoomClosure: "room_closure",
}


def state_of(row: Audited) -> dict[str, Any]:
    """What an entry may tell of a row."""
    names = [field.attname for field in row._meta.concrete_fields]  # noqa: SLF001 - Django's own door to the fields
    return {name: getattr(row, name) for name in names if name not in _LEFT_OUT}


def record_added(access: Access, row: Audited, after: Mapping[str, Any] | None = None) -> None:
    """Write down that the row is new; `after` where more is to be told than `state_of` the row."""
    _record(access, row, "add", before={}, after=after or state_of(row))


def record_changed(
    access: Access, row: Audited, before: Mapping[str, Any], after: Mapping[str, Any] | None = None
) -> None:
    """Write down what of the row is another than `before`, which `state_of` has told under the same lock."""
    _record(access, row, "update", before=before, after=after or state_of(row))


def record_removed(access: Access, row: Audited, before: Mapping[str, Any]) -> None:
    """Write down that the row is no more, and what it was."""
    _record(access, row, "remove", before=before, after={})


def _record(access: Access, row: Audited, verb: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    kind = _KINDS[type(row)]
    change = Change(
        operation=f"inventory.{verb}_{kind}",
        kind=kind,
        object_id=row.id,
        scope_id=row.id if isinstance(row, Hotel) else row.hotel_id,
        before=before,
        after=after,
    )
    audit.record([change], actor=access.principal)
