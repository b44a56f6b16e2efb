"""Taxes and fees of a hotel. Rows of one code with other stay dates are versions of the same charge."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.services import Access, Permission
from apps.inventory import policies, selectors
from apps.inventory.models import Charge
from apps.inventory.services._audit import record_added, record_changed, state_of
from apps.inventory.services._changes import KEEP, Keep, apply, given
from apps.inventory.services._checks import fault, hotel_locked, minor_of, refuse_if, require
from apps.inventory.types import ChargeDue, ChargeFacts, ChargeKind, ChargePer
from apps.platform import clock
from apps.platform.errors import Invalid, NotFound
from apps.platform.money import Money

MAX_CHARGE_PERCENT = Decimal(100)
MAX_EXEMPT_AGE = 18


@dataclass(frozen=True, kw_only=True)
class ChargeChanges:
    """What is to be changed of a charge; what is not given stays, and None takes the value away.

    A percent takes the place of an amount, and an amount that of a percent. `ChargeRule` says what the fields mean.
    """

    code: str | None = None
    name: str | None = None
    kind: ChargeKind | None = None
    per: ChargePer | None = None
    percent: Decimal | Keep | None = KEEP
    amount: Money | Keep | None = KEEP
    inclusive: bool | None = None
    on_room: bool | None = None
    on_charges: tuple[str, ...] | None = None
    exempt_under_age: int | None = None
    max_nights: int | Keep | None = KEEP
    first: date | Keep | None = KEEP
    last: date | Keep | None = KEEP
    due: ChargeDue | None = None
    archived: bool | None = None


def add_charge(
    *,
    access: Access,
    hotel_id: UUID,
    code: str,
    name: str,
    kind: ChargeKind,
    per: ChargePer = ChargePer.STAY,
    percent: Decimal | None = None,
    amount: Money | None = None,
    inclusive: bool = False,
    on_room: bool = True,
    on_charges: tuple[str, ...] = (),
    exempt_under_age: int = 0,
    max_nights: int | None = None,
    first: date | None = None,
    last: date | None = None,
    due: ChargeDue = ChargeDue.NOW,
) -> ChargeFacts:
    """Take a tax or fee of each stay that is priced from now on; `ChargeRule` says what the fields mean.

    :raises Invalid: naming each field that cannot be right.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    changes = ChargeChanges(
        code=code,
        name=name,
        kind=kind,
        per=per,
        percent=percent,
        amount=amount,
        inclusive=inclusive,
        on_room=on_room,
        on_charges=on_charges,
        exempt_under_age=exempt_under_age,
        max_nights=max_nights,
        first=first,
        last=last,
        due=due,
    )
    with transaction.atomic():
        row = Charge(hotel=hotel_locked(hotel_id), created_at=clock.now())
        _put(row, changes, has_amount=amount is not None)
        row.save(force_insert=True)
        record_added(access, row)
    return selectors.charge_facts(row)


def update_charge(*, access: Access, hotel_id: UUID, charge_id: UUID, changes: ChargeChanges) -> ChargeFacts:
    """Change what `changes` names, for stays that are priced from now on; reservations keep their charges.

    :raises Invalid: naming each field that cannot be right.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    with transaction.atomic():
        # The hotel first: two changes at once could be taken on each other.
        hotel = hotel_locked(hotel_id)
        row = Charge.objects.filter(id=charge_id, hotel_id=hotel_id).first()
        if row is None:
            raise NotFound("The hotel has no such charge.")
        row.hotel = hotel
        before = state_of(row)
        _put(row, changes, has_amount=row.percent is None)
        row.save(force_update=True)
        record_changed(access, row, before)
    return selectors.charge_facts(row)


def get_charge(*, hotel_id: UUID, charge_id: UUID) -> ChargeFacts:
    """A tax or fee of the hotel.

    :raises NotFound: if the hotel has none such.
    """
    row = selectors.charges_of(hotel_id).filter(id=charge_id).first()
    if row is None:
        raise NotFound("The hotel has no such charge.")
    return selectors.charge_facts(row)


def _put(row: Charge, changes: ChargeChanges, *, has_amount: bool) -> None:
    """Bring the changes into the row, or refuse them. The hotel is locked by the caller."""
    values = given(changes)
    amount, percent = values.pop("amount", KEEP), values.get("percent", KEEP)
    if amount is not KEEP:
        values["amount_minor"] = 0 if amount is None else minor_of(amount, row.hotel.currency, "/amount")
        has_amount = amount is not None
    if percent in (KEEP, None) and amount not in (KEEP, None):
        values["percent"] = None
    if amount is KEEP and percent not in (KEEP, None):
        values["amount_minor"], has_amount = 0, False
    if "on_charges" in values:
        values["on_charges"] = list(dict.fromkeys(values["on_charges"]))
    apply(row, values)
    row.code, row.name, row.updated_at = row.code.strip(), row.name.strip(), clock.now()
    refuse_if(_faults_of_fields(row, has_amount=has_amount))
    others = list(Charge.objects.filter(hotel_id=row.hotel_id, archived_at__isnull=True).exclude(id=row.id))
    items = list(_faults_among(row, others))
    if items:
        raise Invalid("The charge does not go with the others of the hotel.", items=items)


def _faults_of_fields(row: Charge, *, has_amount: bool) -> Mapping[str, str | None]:
    is_percent = row.percent is not None
    one_of = None if is_percent != has_amount else "A charge is a percent or an amount: give one of the two."
    return {
        "/code": None if row.code else "A charge has a code.",
        "/name": None if row.name else "A charge has a name.",
        "/amount": one_of,
        "/percent": None
        if row.percent is None or 0 <= row.percent <= MAX_CHARGE_PERCENT
        else f"0 to {MAX_CHARGE_PERCENT}.",
        "/per": "A percent is taken on prices, not for each of something."
        if is_percent and row.per != ChargePer.STAY
        else None,
        "/on_room": "A percent is taken on the room, on other charges or on both."
        if is_percent and not row.on_room and not row.on_charges
        else None,
        "/on_charges": "Only a percent is taken on other charges." if row.on_charges and not is_percent else None,
        "/exempt_under_age": None if 0 <= row.exempt_under_age <= MAX_EXEMPT_AGE else f"0 to {MAX_EXEMPT_AGE}.",
        "/max_nights": None
        if row.max_nights is None or 1 <= row.max_nights <= policies.MAX_NIGHTS
        else f"1 to {policies.MAX_NIGHTS}.",
        "/to": "It is not before the first stay date."
        if row.first is not None and row.last is not None and row.last < row.first
        else None,
    }


def _faults_among(row: Charge, others: Sequence[Charge]) -> Iterator[Mapping[str, Any]]:
    """What is wrong with the charge beside the others that are on."""
    versions = [other for other in others if other.code == row.code and row.archived_at is None]
    for other in versions:
        if _overlap(row, other):
            detail = f"{other.name} has this code from {other.first or 'ever'} to {other.last or 'ever after'}."
            yield fault("/from", detail, "overlap")
        if other.inclusive != row.inclusive:
            detail = "All versions of a charge are contained in the prices, or none is: take another code."
            yield fault("/inclusive", detail)
    yield from _faults_of_links(row, [*others, row] if row.archived_at is None else others)


def _faults_of_links(row: Charge, is_on: Sequence[Charge]) -> Iterator[Mapping[str, Any]]:
    """Charges that some would be taken on without being there, or over others on themselves."""
    codes = {charge.code for charge in is_on}
    for charge in is_on:
        for position, code in enumerate(charge.on_charges):
            if code in codes:
                continue
            if charge is row:
                yield fault(f"/on_charges/{position}", f"The hotel has no charge {code}.", "unknown")
            else:
                pointer = "/code" if row.archived_at is None else "/archived"
                yield fault(pointer, f"{charge.code} is taken on {code}: change that charge first.", "in_use")
    try:
        policies.in_order([policies.charge_rule(vars(charge)) for charge in is_on])
    except ValueError as error:
        yield fault("/on_charges", f"{error} would be taken on itself.", "circular")


def _overlap(one: Charge, other: Charge) -> bool:
    return (one.first or date.min) <= (other.last or date.max) and (other.first or date.min) <= (one.last or date.max)
