"""What every service of this app checks first: may the caller, and can the values be right."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.services import Access, Permission
from apps.inventory.models import Hotel, RoomType
from apps.platform.errors import Conflict, Denied, Invalid, NotFound
from apps.platform.money import Money, to_minor

MAX_ROOM_COUNT = 10_000
_UNIQUE_VIOLATION = "23505"


class CodeTaken(Conflict):
    """The code or number exists at the hotel."""

    code = "code_taken"
    title = "The code is taken"
    cause = (
        "Codes of room types and rate plans, names of seasons and numbers of rooms are unique within a hotel, "
        "also archived ones."
    )
    remedy = "Choose another code, or change the existing one instead."


def require(access: Access, permission: Permission, hotel_id: UUID) -> None:
    """Let go on only who holds `permission` at this hotel.

    :raises NotFound: if the caller is no staff of the hotel at all.
    :raises Denied: if the caller is, but in no role that allows this.
    """
    if access.allows(permission, hotel_id):
        return
    if access.allows(Permission.VIEW_HOTEL, hotel_id):
        raise Denied()
    raise NotFound("There is no such hotel, or you are not of its staff.")


def require_staff(access: Access, hotel_id: UUID) -> None:
    """Let go on only the staff of the hotel.

    :raises NotFound: for everybody else.
    """
    require(access, Permission.VIEW_HOTEL, hotel_id)


def hotel_of(hotel_id: UUID) -> Hotel:
    """The row of a hotel.

    :raises NotFound: if there is none.
    """
    row = Hotel.objects.filter(id=hotel_id).first()
    if row is None:
        raise NotFound("There is no such hotel.")
    return row


def room_type_locked(hotel_id: UUID, room_type_id: UUID) -> RoomType:
    """The row of a room type, locked against other changes but not against sales.

    :raises NotFound: if the hotel has no such room type.
    """
    rows = RoomType.objects.select_related("hotel").select_for_update(of=("self",), no_key=True)
    row = rows.filter(id=room_type_id, hotel_id=hotel_id).first()
    if row is None:
        raise NotFound("The hotel has no such room type.")
    return row


def fault(pointer: str, detail: str, code: str = "invalid") -> dict[str, Any]:
    """One item of a refusal."""
    return {"code": code, "detail": detail, "pointer": pointer}


def refuse_if(faults: Mapping[str, str | None]) -> None:
    """Raise for all faults at once: the detail by pointer, None where nothing is wrong.

    :raises Invalid: naming each.
    """
    items = [fault(pointer, detail) for pointer, detail in faults.items() if detail]
    if items:
        raise Invalid("Some fields are not valid.", items=items)


def hotel_locked(hotel_id: UUID) -> Hotel:
    """The row of a hotel, locked against other changes of its set-up but not against sales.

    :raises NotFound: if there is none.
    """
    row = Hotel.objects.select_for_update(no_key=True).filter(id=hotel_id).first()
    if row is None:
        raise NotFound("There is no such hotel.")
    return row


def minor_of(price: Money, currency: str, pointer: str, *, signed: bool = False) -> int:
    """A price of the hotel in minor units.

    :param signed: it may be below zero.
    :raises Invalid: if it is in another currency, negative, too large or too fine for the currency.
    """
    if price.currency != currency:
        detail = f"The hotel's prices are in {currency}."
        raise Invalid(detail, items=[fault(f"{pointer}/currency", detail)])
    try:
        minor = to_minor(price.amount, currency)
    except ValueError as error:
        raise Invalid(str(error), items=[fault(f"{pointer}/amount", str(error))]) from error
    if minor < 0 and not signed:
        detail = "A price is not negative."
        raise Invalid(detail, items=[fault(f"{pointer}/amount", detail)])
    return minor


@contextmanager
def unique_within_hotel(pointer: str) -> Iterator[None]:
    """Within the block, a clash of codes is the caller's conflict rather than an error of ours.

    :raises CodeTaken: naming the field.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) != _UNIQUE_VIOLATION:
            raise
        raise CodeTaken(items=[fault(pointer, "This one exists at the hotel.", "code_taken")]) from error
