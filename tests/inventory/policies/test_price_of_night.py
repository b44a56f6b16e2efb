"""What a night costs: base rate, season, date, derived plans, and who sleeps in the room."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inventory.policies import price_of_night, steps_of_price
from apps.inventory.types import (
    ChildBand,
    OccupancyRule,
    PartyRoom,
    PriceSource,
    Rate,
    RateAdjustment,
    RateLevel,
    Rounding,
)

COUPLE = PartyRoom(adults=2)
FOR_TWO = OccupancyRule(included_adults=2)


def _root(percent: str = "100", rate: Rate | None = None) -> RateLevel:
    return RateLevel(plan_code="FLEX", rate=rate, percent=Decimal(percent))


def _derived(code: str = "SAVER", rate: Rate | None = None, **adjustment: object) -> RateLevel:
    return RateLevel(plan_code=code, rate=rate, adjustment=RateAdjustment(**adjustment))  # type: ignore[arg-type]


def _on_date(amount_minor: int, *by_adults: int) -> Rate:
    return Rate(amount_minor=amount_minor, by_adults=by_adults, source=PriceSource.DATE)


def test_the_price_of_the_date_wins_even_when_it_is_nothing() -> None:
    price = price_of_night(10_000, [_root(rate=_on_date(0))], FOR_TWO, COUPLE)

    assert (price.amount_minor, price.source) == (0, "date")


@pytest.mark.parametrize(
    ("base", "percent", "expected"),
    [
        (12_900, "100.00", 12_900),
        (12_900, "90", 11_610),
        (333, "50", 167),  # 166.5
        (1, "49.99", 0),  # 0.4999
        (1, "50", 1),  # 0.5
        (999_999_999_999_999, "33.33", 333_300_000_000_000),
    ],
)
def test_the_plans_percent_is_rounded_half_up(base: int, percent: str, expected: int) -> None:
    price = price_of_night(base, [_root(percent)], FOR_TWO, COUPLE)

    assert (price.amount_minor, price.source) == (expected, "rate_plan")


@pytest.mark.parametrize(
    ("adults", "ages", "expected"),
    [
        (1, (), 10_000),
        (2, (), 10_000),
        (3, (), 13_000),
        (2, (1,), 10_000),  # an infant
        (2, (2, 11), 10_000 + 1_500 + 1_500),
        (2, (12,), 13_000),  # older than the last band: like an adult
    ],
)
def test_more_people_than_the_price_includes_pay_for_themselves(
    adults: int, ages: tuple[int, ...], expected: int
) -> None:
    rule = OccupancyRule(
        included_adults=2,
        extra_adult_minor=3_000,
        child_bands=(ChildBand(to_age=1, amount_minor=0), ChildBand(to_age=11, amount_minor=1_500)),
    )

    price = price_of_night(10_000, [_root()], rule, PartyRoom(adults=adults, children_ages=ages))

    assert price.amount_minor == expected


@pytest.mark.parametrize(("adults", "expected"), [(1, 10_900), (2, 12_900), (3, 12_900 + 2_000)])
def test_prices_by_occupancy_are_those_that_were_set(adults: int, expected: int) -> None:
    rule = OccupancyRule(included_adults=1, extra_adult_minor=2_000)
    rate = _on_date(10_900, 10_900, 12_900)

    assert price_of_night(1, [_root(rate=rate)], rule, PartyRoom(adults=adults)).amount_minor == expected


def test_children_are_free_where_nothing_is_said_of_them() -> None:
    family = PartyRoom(adults=2, children_ages=(3, 17))

    assert price_of_night(10_000, [_root()], FOR_TWO, family).amount_minor == 10_000


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [
        ({"percent": Decimal(-10)}, 9_090),
        ({"amount_minor": -200}, 9_900),
        ({"amount_minor": 1_500, "per_person": True}, 13_100),
        ({"percent": Decimal(-10), "amount_minor": 500}, 9_590),
        ({"percent": Decimal(-10), "step_minor": 100}, 9_100),
        ({"percent": Decimal(-10), "step_minor": 100, "rounding": Rounding.DOWN}, 9_000),
        ({"percent": Decimal("-10.09"), "step_minor": 100, "rounding": Rounding.UP}, 9_100),
        ({"amount_minor": -20_000}, 0),
    ],
)
def test_a_derived_plan_adjusts_the_price_of_its_parent(adjustment: dict[str, Any], expected: int) -> None:
    price = price_of_night(10_100, [_root(), _derived(**adjustment)], FOR_TWO, COUPLE)

    assert (price.amount_minor, price.source) == (expected, "derived")


def test_a_derived_plan_follows_a_price_of_the_parents_date_and_may_have_one_of_its_own() -> None:
    parent = _root(rate=_on_date(20_000))

    following = price_of_night(1, [parent, _derived(percent=Decimal(-10))], FOR_TWO, COUPLE)
    own = price_of_night(1, [parent, _derived(rate=_on_date(7_000), percent=Decimal(-10))], FOR_TWO, COUPLE)

    assert (following.amount_minor, following.source) == (18_000, "derived")
    assert (own.amount_minor, own.source) == (7_000, "date")


def test_the_steps_tell_how_a_price_came_about() -> None:
    season = Rate(amount_minor=20_000, source=PriceSource.SEASON, label="Summer")
    levels = [_root(rate=season), _derived("SAVER", percent=Decimal(-10)), _derived("MOBILE", amount_minor=-500)]

    steps = steps_of_price(10_000, levels, FOR_TWO, COUPLE)

    assert [(step.plan_code, step.source, step.label, step.amount_minor) for step in steps] == [
        ("FLEX", "season", "Summer", 20_000),
        ("SAVER", "derived", "FLEX", 18_000),
        ("MOBILE", "derived", "SAVER", 17_500),
    ]


@given(
    amount=st.integers(0, 10**9),
    percent=st.decimals(-100, 300, places=2),
    plus=st.integers(-(10**6), 10**6),
    step=st.sampled_from([1, 5, 10, 50, 100, 1_000]),
    rounding=st.sampled_from(list(Rounding)),
)
def test_a_rounded_price_is_a_multiple_of_the_step_near_the_exact_one(
    amount: int, percent: Decimal, plus: int, step: int, rounding: Rounding
) -> None:
    exact = max(Decimal(0), Decimal(amount) * (100 + percent) / 100 + plus)

    derived = _derived(percent=percent, amount_minor=plus, step_minor=step, rounding=rounding)
    price = price_of_night(amount, [_root(), derived], FOR_TWO, COUPLE).amount_minor

    assert price >= 0
    assert price % step == 0
    assert abs(price - exact) < step
    if rounding is Rounding.UP:
        assert price >= exact
    if rounding is Rounding.DOWN:
        assert price <= exact
    if rounding is Rounding.NEAREST:
        assert abs(price - exact) * 2 <= step
