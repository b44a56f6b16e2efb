"""The one pricing function: what a stay costs in all and under which terms, given what each of its nights costs."""

from collections.abc import Sequence
from datetime import date, datetime, time

from apps.inventory.policies.charges import charges_of, due_now, total_of
from apps.inventory.policies.terms import grace_end, penalty_of, terms_of
from apps.inventory.types import ChargeRule, NightPrice, PartyRoom, PlanTerms, PricedNight, PricedStay, Visibility


def is_sold_to(visibility: Visibility, plan_code: str, *, named_code: str = "", staff: bool = False) -> bool:
    """Whether a plan is sold to everybody, to who has named its code, or to the staff that asks."""
    named = visibility is Visibility.BY_CODE and named_code == plan_code
    return staff or named or visibility is Visibility.PUBLIC


def price_stay(
    nights: Sequence[tuple[date, NightPrice]],
    *,
    occupancy: PartyRoom,
    charges: Sequence[ChargeRule],
    plan: PlanTerms,
    check_in_time: time,
    time_zone: str,
    booked_at: datetime,
) -> PricedStay:
    """Price a stay whose nights are `nights`, in their order. Offers and bookings come to the same by it.

    :param booked_at: when the grace of the plan begins.
    """
    amounts = [(night, price.amount_minor) for night, price in nights]
    lines = charges_of(charges, amounts, occupancy)
    total_minor = total_of(amounts, lines)
    nights_minor = [amount for _, amount in amounts]
    return PricedStay(
        nights=tuple(
            PricedNight(night=night, amount_minor=price.amount_minor, source=price.source) for night, price in nights
        ),
        charges=lines,
        total_minor=total_minor,
        due_now_minor=due_now(amounts, lines, plan.prepayment_percent),
        terms=terms_of(
            plan.tiers,
            arrival=nights[0][0],
            check_in_time=check_in_time,
            time_zone=time_zone,
            nights_minor=nights_minor,
            total_minor=total_minor,
            grace_until=grace_end(booked_at, plan.grace_hours),
        ),
        no_show_minor=penalty_of(plan.no_show, nights_minor=nights_minor, total_minor=total_minor),
        guarantee=plan.guarantee,
    )
