"""Taxes and fees: what each comes to, on what, for whom, and that the total is the sum of the lines."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inventory.policies import charges_of, codes_in_total, due_now, in_order, least_added, total_of
from apps.inventory.types import ChargeDue, ChargeKind, ChargePer, ChargeRule, PartyRoom

FIRST = date(2026, 7, 1)
LATER = FIRST + timedelta(days=1)
NIGHTS = [(FIRST, 10_000), (FIRST + timedelta(days=1), 12_000), (FIRST + timedelta(days=2), 8_000)]
FAMILY = PartyRoom(adults=2, children_ages=(4, 13))


def _rule(code: str = "T", **fields: Any) -> ChargeRule:
    return ChargeRule(code=code, name=code, kind=ChargeKind.TAX, **fields)


def _amount(*rules: ChargeRule) -> dict[str, int]:
    return {line.code: line.amount_minor for line in charges_of(rules, NIGHTS, FAMILY)}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"percent": Decimal(10)}, 3_000),
        ({"percent": Decimal("7.5")}, 2_250),
        ({"percent": Decimal(20), "inclusive": True}, 5_000),
        ({"amount_minor": 500}, 500),
        ({"amount_minor": 500, "per": ChargePer.NIGHT}, 1_500),
        ({"amount_minor": 500, "per": ChargePer.PERSON}, 2_000),
        ({"amount_minor": 200, "per": ChargePer.PERSON_NIGHT}, 2_400),
        ({"amount_minor": 200, "per": ChargePer.PERSON_NIGHT, "exempt_under_age": 13}, 1_800),
        ({"amount_minor": 200, "per": ChargePer.PERSON_NIGHT, "max_nights": 2}, 1_600),
        ({"amount_minor": 200, "per": ChargePer.NIGHT, "first": FIRST + timedelta(days=2)}, 200),
        ({"percent": Decimal(10), "last": FIRST}, 1_000),
    ],
)
def test_a_charge_comes_to(fields: dict[str, Any], expected: int) -> None:
    assert _amount(_rule(**fields)) == {"T": expected}


def test_a_charge_of_other_dates_makes_no_line() -> None:
    assert _amount(_rule(amount_minor=500, last=FIRST - timedelta(days=1))) == {}


def test_a_rate_that_changes_within_the_stay_makes_one_line_of_both() -> None:
    before = _rule(percent=Decimal(10), last=FIRST)
    after = _rule(percent=Decimal(20), first=FIRST + timedelta(days=1))

    assert _amount(before, after) == {"T": 1_000 + 4_000}


@pytest.mark.parametrize(("per", "expected"), [(ChargePer.STAY, 500), (ChargePer.PERSON, 2_000)])
def test_what_is_taken_once_a_stay_is_taken_once_though_it_changes_within_the_stay(
    per: ChargePer, expected: int
) -> None:
    before = _rule(amount_minor=500, per=per, last=FIRST)
    after = _rule(amount_minor=900, per=per, first=LATER)

    assert _amount(after, before) == {"T": expected}


def test_a_tax_may_be_taken_on_another_charge() -> None:
    service = _rule("SERVICE", percent=Decimal(10))
    tax = _rule("A_VAT", percent=Decimal(20), on_charges=("SERVICE",))
    fee_tax = _rule("B_VAT", percent=Decimal(20), on_room=False, on_charges=("SERVICE",))

    assert _amount(tax, fee_tax, service) == {"SERVICE": 3_000, "A_VAT": 6_600, "B_VAT": 600}


def test_prices_contain_all_inclusive_taxes_together() -> None:
    """Net 100 with 20 % and 5 % is 125."""
    lines = charges_of(
        [_rule("A", percent=Decimal(20), inclusive=True), _rule("B", percent=Decimal(5), inclusive=True)],
        [(FIRST, 12_500)],
        FAMILY,
    )

    assert [line.amount_minor for line in lines] == [2_000, 500]
    assert total_of([(FIRST, 12_500)], lines) == 12_500


def test_each_line_is_rounded_half_up_once() -> None:
    thirds = [(FIRST, 5), (FIRST + timedelta(days=1), 5), (FIRST + timedelta(days=2), 5)]

    [line] = charges_of([_rule(percent=Decimal(10))], thirds, FAMILY)

    assert line.amount_minor == 2  # 1.5, and not three times 0.5 rounded up


@pytest.mark.parametrize(
    "rules",
    [
        [_rule("A", on_charges=("A",))],
        [_rule("A", on_charges=("B",)), _rule("B", on_charges=("A",))],
        [
            _rule("A", last=FIRST),
            _rule("A", first=FIRST + timedelta(days=1), on_charges=("B",)),
            _rule("B", on_charges=("A",)),
        ],
    ],
)
def test_charges_that_are_taken_on_themselves_are_refused(rules: list[ChargeRule]) -> None:
    with pytest.raises(ValueError, match=r"[AB]"):
        in_order(rules)


def test_what_is_due_now_leaves_out_what_is_paid_at_the_property() -> None:
    lines = charges_of(
        [_rule("CITY", amount_minor=600, due=ChargeDue.AT_PROPERTY), _rule("VAT", percent=Decimal(10))], NIGHTS, FAMILY
    )

    assert total_of(NIGHTS, lines) == 30_000 + 600 + 3_000
    assert due_now(NIGHTS, lines, 0) == 0
    assert due_now(NIGHTS, lines, 50) == 16_500
    assert due_now(NIGHTS, lines, 100) == 33_000


_rules = st.builds(
    ChargeRule,
    code=st.sampled_from("ABCD"),
    name=st.just("charge"),
    kind=st.sampled_from(list(ChargeKind)),
    per=st.sampled_from(list(ChargePer)),
    percent=st.none() | st.decimals(0, 40, places=2),
    amount_minor=st.integers(0, 3_000),
    inclusive=st.booleans(),
    on_charges=st.just(()) | st.just(("A",)),
    exempt_under_age=st.integers(0, 18),
    max_nights=st.none() | st.integers(1, 4),
    first=st.none() | st.dates(FIRST, FIRST + timedelta(days=4)),
    due=st.sampled_from(list(ChargeDue)),
)


@given(
    rules=st.lists(_rules, max_size=5, unique_by=lambda rule: rule.code).filter(
        lambda rules: not any(rule.code == "A" and rule.on_charges for rule in rules)
    ),
    amounts=st.lists(st.integers(0, 10**7), min_size=1, max_size=5),
    prepayment=st.integers(0, 100),
)
def test_the_total_is_the_sum_of_the_nights_and_lines_and_what_is_due_now_part_of_it(
    rules: list[ChargeRule], amounts: list[int], prepayment: int
) -> None:
    nights = [(FIRST + timedelta(days=number), amount) for number, amount in enumerate(amounts)]

    lines = charges_of(rules, nights, FAMILY)

    beside = sum(line.amount_minor for line in lines if not line.inclusive)
    contained = sum(line.amount_minor for line in lines if line.inclusive and line.code not in {"A"})
    assert total_of(nights, lines) == sum(amounts) + beside
    assert 0 <= due_now(nights, lines, prepayment) <= total_of(nights, lines)
    assert contained >= 0
    assert len({line.code for line in lines}) == len(lines)


@st.composite
def _versioned(draw: st.DrawFn) -> list[ChargeRule]:
    """Charges, of which each may have another version from a day of the stay on."""
    versions: list[ChargeRule] = []
    for found in draw(st.lists(_rules, max_size=4, unique_by=lambda rule: rule.code)):
        on_charges = () if found.code == "A" else found.on_charges
        change = FIRST + timedelta(days=draw(st.integers(0, 3)))
        later = replace(draw(_rules), code=found.code, first=change, last=None, on_charges=on_charges)
        rule = replace(found, on_charges=on_charges)
        if draw(st.booleans()):
            versions += [replace(rule, first=None, last=change - timedelta(days=1)), later]
        else:
            versions.append(rule)
    return versions


_party = st.sampled_from([(PartyRoom(adults=2),), (FAMILY, PartyRoom(adults=1)), (FAMILY, FAMILY, FAMILY)])


@given(
    rules=_versioned(), amounts=st.lists(st.integers(0, 10**6), min_size=1, max_size=5), party=_party, data=st.data()
)
def test_a_total_is_known_by_some_of_the_charges_and_is_never_below_what_they_add_at_the_least(
    rules: list[ChargeRule], amounts: list[int], party: tuple[PartyRoom, ...], data: st.DataObject
) -> None:
    nights = [(FIRST + timedelta(days=number), amount) for number, amount in enumerate(amounts)]
    floor = data.draw(st.integers(0, sum(amounts) * len(party)))
    totals = [total_of(nights, charges_of(rules, nights, room)) for room in party]

    codes = codes_in_total(rules)
    least = least_added(rules, [night for night, _ in nights], party, floor)

    assert totals == [total_of(nights, charges_of(rules, nights, room, codes=codes)) for room in party]
    assert floor + least <= sum(totals)
