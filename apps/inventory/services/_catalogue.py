"""What a hotel sells: room types with their nights, the rooms behind them, and rate plans."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model

from apps.accounts.services import Access, Permission
from apps.inventory import selectors
from apps.inventory.models import RatePlan, Room, RoomType
from apps.inventory.policies import business_date
from apps.inventory.services._audit import record_added, record_changed, state_of
from apps.inventory.services._checks import (
    MAX_ROOM_COUNT,
    fault,
    hotel_of,
    minor_of,
    refuse_if,
    require,
    room_type_locked,
    unique_within_hotel,
)
from apps.inventory.services._generation import fill_nights, keep_generation_out
from apps.inventory.types import MealPlan, RatePlanFacts, RoomCondition, RoomFacts, RoomTypeFacts
from apps.platform import clock
from apps.platform.db import fetch_all
from apps.platform.errors import Conflict, NotFound
from apps.platform.money import Money

MAX_OCCUPANTS = 20
MAX_PERCENT = Decimal("1000")


class CapacityBelowSold(Conflict):
    """Some night has more rooms sold and held than would be left."""

    code = "capacity_below_sold"
    title = "More rooms are sold than would be left"
    cause = "On the nights in `errors`, more rooms of the type are sold or held than the new number allows."
    remedy = "Move or cancel reservations of those nights first, or choose a larger number."
    example = {
        "errors": [
            {"code": "sold", "detail": "5 rooms are sold or held.", "pointer": "/room_count", "date": "2026-07-03"}
        ]
    }


class AllRoomsNumbered(Conflict):
    """The room type has as many numbered rooms as it has rooms."""

    code = "all_rooms_numbered"
    title = "All rooms of the type have a number"
    cause = "A room type has at most `room_count` rooms with a number, archived ones not counted."
    remedy = "Raise the `room_count` of the room type, or archive a room, first."


@dataclass(frozen=True, kw_only=True)
class RoomTypeChanges:
    """What is to be changed of a room type; None leaves it as it is."""

    code: str | None = None
    name: str | None = None
    description: str | None = None
    max_adults: int | None = None
    max_children: int | None = None
    room_count: int | None = None
    base_rate: Money | None = None
    archived: bool | None = None


@dataclass(frozen=True, kw_only=True)
class RatePlanChanges:
    """What is to be changed of a rate plan; None leaves it as it is."""

    code: str | None = None
    name: str | None = None
    meal_plan: MealPlan | None = None
    percent: Decimal | None = None
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
) -> RoomTypeFacts:
    """Add a room type with its nights up to the horizon: it can be sold as soon as this returns.

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
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    _require_right_room_type(row)
    with transaction.atomic():
        with unique_within_hotel("/code"):
            row.save(force_insert=True)
        fill_nights(room_type_id=row.id)
        record_added(access, row)
    return selectors.room_type_facts(row)


def update_room_type(*, access: Access, hotel_id: UUID, room_type_id: UUID, changes: RoomTypeChanges) -> RoomTypeFacts:
    """Change what `changes` names. Another number of rooms counts from the hotel's business date on.

    :raises CapacityBelowSold: naming each night on which more rooms are sold or held.
    :raises AllRoomsNumbered: if more rooms have a number already.
    :raises CodeTaken: if the hotel has another room type with this code.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    with transaction.atomic():
        keep_generation_out()
        row = room_type_locked(hotel_id, room_type_id)
        before = state_of(row)
        given = _given(changes)
        if changes.base_rate is not None:
            given["base_rate_minor"] = minor_of(given.pop("base_rate"), row.hotel.currency, "/base_rate")
        _apply(row, given)
        _require_right_room_type(row)
        row.updated_at = clock.now()
        with unique_within_hotel("/code"):
            row.save(force_update=True)
        if row.room_count != before["room_count"]:
            _require_numbers_left(row, more=0)
            today = business_date(clock.now(), row.hotel.time_zone, row.hotel.business_day_rollover)
            _resize_nights(row, today)
        if changes.archived is False:
            fill_nights(room_type_id=row.id)
        record_changed(access, row, before)
    return selectors.room_type_facts(row)


_LOCK_NIGHTS = """
SELECT night, sold + held AS taken, sold + held > %(rooms)s - out_of_order + overbooking_limit AS is_short
  FROM inventory_roomnight
 WHERE room_type_id = %(room_type)s AND night >= %(from)s
 ORDER BY room_type_id, night
   FOR NO KEY UPDATE
"""
_RESIZE_NIGHTS = (
    "UPDATE inventory_roomnight SET physical = %(rooms)s WHERE room_type_id = %(room_type)s AND night >= %(from)s"
)


def _resize_nights(row: RoomType, today: date) -> None:
    parameters: dict[str, Any] = {"rooms": row.room_count, "room_type": row.id, "from": today}
    short = [night for night in fetch_all(_LOCK_NIGHTS, parameters) if night["is_short"]]
    if short:
        raise CapacityBelowSold(
            items=[
                fault("/room_count", f"{night['taken']} rooms are sold or held.", "sold")
                | {"date": night["night"].isoformat()}
                for night in short
            ]
        )
    with connection.cursor() as cursor:
        cursor.execute(_RESIZE_NIGHTS, parameters)


def _require_right_room_type(row: RoomType) -> None:
    refuse_if(
        {
            "/code": None if row.code.strip() else "A room type has a code.",
            "/name": None if row.name.strip() else "A room type has a name.",
            "/max_adults": None if 1 <= row.max_adults <= MAX_OCCUPANTS else f"1 to {MAX_OCCUPANTS}.",
            "/max_children": None if 0 <= row.max_children <= MAX_OCCUPANTS else f"0 to {MAX_OCCUPANTS}.",
            "/room_count": None if 0 <= row.room_count <= MAX_ROOM_COUNT else f"0 to {MAX_ROOM_COUNT}.",
        }
    )


def add_rate_plan(
    *,
    access: Access,
    hotel_id: UUID,
    code: str,
    name: str,
    meal_plan: MealPlan = MealPlan.ROOM_ONLY,
    percent: Decimal = Decimal(100),
) -> RatePlanFacts:
    """Add a rate plan, which sells every room type at `percent` of its base rate.

    :raises CodeTaken: if the hotel has a rate plan with this code.
    :raises Invalid: naming each field that cannot be right.
    """
    require(access, Permission.MANAGE_RATES, hotel_id)
    row = RatePlan(
        hotel=hotel_of(hotel_id),
        code=code,
        name=name,
        meal_plan=meal_plan.value,
        percent=percent,
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    _require_right_rate_plan(row)
    with transaction.atomic():
        with unique_within_hotel("/code"):
            row.save(force_insert=True)
        record_added(access, row)
    return selectors.rate_plan_facts(row)


def update_rate_plan(*, access: Access, hotel_id: UUID, rate_plan_id: UUID, changes: RatePlanChanges) -> RatePlanFacts:
    """Change what `changes` names; stored reservations keep their prices.

    :raises CodeTaken: if the hotel has another rate plan with this code.
    """
    require(access, Permission.MANAGE_RATES, hotel_id)
    with transaction.atomic():
        rows = RatePlan.objects.select_for_update(no_key=True)
        row = rows.filter(id=rate_plan_id, hotel_id=hotel_id).first()
        if row is None:
            raise NotFound("The hotel has no such rate plan.")
        before = state_of(row)
        _apply(row, _given(changes))
        _require_right_rate_plan(row)
        row.updated_at = clock.now()
        with unique_within_hotel("/code"):
            row.save(force_update=True)
        record_changed(access, row, before)
    return selectors.rate_plan_facts(row)


def _require_right_rate_plan(row: RatePlan) -> None:
    refuse_if(
        {
            "/code": None if row.code.strip() else "A rate plan has a code.",
            "/name": None if row.name.strip() else "A rate plan has a name.",
            "/percent": None if 0 <= row.percent <= MAX_PERCENT else f"0 to {MAX_PERCENT}.",
        }
    )


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


def update_room(*, access: Access, hotel_id: UUID, room_id: UUID, changes: RoomChanges) -> RoomFacts:
    """Change what `changes` names.

    :raises AllRoomsNumbered: if the room type it comes to has all its numbers.
    :raises CodeTaken: if the hotel has another room with this number.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    with transaction.atomic():
        row = Room.objects.select_for_update(no_key=True).filter(id=room_id, hotel_id=hotel_id).first()
        if row is None:
            raise NotFound("The hotel has no such room.")
        before = state_of(row)
        counted_before = (row.room_type_id, row.archived_at is None)
        _apply(row, _given(changes))
        refuse_if({"/number": None if row.number.strip() else "A room has a number."})
        if row.archived_at is None and counted_before != (row.room_type_id, True):
            _require_numbers_left(room_type_locked(hotel_id, row.room_type_id), more=1)
        with unique_within_hotel("/number"):
            row.save(force_update=True)
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


def get_rate_plans(ids: Iterable[UUID]) -> dict[UUID, RatePlanFacts]:
    """Rate plans by id, archived or not; unknown ids are left out."""
    return {row.id: selectors.rate_plan_facts(row) for row in RatePlan.objects.filter(id__in=set(ids))}


def get_room_type(*, hotel_id: UUID, room_type_id: UUID) -> RoomTypeFacts:
    """A room type of the hotel.

    :raises NotFound: if the hotel has none such.
    """
    row = selectors.room_types_of(hotel_id).filter(id=room_type_id).first()
    if row is None:
        raise NotFound("The hotel has no such room type.")
    return selectors.room_type_facts(row)


def get_rate_plan(*, hotel_id: UUID, rate_plan_id: UUID) -> RatePlanFacts:
    """A rate plan of the hotel.

    :raises NotFound: if the hotel has none such.
    """
    row = selectors.rate_plans_of(hotel_id).filter(id=rate_plan_id).first()
    if row is None:
        raise NotFound("The hotel has no such rate plan.")
    return selectors.rate_plan_facts(row)


def get_room(*, hotel_id: UUID, room_id: UUID) -> RoomFacts:
    """A room of the hotel.

    :raises NotFound: if the hotel has none such.
    """
    row = selectors.rooms_of(hotel_id).filter(id=room_id).first()
    if row is None:
        raise NotFound("The hotel has no such room.")
    return selectors.room_facts(row)


def _given(changes: RoomTypeChanges | RatePlanChanges | RoomChanges) -> dict[str, Any]:
    given = {field.name: getattr(changes, field.name) for field in fields(changes)}
    given = {name: value for name, value in given.items() if value is not None}
    if "archived" in given:
        given["archived_at"] = clock.now() if given.pop("archived") else None
    return given


def _apply(row: Model, given: dict[str, Any]) -> None:
    for name, value in given.items():
        setattr(row, name, value)
