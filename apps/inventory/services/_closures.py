"""Rooms that nobody can stay in for a while: out of order, or only out of service."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.services import Access, Permission
from apps.inventory import events, selectors
from apps.inventory.models import ClosedNight, Room, RoomClosure
from apps.inventory.policies import business_date
from apps.inventory.services._audit import record_added, record_changed, state_of
from apps.inventory.services._capacity import count_out_of_order, require_override
from apps.inventory.services._checks import fault, refuse_if, require, room_type_locked
from apps.inventory.services._errors import ClosureEnded, RoomClosed
from apps.inventory.services._generation import keep_generation_out
from apps.inventory.types import ClosureFacts, ClosureKind
from apps.platform import clock
from apps.platform.db import fetch_all
from apps.platform.errors import NotFound
from apps.platform.events import publish

MAX_CLOSED_NIGHTS = 1_000


@dataclass(frozen=True, kw_only=True)
class ClosureChanges:
    """What is to be changed of a closure; None leaves it as it is."""

    first: date | None = None
    last: date | None = None
    kind: ClosureKind | None = None
    reason: str | None = None


def close_room(
    *,
    access: Access,
    hotel_id: UUID,
    room_id: UUID,
    first: date,
    last: date,
    kind: ClosureKind,
    reason: str,
    override_reason: str = "",
) -> ClosureFacts:
    """Close a room on the nights from `first` to `last`, both included. Out of order, it is not there to be sold.

    :param override_reason: why it may be out of order although its type is sold out: the limits of those nights rise.
        It takes the permission to override.
    :raises CapacityBelowSold: naming the nights of which more rooms are sold or held than would be left.
    :raises RoomClosed: naming the nights on which the room is closed already.
    :raises Invalid: naming each field that cannot be right.
    """
    require(access, Permission.MANAGE_INVENTORY, hotel_id)
    require_override(access, hotel_id, override_reason)
    with _room_at_work(hotel_id, room_id) as room:
        row = RoomClosure(
            hotel_id=hotel_id,
            room=room,
            first=first,
            last=last,
            kind=kind.value,
            reason=reason.strip(),
            created_by=access.principal,
            created_at=clock.now(),
        )
        today = _today(room)
        faults = _faults(row)
        if first < today:
            faults["/from"] = f"It is {today} at the hotel: nights before that are history."
        if room.archived_at is not None:
            faults["/room_id"] = "The room is archived."
        refuse_if(faults)
        row.save(force_insert=True)
        _rewrite_nights(row, room, [], _nights(row), today, access=access, override_reason=override_reason)
        record_added(access, row)
    return selectors.closure_facts(row)


def update_closure(
    *,
    access: Access,
    hotel_id: UUID,
    room_id: UUID,
    closure_id: UUID,
    changes: ClosureChanges,
    override_reason: str = "",
) -> ClosureFacts:
    """Change what `changes` names, from the hotel's business date on: what was closed before that stays so.

    :raises ClosureEnded: if it is over.
    :raises CapacityBelowSold: naming the nights of which more rooms are sold or held than would be left.
    :raises RoomClosed: naming the nights on which the room has another closure.
    """
    require(access, Permission.MANAGE_INVENTORY, hotel_id)
    require_override(access, hotel_id, override_reason)
    with _room_at_work(hotel_id, room_id) as room:
        today = _today(room)
        row = _live_closure(room, closure_id, today)
        before, had = state_of(row), row.first
        nights = list(ClosedNight.objects.filter(closure=row, night__gte=today).order_by("night"))
        for field in fields(changes):
            if (value := getattr(changes, field.name)) is not None:
                setattr(row, field.name, value)
        row.reason = row.reason.strip()
        faults = _faults(row)
        if row.first != had and min(row.first, had) < today:
            faults["/from"] = f"It is {today} at the hotel: what was closed before that stays so."
        if row.last < today:
            faults["/to"] = f"It is {today} at the hotel: end the closure instead."
        refuse_if(faults)
        row.save(force_update=True)
        wanted = [night for night in _nights(row) if night >= today]
        _rewrite_nights(row, room, nights, wanted, today, access=access, override_reason=override_reason)
        record_changed(access, row, before)
    return selectors.closure_facts(row)


def end_closure(*, access: Access, hotel_id: UUID, room_id: UUID, closure_id: UUID) -> None:
    """Let the room be there again from the hotel's business date on.

    Limits that rose when it was closed stay as they are: staff lower them, once nobody has to be walked.

    :raises ClosureEnded: if it is over already.
    """
    require(access, Permission.MANAGE_INVENTORY, hotel_id)
    with _room_at_work(hotel_id, room_id) as room:
        today = _today(room)
        _end(_live_closure(room, closure_id, today), room, today, access=access)


def end_closures_of(room: Room, *, access: Access) -> None:
    """Whoever is archived is not closed any more. The room is locked by the caller."""
    today = _today(room)
    for row in RoomClosure.objects.filter(room=room, ended_at__isnull=True, last__gte=today).order_by("id"):
        _end(row, room, today, access=access)


def carry_closures(room: Room, *, from_type: UUID, access: Access, override_reason: str = "") -> None:
    """Let the nights on which a room is closed count for its new type from now on. The room is locked by the caller."""
    nights = ClosedNight.objects.filter(room=room, night__gte=_today(room))
    out_of_order = list(nights.filter(out_of_order=True).values_list("night", flat=True))
    nights.update(room_type_id=room.room_type_id)
    count_out_of_order(
        {(from_type, night): -1 for night in out_of_order} | {(room.room_type_id, night): 1 for night in out_of_order},
        hotel_id=room.hotel_id,
        access=access,
        override_reason=override_reason,
    )


def _end(row: RoomClosure, room: Room, today: date, *, access: Access) -> None:
    before = state_of(row)
    nights = list(ClosedNight.objects.filter(closure=row, night__gte=today).order_by("night"))
    row.ended_at = clock.now()
    if row.first < today:
        row.last = today - timedelta(days=1)
    row.save(force_update=True)
    _rewrite_nights(row, room, nights, [], today, access=access)
    record_changed(access, row, before)


_TAKEN = """
INSERT INTO inventory_closednight (room_id, night, closure_id, room_type_id, out_of_order)
SELECT %(room)s, night, %(closure)s, %(room_type)s, %(out_of_order)s
  FROM unnest(%(nights)s::date[]) AS night
    ON CONFLICT DO NOTHING
RETURNING night
"""


def _rewrite_nights(
    row: RoomClosure,
    room: Room,
    had: Sequence[ClosedNight],
    wanted: Sequence[date],
    today: date,
    *,
    access: Access,
    override_reason: str = "",
) -> None:
    """Let the closure hold the wanted nights instead of those it had, and count the difference.

    :raises RoomClosed: naming the nights that another closure has.
    """
    ClosedNight.objects.filter(closure=row, night__gte=today).delete()
    is_out_of_order = row.kind == ClosureKind.OUT_OF_ORDER
    parameters = {"room": room.id, "closure": row.id, "room_type": room.room_type_id, "nights": list(wanted)}
    written = {night["night"] for night in fetch_all(_TAKEN, parameters | {"out_of_order": is_out_of_order})}
    if taken := [night for night in wanted if night not in written]:
        raise RoomClosed(
            items=[fault("/from", "Closed already.", "room_closed") | {"date": night.isoformat()} for night in taken]
        )
    differences = {(night.room_type_id, night.night): -1 for night in had if night.out_of_order}
    if is_out_of_order:
        for night in wanted:
            place = (room.room_type_id, night)
            differences[place] = differences.get(place, 0) + 1
    count_out_of_order(differences, hotel_id=room.hotel_id, access=access, override_reason=override_reason)
    if added := set(wanted) - {night.night for night in had}:
        withdraw(room, first=min(added), last=max(added))


def withdraw(room: Room, *, first: date, last: date | None) -> None:
    """Tell that nobody who has not come yet can stay in the room on these nights; None: from the first on."""
    facts = events.RoomFacts(room_id=room.id, first=first, last=last)
    publish(events.RoomWithdrawn(hotel_id=room.hotel_id, data=facts))


@contextmanager
def _room_at_work(hotel_id: UUID, room_id: UUID) -> Iterator[Room]:
    """A transaction in which nobody else changes the room, and no night is generated that would not count it."""
    with transaction.atomic():
        keep_generation_out()
        room = room_locked(hotel_id, room_id)
        # Whoever brings a room type back fills its nights under this lock.
        room_type_locked(hotel_id, room.room_type_id)
        yield room


def room_locked(hotel_id: UUID, room_id: UUID) -> Room:
    """The row of a room with its hotel, locked against other changes.

    :raises NotFound: if the hotel has no such room.
    """
    rows = Room.objects.select_related("hotel").select_for_update(of=("self",), no_key=True)
    row = rows.filter(id=room_id, hotel_id=hotel_id).first()
    if row is None:
        raise NotFound("The hotel has no such room.")
    return row


def _live_closure(room: Room, closure_id: UUID, today: date) -> RoomClosure:
    row = RoomClosure.objects.select_for_update(no_key=True).filter(id=closure_id, room=room).first()
    if row is None:
        raise NotFound("The room has no such closure.")
    if row.ended_at is not None or row.last < today:
        raise ClosureEnded()
    return row


def _today(room: Room) -> date:
    return business_date(clock.now(), room.hotel.time_zone, room.hotel.business_day_rollover)


def _nights(row: RoomClosure) -> list[date]:
    return [row.first + timedelta(days=ahead) for ahead in range((row.last - row.first).days + 1)]


def _faults(row: RoomClosure) -> dict[str, Any]:
    to = None
    if row.last < row.first:
        to = "The last night is not before the first."
    elif (row.last - row.first).days >= MAX_CLOSED_NIGHTS:
        to = f"At most {MAX_CLOSED_NIGHTS} nights at once."
    return {"/to": to, "/reason": None if row.reason else "A closure has a reason."}
