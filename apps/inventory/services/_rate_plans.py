"""Rate plans: conditions and price under which room types are sold, with a price of their own or their parent's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.services import Access, Permission
from apps.inventory import policies, selectors
from apps.inventory.models import RatePlan
from apps.inventory.services._audit import record_added, record_changed, state_of
from apps.inventory.services._changes import apply, given
from apps.inventory.services._checks import fault, hotel_locked, refuse_if, require, unique_within_hotel
from apps.inventory.services._lowest_rates import refresh_lowest_rates
from apps.inventory.services._terms import adjustment_columns, stored_penalty, stored_tiers
from apps.inventory.types import (
    Adjustment,
    CancellationTier,
    Guarantee,
    MealPlan,
    PenaltyTerms,
    RatePlanFacts,
    Visibility,
)
from apps.platform import audit, clock
from apps.platform.audit import Change
from apps.platform.db import fetch_all
from apps.platform.errors import Invalid, NotFound

MAX_PERCENT = Decimal(1000)
MAX_GRACE_HOURS = 168
_WHOLE = 100
_ALL, _NOTHING = Decimal(100), Decimal(0)


@dataclass(frozen=True, kw_only=True)
class RatePlanChanges:
    """What is to be changed of a rate plan; None leaves it as it is.

    :param percent: of a root plan: what it makes of a room type's base rate.
    :param parent_id: of a derived plan: the plan whose price it makes its own of. A root plan stays one.
    :param adjustment: of a derived plan: how, in place of the whole adjustment before.
    :param cancellation_tiers: in the order of time; empty: canceling is always free.
    """

    code: str | None = None
    name: str | None = None
    meal_plan: MealPlan | None = None
    percent: Decimal | None = None
    parent_id: UUID | None = None
    adjustment: Adjustment | None = None
    visibility: Visibility | None = None
    guarantee: Guarantee | None = None
    prepayment_percent: int | None = None
    grace_hours: int | None = None
    cancellation_tiers: tuple[CancellationTier, ...] | None = None
    no_show_penalty: PenaltyTerms | None = None
    archived: bool | None = None


def add_rate_plan(
    *,
    access: Access,
    hotel_id: UUID,
    code: str,
    name: str,
    meal_plan: MealPlan = MealPlan.ROOM_ONLY,
    percent: Decimal | None = None,
    parent_id: UUID | None = None,
    adjustment: Adjustment | None = None,
    visibility: Visibility = Visibility.PUBLIC,
    guarantee: Guarantee = Guarantee.ALL_NIGHT,
    prepayment_percent: int = 0,
    grace_hours: int = 0,
    cancellation_tiers: tuple[CancellationTier, ...] | None = None,
    no_show_penalty: PenaltyTerms | None = None,
) -> RatePlanFacts:
    """Add a rate plan: with a `parent_id` one that makes its price of its parent's, else one with its own.

    :param percent: of the base rate; None: all of it.
    :param grace_hours: after booking, in which canceling is free whatever the tiers say.
    :param cancellation_tiers: None: free until check-in begins, the whole stay from then on.
    :param no_show_penalty: None: the whole stay.
    :raises CodeTaken: if the hotel has a rate plan with this code.
    :raises Invalid: naming each field that cannot be right.
    """
    require(access, Permission.MANAGE_RATES, hotel_id)
    changes = RatePlanChanges(
        code=code,
        name=name,
        meal_plan=meal_plan,
        percent=percent,
        parent_id=parent_id,
        adjustment=adjustment,
        visibility=visibility,
        guarantee=guarantee,
        prepayment_percent=prepayment_percent,
        grace_hours=grace_hours,
        cancellation_tiers=cancellation_tiers,
        no_show_penalty=no_show_penalty,
    )
    with transaction.atomic():
        hotel = hotel_locked(hotel_id)
        row = RatePlan(hotel=hotel, percent=_ALL, adjustment_percent=_NOTHING, created_at=clock.now())
        _put(row, changes, is_derived=changes.parent_id is not None)
        with unique_within_hotel("/code"):
            row.save(force_insert=True)
        refresh_lowest_rates(hotel_id)
        record_added(access, row)
    return selectors.rate_plan_facts(row)


def update_rate_plan(*, access: Access, hotel_id: UUID, rate_plan_id: UUID, changes: RatePlanChanges) -> RatePlanFacts:
    """Change what `changes` names; stored reservations keep their prices.

    :raises CodeTaken: if the hotel has another rate plan with this code.
    :raises Invalid: naming each field that cannot be right; `/parent_id` for a circle or too many plans in a line.
    """
    require(access, Permission.MANAGE_RATES, hotel_id)
    with transaction.atomic():
        # The hotel first: two changes of parents at once could make a circle that neither of them is.
        hotel_locked(hotel_id)
        row = selectors.rate_plans_of(hotel_id).select_for_update(of=("self",), no_key=True).filter(id=rate_plan_id)
        plan = row.first()
        if plan is None:
            raise NotFound("The hotel has no such rate plan.")
        before = state_of(plan)
        _put(plan, changes, is_derived=bool(plan.ancestors))
        with unique_within_hotel("/code"):
            plan.save(force_update=True)
        if plan.ancestors != before["ancestors"]:
            _move_descendants(plan, access)
        refresh_lowest_rates(hotel_id)
        record_changed(access, plan, before)
    return selectors.rate_plan_facts(plan)


def _put(row: RatePlan, changes: RatePlanChanges, *, is_derived: bool) -> None:
    """Bring the changes into the row, or refuse them."""
    _require_kind(changes, is_derived=is_derived)
    values = given(changes)
    currency = row.hotel.currency
    if changes.parent_id is not None:
        values["ancestors"] = _ancestors_below(row, values.pop("parent_id"))
    if changes.adjustment is not None:
        values |= adjustment_columns(values.pop("adjustment"), currency)
    if changes.cancellation_tiers is not None:
        values["cancellation_tiers"] = stored_tiers(changes.cancellation_tiers, currency)
    if changes.no_show_penalty is not None:
        penalty = stored_penalty(changes.no_show_penalty, currency, "/no_show_penalty")
        values["no_show_penalty"] = policies.penalty_json(penalty)
    apply(row, values)
    row.updated_at = clock.now()
    refuse_if(
        {
            "/code": None if row.code.strip() else "A rate plan has a code.",
            "/name": None if row.name.strip() else "A rate plan has a name.",
            "/percent": None if 0 <= row.percent <= MAX_PERCENT else f"0 to {MAX_PERCENT}.",
            "/prepayment_percent": None if 0 <= row.prepayment_percent <= _WHOLE else f"0 to {_WHOLE}.",
            "/grace_hours": None if 0 <= row.grace_hours <= MAX_GRACE_HOURS else f"0 to {MAX_GRACE_HOURS}.",
        }
    )


def _require_kind(changes: RatePlanChanges, *, is_derived: bool) -> None:
    """A plan has prices of its own or makes them of its parent's, and stays so."""
    if is_derived:
        own = "A derived plan makes its price of its parent's, not of the base rate."
        refuse_if({"/percent": None if changes.percent is None else own})
        return
    stays = "A plan with prices of its own cannot become a derived one: add a new plan."
    adjusts = "Only a plan with a parent adjusts a price."
    refuse_if(
        {
            "/parent_id": None if changes.parent_id is None else stays,
            "/adjustment": None if changes.adjustment is None else adjusts,
        }
    )


def _ancestors_below(row: RatePlan, parent_id: UUID) -> list[UUID]:
    """The plans above `row` once `parent_id` is its parent, the root first. The hotel is locked by the caller.

    :raises Invalid: if that cannot be: for what lies below the row, too.
    """
    family = dict(RatePlan.objects.filter(hotel_id=row.hotel_id).values_list("id", "ancestors"))
    if parent_id not in family:
        raise _wrong_parent("The hotel has no such rate plan.", "unknown")
    if parent_id == row.id or row.id in family[parent_id]:
        raise _wrong_parent("A plan cannot derive from itself or from a plan below it.", "circular")
    ancestors = [*family[parent_id], parent_id]
    deepest = max((len(above) - above.index(row.id) for above in family.values() if row.id in above), default=0)
    if len(ancestors) + 1 + deepest > policies.MAX_DEPTH:
        raise _wrong_parent(f"At most {policies.MAX_DEPTH} plans derive in a line, one from the other.", "too_deep")
    return ancestors


def _wrong_parent(detail: str, code: str) -> Invalid:
    return Invalid(detail, items=[fault("/parent_id", detail, code)])


_MOVE_DESCENDANTS = """
UPDATE inventory_rateplan
   SET ancestors = %(above)s::uuid[] || ancestors[array_position(ancestors, %(plan)s):], updated_at = %(now)s
 WHERE hotel_id = %(hotel)s AND ancestors @> ARRAY[%(plan)s]::uuid[]
RETURNING id, old.ancestors AS before, new.ancestors AS after
"""


def _move_descendants(row: RatePlan, access: Access) -> None:
    """Let the plans below `row` stand below its new ancestors, too: each of them changes, as the audit log tells."""
    parameters: dict[str, Any] = {"above": row.ancestors, "plan": row.id, "hotel": row.hotel_id, "now": clock.now()}
    moved = [
        Change(
            operation="inventory.update_rate_plan",
            kind="rate_plan",
            object_id=below["id"],
            scope_id=row.hotel_id,
            before={"ancestors": below["before"]},
            after={"ancestors": below["after"]},
        )
        for below in fetch_all(_MOVE_DESCENDANTS, parameters)
    ]
    audit.record(moved, actor=access.principal)


def get_rate_plans(ids: Iterable[UUID]) -> Mapping[UUID, RatePlanFacts]:
    """Rate plans by id, archived or not; unknown ids are left out."""
    rows = RatePlan.objects.select_related("hotel").filter(id__in=set(ids))
    return {row.id: selectors.rate_plan_facts(row) for row in rows}


def get_rate_plan(*, hotel_id: UUID, rate_plan_id: UUID) -> RatePlanFacts:
    """A rate plan of the hotel.

    :raises NotFound: if the hotel has none such.
    """
    row = selectors.rate_plans_of(hotel_id).filter(id=rate_plan_id).first()
    if row is None:
        raise NotFound("The hotel has no such rate plan.")
    return selectors.rate_plan_facts(row)
