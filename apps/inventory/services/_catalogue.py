"""What a hotel sells: room types with their nights, and the rooms behind them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.services import Access, Permission
from apps.inventory import selectors
from apps.inventory.models import Room, RoomType
from apps.inventory.policies import business_date
from apps.inventory.services._audit import record_added, record_changed, state_of
from apps.inventory.services._capacity import require_override, resize_nights
from apps.inventory.services._changes import apply, given
from apps.inventory.services._checks import (
    MAX_ROOM_COUNT,
    hotel_of,
    minor_of,
    refuse_if,
    require,
    room_type_locked,
    unique_within_hotel,
)
from apps.inventory.services._closures import carry_closures, end_closures_of, room_locked, withdraw
from apps.inventory.services._generation import fill_nights, keep_generation_out
from apps.inventory.services._lowest_rates import refresh_lowest_rates
from apps.inventory.services._terms import stored_bands
from apps.inventory.types import ChildPrice, RoomCondition, RoomFacts, RoomTypeFacts
from apps.platform import clock
from apps.platform.errors import Conflict, NotFound
from apps.platform.money import Money

MAX_OCCUPANTS = 20


class AllRoomsNumbered(Conflict):
    """The room type has as many numbered rooms as it has rooms."""

    code = "all_rooms_numbered"
    title = "All rooms of the type have a number"
    cause = "A room type has at most `room_count` rooms with a number, archived ones not counted."
    remedy = "Raise the `room_count` of the room type, or archive a room, first."


@dataclass(frozen=True, kw_only=True)
class RoomTypeChanges:
    """What is to be changed of a room type; None leaves it as it is.

    :param included_adults: how many adults a price is for; more of them pay `extra_adult` each.
    :param child_bands: by rising age; older ones pay like extra adults. Empty: children are free.
    """

    code: str | None = None
    name: str | None = None
    description: str | None = None
    max_adults: int | None = None
    max_children: int | None = None
    room_count: int | None = None
    base_rate: Money | None = None
    included_adults: int | None = None
    extra_adult: Money | None = None
    child_bands: tuple[ChildPrice, ...] | None = None
    archived: bool | None = None


@dataclass(frozen=True, kw_only=True)
class RoomChanges:
    """What is to be changed of a room; None leaves it as it is."""

    room_type_id: UUID | None = None
    number: str | None = None
    floor: str | None = None
    condition: RoomCondition | None = None
    archived: bool | None = None


def add_room_type(
    *,
    access: Access,
    hotel_id: UUID,
    code: str,
    name: str,
    max_adults: int,
    room_count: int,
    base_rate: Money,
    max_children: int = 0,
    description: str = "",
    included_adults: int | None = None,
    extra_adult: Money | None = None,
    child_bands: tuple[ChildPrice, ...] = (),
) -> RoomTypeFacts:
    """Add a room type with its nights up to the horizon: it can be sold as soon as this returns.

    :param included_adults: how many adults a price is for; None: as many as the room sleeps.

    :raises CodeTaken: if the hotel has a room type with this code.
    :raises Invalid: naming each field that cannot be right.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    hotel = hotel_of(hotel_id)
    row = RoomType(
        hotel=hotel,
        code=code,
        name=name,
        description=description,
        max_adults=max_adults,
        max_children=max_children,
        room_count=room_count,
        base_rate_minor=minor_of(base_rate, hotel.currency, "/base_rate"),
        included_adults=included_adults,
        extra_adult_minor=0 if extra_adult is None else minor_of(extra_adult, hotel.currency, "/extra_adult"),
        child_bands=stored_bands(child_bands, hotel.currency),
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    _require_right_room_type(row)
    with transaction.atomic():
        with unique_within_hotel("/code"):
            row.save(force_insert=True)
        fill_nights(room_type_id=row.id)
        refresh_lowest_rates(hotel_id)
        record_added(access, row)
    return selectors.room_type_facts(row)


def update_room_type(
    *, access: Access, hotel_id: UUID, room_type_id: UUID, changes: RoomTypeChanges, override_reason: str = ""
) -> RoomTypeFacts:
    """Change what `changes` names. Another number of rooms counts from the hotel's business date on.

    :param override_reason: why there may be fewer rooms than are sold: the limits of those nights rise. It takes the
        permission to override.
    :raises CapacityBelowSold: naming each night on which more rooms are sold or held.
    :raises AllRoomsNumbered: if more rooms have a number already.
    :raises CodeTaken: if the hotel has another room type with this code.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    require_override(access, hotel_id, override_reason)
    with transaction.atomic():
        keep_generation_out()
        row = room_type_locked(hotel_id, room_type_id)
        before = state_of(row)
        apply(row, _columns(changes, row.hotel.currency))
        _require_right_room_type(row)
        row.updated_at = clock.now()
        with unique_within_hotel("/code"):
            row.save(force_update=True)
        if row.room_count != before["room_count"]:
            _require_numbers_left(row, more=0)
            today = business_date(clock.now(), row.hotel.time_zone, row.hotel.business_day_rollover)
            resize_nights(
                row.id,
                first=today,
                rooms=row.room_count,
                hotel_id=hotel_id,
                access=access,
                override_reason=override_reason,
            )
        if changes.archived is False:
            fill_nights(room_type_id=row.id)
        refresh_lowest_rates(hotel_id)
        record_changed(access, row, before)
    return selectors.room_type_facts(row)


def _columns(changes: RoomTypeChanges, currency: str) -> dict[str, Any]:
    values = given(changes)
    for name in ("base_rate", "extra_adult"):
        if name in values:
            values[f"{name}_minor"] = minor_of(values.pop(name), currency, f"/{name}")
    if changes.child_bands is not None:
        values["child_bands"] = stored_bands(changes.child_bands, currency)
    return values


def _require_right_room_type(row: RoomType) -> None:
    refuse_if(
        {
            "/code": None if row.code.strip() else "A room type has a code.",
            "/name": None if row.name.strip() else "A room type has a name.",
            "/max_adults": None if 1 <= row.max_adults <= MAX_OCCUPANTS else f"1 to {MAX_OCCUPANTS}.",
            "/max_children": None if 0 <= row.max_children <= MAX_OCCUPANTS else f"0 to {MAX_OCCUPANTS}.",
            "/included_adults": _fault_of_included(row),
            "/room_count": None if 0 <= row.room_count <= MAX_ROOM_COUNT else f"0 to {MAX_ROOM_COUNT}.",
        }
    )


def _fault_of_included(row: RoomType) -> str | None:
    if row.included_adults is None or 1 <= row.included_adults <= row.max_adults:
        return None
    return f"A price is for 1 to {row.max_adults} adults, as many as the room sleeps."


def add_room(*, access: Access, hotel_id: UUID, room_type_id: UUID, number: str, floor: str = "") -> RoomFacts:
    """Give one room of a room type its number on the door.

    :raises AllRoomsNumbered: if each room of the type has one.
    :raises CodeTaken: if the hotel has a room with this number.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    with transaction.atomic():
        room_type = room_type_locked(hotel_id, room_type_id)
        _require_numbers_left(room_type, more=1)
        row = Room(
            hotel_id=hotel_id, room_type=room_type, number=number.strip(), floor=floor.strip(), created_at=clock.now()
        )
        refuse_if({"/number": None if row.number else "A room has a number."})
        with unique_within_hotel("/number"):
            row.save(force_insert=True)
        record_added(access, row)
    return selectors.room_facts(row)


def update_room(
    *, access: Access, hotel_id: UUID, room_id: UUID, changes: RoomChanges, override_reason: str = ""
) -> RoomFacts:
    """Change what `changes` names. A room that is closed takes its closures along to another type; archiving ends them.

    :param override_reason: why the type it comes to may have fewer rooms than are sold, where the room is out of order:
        the limits of those nights rise. It takes the permission to override.
    :raises CapacityBelowSold: naming each night on which more rooms are sold or held.
    :raises AllRoomsNumbered: if the room type it comes to has all its numbers.
    :raises CodeTaken: if the hotel has another room with this number.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    require_override(access, hotel_id, override_reason)
    with transaction.atomic():
        keep_generation_out()
        row = room_locked(hotel_id, room_id)
        before = state_of(row)
        counted_before = (row.room_type_id, row.archived_at is None)
        apply(row, given(changes))
        refuse_if({"/number": None if row.number.strip() else "A room has a number."})
        if row.archived_at is None and counted_before != (row.room_type_id, True):
            _require_numbers_left(room_type_locked(hotel_id, row.room_type_id), more=1)
        room_type_id, _ = counted_before
        if row.archived_at is not None:
            end_closures_of(row, access=access)
        elif row.room_type_id != room_type_id:
            carry_closures(row, from_type=room_type_id, access=access, override_reason=override_reason)
        with unique_within_hotel("/number"):
            row.save(force_update=True)
        if row.archived_at is not None or row.room_type_id != room_type_id:
            today = business_date(clock.now(), row.hotel.time_zone, row.hotel.business_day_rollover)
            withdraw(row, first=today, last=None)
        record_changed(access, row, before)
    return selectors.room_facts(row)


def _require_numbers_left(room_type: RoomType, *, more: int) -> None:
    """The room type is locked by the caller, so that two new rooms are counted one after the other."""
    numbered = Room.objects.filter(room_type_id=room_type.id, archived_at__isnull=True).count()
    if numbered + more > room_type.room_count:
        raise AllRoomsNumbered(f"{numbered} of {room_type.room_count} rooms have a number.")


def get_room_types(ids: Iterable[UUID]) -> dict[UUID, RoomTypeFacts]:
    """Room types by id, archived or not; unknown ids are left out."""
    rows = RoomType.objects.select_related("hotel").filter(id__in=set(ids))
    return {row.id: selectors.room_type_facts(row) for row in rows}


def get_room_type(*, hotel_id: UUID, room_type_id: UUID) -> RoomTypeFacts:
    """A room type of the hotel.

    :raises NotFound: if the hotel has none such.
    """
    row = selectors.room_types_of(hotel_id).filter(id=room_type_id).first()
    if row is None:
        raise NotFound("The hotel has no such room type.")
    return selectors.room_type_facts(row)


def get_room(*, hotel_id: UUID, room_id: UUID) -> RoomFacts:
    """A room of the hotel.

    :raises NotFound: if the hotel has none such.
    """
    row = selectors.rooms_of(hotel_id).filter(id=room_id).first()
    if row is None:
        raise NotFound("The hotel has no such room.")
    return selectors.room_facts(row)
