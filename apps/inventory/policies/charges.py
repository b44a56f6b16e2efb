"""Taxes and fees of a stay. Each charge is one line, rounded half up once; the total is the sum of the lines."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from apps.inventory.types import ChargeDue, ChargeLine, ChargePer, ChargeRule, Party, PartyRoom

Night = tuple[date, int]
"""A night and its price in minor units."""


def charges_of(
    rules: Sequence[ChargeRule], nights: Sequence[Night], occupancy: PartyRoom, *, codes: Collection[str] | None = None
) -> tuple[ChargeLine, ...]:
    """One line for each charge that applies to any night of the stay, after those that it is taken on.

    A rule of the same code for other stay dates is a version of the same charge: together they make one line.

    :param codes: the charges that are asked for, among them all that others of them are taken on; left out: all.
    """
    wanted = rules if codes is None else [rule for rule in rules if rule.code in codes]
    if not wanted:
        return ()
    exact: dict[str, Decimal] = {}
    lines: dict[str, ChargeLine] = {}
    for rule in in_order(wanted):
        counted = [(number, night) for number, night in enumerate(nights) if _applies(rule, number, night[0])]
        if not counted or (rule.code in exact and _is_for_the_stay(rule)):
            continue
        amount = _amount(rule, rules, counted, occupancy, exact)
        exact[rule.code] = exact.get(rule.code, Decimal(0)) + amount
        lines[rule.code] = ChargeLine(
            code=rule.code,
            name=rule.name,
            kind=rule.kind,
            inclusive=rule.inclusive,
            due=rule.due,
            amount_minor=int(exact[rule.code].quantize(Decimal(1), ROUND_HALF_UP)),
        )
    return tuple(lines.values())


def codes_in_total(rules: Sequence[ChargeRule]) -> frozenset[str]:
    """The charges that decide what a stay costs in all: those beside the prices, and what they are taken on."""
    codes = {rule.code for rule in rules if not rule.inclusive}
    while more := {code for rule in rules if rule.code in codes for code in rule.on_charges} - codes:
        codes |= more
    return frozenset(codes)


def least_added(rules: Sequence[ChargeRule], nights: Sequence[date], party: Party, nights_minor: int) -> int:
    """What the charges add at the least, where all that is known of the prices is a sum that they do not go below.

    :param nights_minor: that sum, over all nights and all rooms of the party.
    """
    codes = codes_in_total(rules)
    if not codes:
        return 0
    free = [(night, 0) for night in nights]
    fixed = sum(total_of(free, charges_of(rules, free, room, codes=codes)) for room in party)
    percents = [
        rule.percent
        for rule in rules
        if rule.percent is not None and rule.on_room and not rule.inclusive and _applies_always(rule, nights)
    ]
    # Each line of each room is rounded, once here and once in the price: by less than one in all.
    return fixed + max(0, int(nights_minor * sum(percents) / 100) - len(percents) * len(party))


def _applies_always(rule: ChargeRule, nights: Sequence[date]) -> bool:
    return all(_applies(rule, number, night) for number, night in enumerate(nights))


def _is_for_the_stay(rule: ChargeRule) -> bool:
    """Whether it is taken once, whatever the nights: of several versions by the first that the stay meets."""
    return rule.percent is None and rule.per in {ChargePer.STAY, ChargePer.PERSON}


def total_of(nights: Sequence[Night], lines: Sequence[ChargeLine]) -> int:
    """What the stay costs in all: its nights, and the charges that are not contained in them."""
    return sum(amount for _, amount in nights) + sum(line.amount_minor for line in lines if not line.inclusive)


def due_now(nights: Sequence[Night], lines: Sequence[ChargeLine], prepayment_percent: int) -> int:
    """What is to be paid before the stay is confirmed: so much of everything that is not due at the property only."""
    if not prepayment_percent:
        return 0
    at_property = sum(line.amount_minor for line in lines if not line.inclusive and line.due is ChargeDue.AT_PROPERTY)
    return ((total_of(nights, lines) - at_property) * prepayment_percent + 50) // 100


def in_order(rules: Sequence[ChargeRule]) -> list[ChargeRule]:
    """The rules, each after the charges that it is taken on.

    :raises ValueError: naming a charge that is taken on itself, over others or at once, or on one that is not there.
    """
    codes = {rule.code for rule in rules}
    done: set[str] = set()
    ordered: list[ChargeRule] = []
    waiting = sorted(rules, key=lambda rule: (rule.code, rule.first or date.min))
    while waiting:
        ready = [rule for rule in waiting if done.issuperset(code for code in rule.on_charges if code in codes)]
        if not ready:
            raise ValueError(waiting[0].code)
        # All versions of a charge come together, so that what is taken on it finds it whole.
        ready = [rule for rule in ready if rule.code == ready[0].code]
        if len(ready) < sum(rule.code == ready[0].code for rule in waiting):
            raise ValueError(ready[0].code)
        ordered += ready
        done.add(ready[0].code)
        waiting = [rule for rule in waiting if rule.code not in done]
    return ordered


def _applies(rule: ChargeRule, number: int, night: date) -> bool:
    """Whether a charge counts the night that is the stay's `number`th, from 0 on."""
    return (
        (rule.max_nights is None or number < rule.max_nights)
        and (rule.first is None or rule.first <= night)
        and (rule.last is None or night <= rule.last)
    )


def _on_nights(rule: ChargeRule, rules: Sequence[ChargeRule], nights: Sequence[tuple[int, Night]]) -> Decimal:
    """A percent of the nights' prices; an inclusive one of the net price, which all inclusive ones lie above."""
    percent = rule.percent or Decimal(0)
    if not rule.inclusive:
        return sum(amount for _, (_, amount) in nights) * percent / 100
    return sum(
        (
            amount
            * percent
            / (100 + sum(other.percent or 0 for other in rules if other.inclusive and _applies(other, number, night)))
            for number, (night, amount) in nights
        ),
        Decimal(0),
    )


def _amount(
    rule: ChargeRule,
    rules: Sequence[ChargeRule],
    nights: Sequence[tuple[int, Night]],
    occupancy: PartyRoom,
    others: Mapping[str, Decimal],
) -> Decimal:
    if rule.percent is not None:
        on_charges = sum((others.get(code, Decimal(0)) for code in rule.on_charges), Decimal(0))
        share = rule.percent / (100 + rule.percent if rule.inclusive else 100)
        return on_charges * share + (_on_nights(rule, rules, nights) if rule.on_room else 0)
    persons = occupancy.adults + sum(age >= rule.exempt_under_age for age in occupancy.children_ages)
    times = {
        ChargePer.STAY: 1,
        ChargePer.NIGHT: len(nights),
        ChargePer.PERSON: persons,
        ChargePer.PERSON_NIGHT: persons * len(nights),
    }
    return Decimal(rule.amount_minor * times[rule.per])
