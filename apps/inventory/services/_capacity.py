"""How many rooms of a type there are to sell, night by night; fewer than are sold only with a reason."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from apps.accounts.services import Access, Permission
from apps.inventory.policies import nights_of
from apps.inventory.services._checks import fault, require
from apps.inventory.services._errors import CapacityBelowSold
from apps.inventory.services._generation import BUSINESS_DATE
from apps.inventory.services._nights import StayNights
from apps.inventory.types import OverbookedNight
from apps.platform import audit, clock
from apps.platform.audit import Change
from apps.platform.db import fetch_all


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What there is of a room type on one night, locked by the caller."""

    room_type_id: UUID
    night: date
    taken: int
    physical: int
    out_of_order: int
    overbooking_limit: int

    @property
    def lacking(self) -> int:
        """So many more are taken than may be."""
        return self.taken - (self.physical - self.out_of_order + self.overbooking_limit)


_COLUMNS = """night.room_type_id, night.night, night.sold + night.held AS taken, night.physical, night.out_of_order,
       night.overbooking_limit"""
_LOCK_FROM = f"""
SELECT {_COLUMNS} FROM inventory_roomnight AS night
 WHERE night.room_type_id = %(room_type)s AND night.night >= %(first)s
 ORDER BY night.room_type_id, night.night
   FOR NO KEY UPDATE
"""  # noqa: S608 - a constant
_LOCK_THESE = f"""
SELECT {_COLUMNS} FROM inventory_roomnight AS night
  JOIN unnest(%(types)s::uuid[], %(nights)s::date[]) AS wanted (room_type_id, night)
    ON wanted.room_type_id = night.room_type_id AND wanted.night = night.night
 ORDER BY night.room_type_id, night.night
   FOR NO KEY UPDATE OF night
"""  # noqa: S608 - a constant
_WRITE = """
UPDATE inventory_roomnight AS night
   SET physical = stock.physical, out_of_order = stock.out_of_order, overbooking_limit = stock.overbooking_limit
  FROM unnest(%(types)s::uuid[], %(nights)s::date[], %(physical)s::int[], %(out_of_order)s::int[], %(limits)s::int[])
       AS stock (room_type_id, night, physical, out_of_order, overbooking_limit)
 WHERE night.room_type_id = stock.room_type_id AND night.night = stock.night
"""


def resize_nights(
    room_type_id: UUID, *, first: date, rooms: int, hotel_id: UUID, access: Access, override_reason: str = ""
) -> None:
    """Let every night from `first` on have so many physical rooms. Inside the caller's transaction.

    :raises CapacityBelowSold: naming the nights of which more are sold or held, unless there is a reason to override.
    """
    nights = [Stock(**row) for row in fetch_all(_LOCK_FROM, {"room_type": room_type_id, "first": first})]
    _write(
        [replace(night, physical=rooms) for night in nights],
        pointer="/room_count",
        hotel_id=hotel_id,
        actor=access.principal,
        override_reason=override_reason,
    )


def count_out_of_order(
    differences: Mapping[tuple[UUID, date], int], *, hotel_id: UUID, access: Access, override_reason: str = ""
) -> None:
    """Let these nights of room types, where they exist, have so many more rooms out of order, or fewer.

    Inside the caller's transaction.

    :raises CapacityBelowSold: naming the nights of which more are sold or held, unless there is a reason to override.
    """
    moved = {place: difference for place, difference in differences.items() if difference}
    if not moved:
        return
    nights = _locked(moved)
    _write(
        [replace(night, out_of_order=night.out_of_order + moved[night.room_type_id, night.night]) for night in nights],
        pointer="/from",
        hotel_id=hotel_id,
        actor=access.principal,
        override_reason=override_reason,
    )


def raise_limits(stays: Sequence[StayNights], *, hotel_id: UUID, actor: str, reason: str) -> None:
    """Let every night of these stays, which are not taken yet, have room for them. Inside the caller's transaction.

    The nights whose limit had to rise are overbooked then: their guests may have to be walked.

    :param actor: the principal of who may override; the audit log tells of it, with the reason.
    """
    wanted = Counter((stay.room_type_id, night) for stay in stays for night in nights_of(stay.arrival, stay.departure))
    nights = [replace(night, taken=night.taken + wanted[night.room_type_id, night.night]) for night in _locked(wanted)]
    lacking = [night for night in nights if night.lacking > 0]
    if lacking:
        _write(lacking, pointer="", hotel_id=hotel_id, actor=actor, override_reason=reason)


def _locked(places: Iterable[tuple[UUID, date]]) -> list[Stock]:
    """Those of these nights that exist, locked in the one order of all writers."""
    types, nights = zip(*places, strict=True)
    return [Stock(**row) for row in fetch_all(_LOCK_THESE, {"types": list(types), "nights": list(nights)})]


def _write(nights: Sequence[Stock], *, pointer: str, hotel_id: UUID, actor: str, override_reason: str) -> None:
    short = [night for night in nights if night.lacking > 0]
    if short and not override_reason:
        raise CapacityBelowSold(
            items=[
                fault(pointer, f"{night.taken} rooms are sold or held.", "sold") | {"date": night.night.isoformat()}
                for night in short
            ]
        )
    raised = [replace(night, overbooking_limit=night.overbooking_limit + max(0, night.lacking)) for night in nights]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "types": [night.room_type_id for night in raised],
                "nights": [night.night for night in raised],
                "physical": [night.physical for night in raised],
                "out_of_order": [night.out_of_order for night in raised],
                "limits": [night.overbooking_limit for night in raised],
            },
        )
    with audit.because(override_reason):
        audit.record(_raised_limits(short, hotel_id), actor=actor)


def _raised_limits(short: Iterable[Stock], hotel_id: UUID) -> Iterable[Change]:
    for night in short:
        yield Change(
            operation="inventory.raise_limit",
            kind="night",
            object_id=f"{night.room_type_id}/{night.night}",
            scope_id=hotel_id,
            before={"overbooking_limit": night.overbooking_limit},
            after={"overbooking_limit": night.overbooking_limit + night.lacking},
        )


def require_override(access: Access, hotel_id: UUID, override_reason: str) -> None:
    """Where there is a reason to override, let go on only who may.

    :raises Denied: who may not.
    """
    if override_reason:
        require(access, Permission.OVERRIDE, hotel_id)


# The entry is found by what it is about; ids of entries are in the order of time.
_OVERBOOKED = f"""
SELECT night.room_type_id, type.code AS room_type_code, type.name AS room_type_name, night.night,
       night.physical - night.out_of_order AS available, night.sold, night.held,
       night.sold + night.held - night.physical + night.out_of_order AS too_many
  FROM inventory_roomtype AS type
  JOIN inventory_hotel AS hotel ON hotel.id = type.hotel_id
  JOIN inventory_roomnight AS night ON night.room_type_id = type.id AND night.night >= {BUSINESS_DATE}
 WHERE hotel.id = %(hotel)s AND night.sold + night.held > night.physical - night.out_of_order
 ORDER BY night.night, type.code
 LIMIT %(limit)s
"""  # noqa: S608 - a constant

MOST_OVERBOOKED = 1_000


def overbooked_nights(*, access: Access, hotel_id: UUID) -> tuple[OverbookedNight, ...]:
    """The nights from the hotel's business date on with more rooms sold and held than there are, by date.

    Guests of these nights have to be walked, unless rooms come back. At most MOST_OVERBOOKED. Two statements.

    :raises NotFound: if the caller is not of the hotel's staff.
    """
    require(access, Permission.VIEW_HOTEL, hotel_id)
    rows = fetch_all(_OVERBOOKED, {"hotel": hotel_id, "instant": clock.system_now(), "limit": MOST_OVERBOOKED})
    reasons = audit.last_of("inventory.raise_limit", [_place(row) for row in rows])
    return tuple(
        OverbookedNight(
            **row,
            reason=entry.reason if (entry := reasons.get(_place(row))) else "",
            actor=entry.actor if entry else "",
        )
        for row in rows
    )


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['room_type_id']}/{row['night']}"
