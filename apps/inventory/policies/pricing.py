"""What a night costs: the strongest rate of its plan for so many people, adjusted on the way down to derived plans.

Offers, bookings, the calendar and every explanation price by these functions.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from apps.inventory.types import (
    NightPrice,
    OccupancyRule,
    PartyRoom,
    PriceSource,
    PriceStep,
    Rate,
    RateAdjustment,
    RateLevel,
    Rounding,
)

MAX_DEPTH = 5
"""A plan has at most four others above it."""


def price_of_night(
    base_rate_minor: int, levels: Sequence[RateLevel], rule: OccupancyRule, occupancy: PartyRoom
) -> NightPrice:
    """The price of a product on one night for whoever sleeps in the room, in minor units, never negative.

    :param levels: the plans from the root plan down to the product's own.
    """
    start = _start(levels)
    price = _own_price(base_rate_minor, levels[start], rule, occupancy)
    for level in levels[start + 1 :]:
        price = derived_price(price.amount_minor, level, occupancy)
    return price


def derived_price(parent_minor: int, level: RateLevel, occupancy: PartyRoom) -> NightPrice:
    """The price under a derived plan without a rate of its own, of its parent's price."""
    adjustment = level.adjustment or RateAdjustment()
    return NightPrice(amount_minor=_adjusted(parent_minor, adjustment, occupancy), source=PriceSource.DERIVED)


def steps_of_price(
    base_rate_minor: int, levels: Sequence[RateLevel], rule: OccupancyRule, occupancy: PartyRoom
) -> list[PriceStep]:
    """How a price comes about, one step for each plan from the root down; the last one is the price."""
    steps: list[PriceStep] = []
    for level in levels:
        if level.rate is not None or level.adjustment is None or not steps:
            price = _own_price(base_rate_minor, level, rule, occupancy)
            label = level.rate.label if level.rate is not None else ""
        else:
            price, label = derived_price(steps[-1].amount_minor, level, occupancy), steps[-1].plan_code
        steps.append(
            PriceStep(plan_code=level.plan_code, source=price.source, label=label, amount_minor=price.amount_minor)
        )
    return steps


def _start(levels: Sequence[RateLevel]) -> int:
    """Where a price begins: at the lowest plan that has a rate of its own, or at the root."""
    return max((depth for depth, level in enumerate(levels) if level.rate or not level.adjustment), default=0)


def _own_price(base_rate_minor: int, level: RateLevel, rule: OccupancyRule, occupancy: PartyRoom) -> NightPrice:
    """Of the plan's rate, or of its percent of the base rate."""
    if level.rate is not None:
        return NightPrice(amount_minor=_for_occupancy(level.rate, rule, occupancy), source=level.rate.source)
    base = Rate(amount_minor=base_rate_minor, source=PriceSource.RATE_PLAN)
    amount = _percent_of(_for_occupancy(base, rule, occupancy), level.percent)
    return NightPrice(amount_minor=amount, source=PriceSource.RATE_PLAN)


def prices_by_adults(base_rate_minor: int, levels: Sequence[RateLevel], rule: OccupancyRule) -> tuple[int, ...]:
    """What 1, 2, ... adults pay, where that is not one price for as many as the room type includes; else nothing."""
    start = _start(levels)
    rate = levels[start].rate
    named = rate.by_adults if rate is not None else ()
    adjustments = [level.adjustment for level in levels[start + 1 :] if level.adjustment is not None]
    if not named and not any(adjustment.per_person and adjustment.amount_minor for adjustment in adjustments):
        return ()
    adults = range(1, max(rule.included_adults, len(named)) + 1)
    return tuple(
        price_of_night(base_rate_minor, levels, rule, PartyRoom(adults=number)).amount_minor for number in adults
    )


def _for_occupancy(rate: Rate, rule: OccupancyRule, occupancy: PartyRoom) -> int:
    adults = occupancy.adults
    if rate.by_adults:
        included = len(rate.by_adults)
        amount = rate.by_adults[min(adults, included) - 1]
    else:
        included = rule.included_adults
        amount = rate.amount_minor
    if adults > included:
        amount += rule.extra_adult_minor * (adults - included)
    if rule.child_bands:
        amount += sum(_for_child(age, rule) for age in occupancy.children_ages)
    return amount


def _for_child(age: int, rule: OccupancyRule) -> int:
    for band in rule.child_bands:
        if age <= band.to_age:
            return band.amount_minor
    return rule.extra_adult_minor


def _adjusted(amount_minor: int, adjustment: RateAdjustment, occupancy: PartyRoom) -> int:
    persons = occupancy.adults + len(occupancy.children_ages) if adjustment.per_person else 1
    exact = Decimal(amount_minor) * (100 + adjustment.percent) / 100 + adjustment.amount_minor * persons
    return max(0, _rounded(exact, adjustment.step_minor, adjustment.rounding))


def _rounded(exact: Decimal, step: int, rounding: Rounding) -> int:
    """The multiple of `step` that the rule says; half a step goes up."""
    whole, left = divmod(exact, step)
    if left < 0:
        # (Decimal's division truncates; below zero the price ends at zero anyway.)
        whole, left = whole - 1, left + step
    goes_up = left > 0 if rounding is Rounding.UP else rounding is Rounding.NEAREST and left * 2 >= step
    return int(whole + 1 if goes_up else whole) * step


def _percent_of(amount_minor: int, percent: Decimal) -> int:
    """Rounded half up to the currency's smallest unit."""
    return (amount_minor * int(percent * 100) + 5_000) // 10_000


def least_of_night(
    base_rate_minor: int, levels: Sequence[RateLevel], rule: OccupancyRule, *, adults: int, max_children: int
) -> int:
    """A price that no room with so many adults goes below on a night, whatever children come along.

    Each step down to a derived plan grows with the price above it and with what it adds; so the least of both at each
    step ends at or below every price. Children never make a root plan's price smaller.
    """
    least = [_with_least_amount(level, adults, max_children) for level in levels]
    return price_of_night(base_rate_minor, least, rule, PartyRoom(adults=adults)).amount_minor


def _with_least_amount(level: RateLevel, adults: int, max_children: int) -> RateLevel:
    adjustment = level.adjustment
    if adjustment is None or not adjustment.per_person:
        return level
    persons = adults + (max_children if adjustment.amount_minor < 0 else 0)
    return replace(
        level, adjustment=replace(adjustment, amount_minor=adjustment.amount_minor * persons, per_person=False)
    )
