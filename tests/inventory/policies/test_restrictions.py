"""Which stays restrictions refuse: against a brute-force model, and what derived plans inherit."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inventory.policies import broken_by, effective
from apps.inventory.types import Restriction, Rules

TODAY = date(2026, 7, 1)
ARRIVAL = date(2026, 7, 11)


def _broken(rules_by_day: dict[int, Rules], nights: int = 3) -> set[tuple[str, int]]:
    """The restrictions that a stay breaks, with the offset of the date from the arrival."""
    found = broken_by(
        arrival=ARRIVAL,
        departure=ARRIVAL + timedelta(days=nights),
        today=TODAY,
        nights=[(ARRIVAL + timedelta(days=day), rules_by_day.get(day, {})) for day in range(nights)],
        leaving=rules_by_day.get(nights, {}),
    )
    return {(broken.restriction.value, (broken.date - ARRIVAL).days) for broken in found}


@pytest.mark.parametrize(
    ("day", "rules", "is_broken"),
    [
        (0, {"stop_sell": True}, True),
        (2, {"stop_sell": True}, True),
        (3, {"stop_sell": True}, False),  # the night of the departure is not slept
        (0, {"closed_to_arrival": True}, True),
        (1, {"closed_to_arrival": True}, False),
        (3, {"closed_to_departure": True}, True),
        (2, {"closed_to_departure": True}, False),
        (0, {"min_stay": 4}, True),
        (0, {"min_stay": 3}, False),
        (1, {"min_stay": 4}, False),
        (0, {"max_stay": 2}, True),
        (0, {"max_stay": 3}, False),
        (1, {"min_stay_through": 4}, True),
        (2, {"max_stay_through": 2}, True),
        (3, {"max_stay_through": 2}, False),
        (0, {"min_advance": 11}, True),
        (0, {"min_advance": 10}, False),
        (0, {"max_advance": 9}, True),
        (0, {"max_advance": 10}, False),
        (1, {"max_advance": 9}, False),
    ],
)
def test_a_restriction_stands_against_a_stay_of_three_nights(day: int, rules: Rules, *, is_broken: bool) -> None:
    [name] = rules

    assert _broken({day: rules}) == ({(name, day)} if is_broken else set())


_values: dict[str, st.SearchStrategy[Any]] = {
    name.value: st.booleans() if name in tuple(Restriction)[:3] else st.integers(0, 8) for name in Restriction
}
_rules = st.fixed_dictionaries({}, optional=_values)


def _refuses(rules: dict[int, Rules], nights: int) -> bool:
    """The rules once more, as plainly as they can be said."""
    advance = (ARRIVAL - TODAY).days
    on_arrival, leaving = rules.get(0, {}), rules.get(nights, {})
    through = [rules.get(day, {}) for day in range(nights)]
    return (
        any(night.get("stop_sell") for night in through)
        or bool(on_arrival.get("closed_to_arrival") or leaving.get("closed_to_departure"))
        or nights < on_arrival.get("min_stay", 0)
        or nights > (on_arrival.get("max_stay") or 99)
        or any(nights < night.get("min_stay_through", 0) for night in through)
        or any(nights > (night.get("max_stay_through") or 99) for night in through)
        or advance < on_arrival.get("min_advance", 0)
        or advance > (on_arrival.get("max_advance") or 999)
    )


@given(rules=st.dictionaries(st.integers(0, 5), _rules, max_size=6), nights=st.integers(1, 5))
def test_a_stay_is_refused_exactly_where_the_model_refuses_it(rules: dict[int, Rules], nights: int) -> None:
    assert bool(_broken(rules, nights)) == _refuses(rules, nights)


def test_the_strictest_of_room_type_and_product_wins() -> None:
    of_type: Rules = {"min_stay": 2, "max_stay": 14, "closed_to_arrival": True}
    of_plan: Rules = {"min_stay": 3, "max_stay": 21, "closed_to_arrival": False}

    assert effective(of_type, [of_plan]) == {"min_stay": 3, "max_stay": 14, "closed_to_arrival": True}
    assert effective({"max_stay": 21}, [{"max_stay": 14, "min_stay": 1}]) == {"max_stay": 14, "min_stay": 1}


def test_a_derived_plan_inherits_what_it_does_not_set_and_may_lift_it() -> None:
    parent: Rules = {"min_stay": 3, "closed_to_arrival": True, "max_advance": 30}
    own: Rules = {"min_stay": 1, "closed_to_arrival": False}

    assert effective(None, [parent, None]) == parent
    assert effective(None, [parent, own]) == {"min_stay": 1, "max_advance": 30}
    assert effective(None, [parent, {"max_advance": 0}]) == {"min_stay": 3, "closed_to_arrival": True}


def test_where_nothing_is_set_nothing_holds() -> None:
    assert effective(None, [None, None]) == {}
    assert effective({}, []) == {}
