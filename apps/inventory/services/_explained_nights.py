"""Why a night is on sale or not, and why it costs what it costs: what is known of it, from wherever it is kept."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from apps.accounts.services import Access, Permission
from apps.inventory import policies
from apps.inventory.services._checks import require
from apps.inventory.services._rates import Plan, PricedType, RateBook
from apps.inventory.types import (
    ClosureKind,
    ExplainedChange,
    ExplainedClosure,
    ExplainedMovement,
    ExplainedPrice,
    ExplainedRestriction,
    Explanation,
    PartyRoom,
    PriceSource,
)
from apps.platform import audit
from apps.platform.db import RoundTrip, fetch_all, fetch_one
from apps.platform.errors import Invalid, NotFound
from apps.platform.models import AuditEntry
from apps.platform.money import from_minor

MOST_MOVEMENTS = 500
MOST_CHANGES = 200

_NIGHT = """
SELECT hotel.currency, type.id AS room_type_id, type.code, type.name, type.base_rate_minor, type.max_adults,
       type.included_adults, type.extra_adult_minor, type.child_bands, night.physical IS NOT NULL AS is_there,
       archived.physical IS NOT NULL AS is_archived, day.season_id,
       coalesce(night.physical, archived.physical, 0) AS physical,
       coalesce(night.out_of_order, archived.out_of_order, 0) AS out_of_order,
       coalesce(night.overbooking_limit, archived.overbooking_limit, 0) AS overbooking_limit,
       coalesce(night.sold, archived.sold, 0) AS sold, coalesce(night.held, 0) AS held,
       coalesce(night.stop_sell, archived.stop_sell, false) AS stop_sell
  FROM inventory_roomtype AS type
  JOIN inventory_hotel AS hotel ON hotel.id = type.hotel_id
  LEFT JOIN inventory_roomnight AS night ON night.room_type_id = type.id AND night.night = %(night)s
  LEFT JOIN inventory_archivednight AS archived ON archived.room_type_id = type.id AND archived.night = %(night)s
  LEFT JOIN inventory_seasonnight AS day ON day.hotel_id = hotel.id AND day.night = %(night)s
 WHERE type.hotel_id = %(hotel)s AND (type.id = %(room_type)s OR type.code = %(code)s)
"""
# (The balances of the ledger are a night long; no stay is longer than may be booked.)
_MOVEMENTS = """
SELECT at, cause, reservation_id, arrival, departure, sold_delta, held_delta,
       sum(sold_delta) OVER story AS sold, sum(held_delta) OVER story AS held, count(*) OVER () AS all_of_them
  FROM inventory_movement
 WHERE room_type_id = %(room_type)s AND arrival <= %(night)s AND departure > %(night)s
   AND arrival > %(night)s - %(longest)s::int
WINDOW story AS (ORDER BY id)
 ORDER BY id DESC LIMIT %(limit)s
"""
_CLOSURES = """
SELECT room.id AS room_id, room.number, closure.kind, closure.reason, closure.first, closure.last, closure.created_by,
       closure.created_at
  FROM inventory_closednight AS night
  JOIN inventory_roomclosure AS closure ON closure.id = night.closure_id
  JOIN inventory_room AS room ON room.id = night.room_id
 WHERE night.room_type_id = %(room_type)s AND night.night = %(night)s
 ORDER BY room.number
"""


def explain_night(
    *, access: Access, hotel_id: UUID, room_type_id: UUID, night: date, rate_plan_id: UUID | None = None
) -> Explanation:
    """Why a night of a room type is or was sold out, and costs what it costs under a rate plan. Nine statements.

    Who changed what is told to who may read the audit log, or keeps the inventory.

    :raises NotFound: if the caller may not see the hotel's bookings, or the hotel has no such room type.
    :raises Invalid: if the hotel has no such rate plan.
    """
    require(access, Permission.VIEW_BOOKINGS, hotel_id)
    reads_log = any(
        access.allows(permission, hotel_id) for permission in (Permission.VIEW_AUDIT_LOG, Permission.MANAGE_INVENTORY)
    )
    return explanation_of(
        hotel_id=hotel_id,
        room_type=room_type_id,
        night=night,
        rate_plan=rate_plan_id,
        tells_who=reads_log,
    )


def explanation_of(
    *,
    hotel_id: UUID,
    room_type: UUID | str,
    night: date,
    rate_plan: UUID | str | None = None,
    tells_who: bool = True,
) -> Explanation:
    """The same for who runs the platform; room type and rate plan by id or by code.

    :raises NotFound: if the hotel has no such room type.
    :raises Invalid: if the hotel has no such rate plan.
    """
    named = {"room_type": room_type, "code": None} if isinstance(room_type, UUID) else {"room_type": None}
    row = fetch_one(_NIGHT, {"hotel": hotel_id, "night": night, "code": str(room_type)} | named)
    if row is None:
        raise NotFound("The hotel has no such room type.")
    type_id: UUID = row["room_type_id"]
    book = RateBook(RoundTrip(), hotels=[hotel_id], types=[type_id], first=night, last=night)
    plan = None if rate_plan is None else _plan_of(book, rate_plan)
    lineage = [] if plan is None else [book.plans[plan_id] for plan_id in plan.lineage]
    entries = _entries(row, night, lineage) if tells_who else []
    movements = _movements(type_id, night)
    restrictions = tuple(_restrictions(book, type_id, plan, lineage, night))
    return Explanation(
        hotel_id=hotel_id,
        room_type_id=type_id,
        room_type=row["code"],
        rate_plan_id=plan.shown.id if plan else None,
        rate_plan=plan.shown.code if plan else "",
        night=night,
        currency=row["currency"],
        verdict=_verdict(row, restrictions),
        generated=row["is_there"],
        archived=row["is_archived"],
        physical=row["physical"],
        out_of_order=row["out_of_order"],
        overbooking_limit=row["overbooking_limit"],
        sold=row["sold"],
        held=row["held"],
        rooms_left=_rooms_left(row),
        stop_sell=row["stop_sell"],
        movements=tuple(_movement(movement) for movement in reversed(movements)),
        older_movements=movements[0]["all_of_them"] - len(movements) if movements else 0,
        changes=tuple(_change(entry) for entry in entries if _is_about_night(entry, night)),
        closures=tuple(_closures(type_id, night)),
        restrictions=restrictions,
        price=()
        if plan is None
        else tuple(_price(book, row, hotel_id=hotel_id, plan=plan, lineage=lineage, night=night, entries=entries)),
    )


def _closures(room_type_id: UUID, night: date) -> Iterator[ExplainedClosure]:
    for closure in fetch_all(_CLOSURES, {"room_type": room_type_id, "night": night}):
        yield ExplainedClosure(**closure | {"kind": ClosureKind(closure["kind"])})


def _plan_of(book: RateBook, wanted: UUID | str) -> Plan:
    for plan in book.plans.values():
        if wanted in (plan.shown.id, plan.shown.code):
            return plan
    detail = "The hotel has no such rate plan."
    raise Invalid(detail, items=[{"code": "invalid", "detail": detail, "parameter": "rate_plan_id"}])


def _rooms_left(row: Mapping[str, Any]) -> int:
    return int(row["physical"] - row["out_of_order"] + row["overbooking_limit"] - row["sold"] - row["held"])


def _verdict(row: Mapping[str, Any], restrictions: Sequence[ExplainedRestriction]) -> str:
    if row["is_archived"]:
        return f"Over, and in the archive: {row['sold']} were sold of {row['physical'] - row['out_of_order']}."
    if not row["is_there"]:
        return "Not on sale: there is no such night in the inventory."
    left, held = _rooms_left(row), f" and {row['held']} held" if row["held"] else ""
    if left <= 0:
        return f"Sold out: {row['sold']} sold{held} of {row['physical'] - row['out_of_order']}."
    stopped = [rule for rule in restrictions if rule.name == "stop_sell" and rule.in_force and rule.value]
    if row["stop_sell"] or stopped:
        of_plan = f" for {stopped[0].set_for}" if stopped and stopped[0].set_for and not row["stop_sell"] else ""
        return f"The sale is stopped{of_plan}; {left} would be left."
    rules = [f"{rule.name} {rule.value}".removesuffix(" True") for rule in restrictions if rule.in_force]
    return f"{left} left" + (f"; restricted: {', '.join(rules)}." if rules else ".")


def _movements(room_type_id: UUID, night: date) -> list[dict[str, Any]]:
    parameters = {"room_type": room_type_id, "night": night, "longest": policies.MAX_NIGHTS, "limit": MOST_MOVEMENTS}
    return fetch_all(_MOVEMENTS, parameters)


def _movement(row: Mapping[str, Any]) -> ExplainedMovement:
    return ExplainedMovement(**{name: value for name, value in row.items() if name != "all_of_them"})


def _entries(row: Mapping[str, Any], night: date, lineage: Sequence[Plan]) -> list[AuditEntry]:
    """What the audit log tells of the night, of its prices and of what those come from, in the order of time."""
    type_id = row["room_type_id"]
    plans = [plan.shown.id for plan in lineage]
    about = [str(type_id), f"{type_id}/{night}", *map(str, plans), *(f"{type_id}/{plan}/{night}" for plan in plans)]
    return audit.entries_about([*about, *([str(row["season_id"])] if row["season_id"] else [])], most=MOST_CHANGES)


def _is_about_night(entry: AuditEntry, night: date) -> bool:
    return entry.object_id.endswith(f"/{night}") or "room_count" in entry.after


def _change(entry: AuditEntry) -> ExplainedChange:
    return ExplainedChange(
        at=entry.at,
        actor=entry.actor,
        operation=entry.operation,
        object_id=entry.object_id,
        before=entry.before,
        after=entry.after,
        reason=entry.reason,
    )


def _restrictions(
    book: RateBook, room_type_id: UUID, plan: Plan | None, lineage: Sequence[Plan], night: date
) -> Iterator[ExplainedRestriction]:
    """What is set for the room type and for the plans from the root down; what of it is in force for the product."""
    of_type = book.own_rules(room_type_id, None, night)
    in_force = dict(of_type) if plan is None else dict(book.rules(room_type_id, plan, night))
    said: list[tuple[str, Mapping[str, bool | int]]] = [("", of_type)]
    said += [(level.shown.code, book.own_rules(room_type_id, level.shown.id, night)) for level in lineage]
    # Of two that say the same, the one nearer to the product counts.
    found = [(name, value, set_for) for set_for, rules in said for name, value in sorted(rules.items())]
    for position, (name, value, set_for) in enumerate(found):
        later = any(other == name and its == value for other, its, _ in found[position + 1 :])
        yield ExplainedRestriction(
            name=name, value=value, set_for=set_for, in_force=in_force.get(name) == value and bool(value) and not later
        )


def _price(
    book: RateBook,
    row: Mapping[str, Any],
    *,
    hotel_id: UUID,
    plan: Plan,
    lineage: Sequence[Plan],
    night: date,
    entries: Sequence[AuditEntry],
) -> Iterator[ExplainedPrice]:
    rule = policies.occupancy_rule(row)
    priced = PricedType(id=row["room_type_id"], hotel_id=hotel_id, base_rate_minor=row["base_rate_minor"], rule=rule)
    steps = book.steps(priced, plan, night, PartyRoom(adults=rule.included_adults))
    last = {entry.object_id: entry for entry in entries}
    for level, step in zip(lineage, steps, strict=True):
        whence = {
            PriceSource.DATE: f"{row['room_type_id']}/{level.shown.id}/{night}",
            PriceSource.SEASON: str(row["season_id"]),
        }
        entry = last.get(whence.get(step.source, str(level.shown.id)))
        yield ExplainedPrice(
            rate_plan=step.plan_code,
            source=step.source,
            label=step.label,
            amount=from_minor(step.amount_minor, row["currency"]),
            set_by=entry.actor if entry else "",
            set_at=entry.at if entry else None,
        )
