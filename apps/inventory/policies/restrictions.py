"""Which stays a hotel does not want although it has the rooms. Of several rules for one night the strictest wins."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from apps.inventory.types import BrokenRestriction, Restriction, Rules

LEAST_WINS = frozenset({Restriction.MAX_STAY, Restriction.MAX_STAY_THROUGH, Restriction.MAX_ADVANCE})
"""Of these the smaller number is stricter; of the other numbers the larger one."""

_NONE: Rules = {}


def effective(of_type: Rules | None, of_plans: Sequence[Rules | None]) -> Rules:
    """What holds for a product on one night.

    :param of_type: what is set for the room type, whatever it is sold as.
    :param of_plans: what is set for it as each plan, from the root plan down: a plan inherits what it does not set
        itself, and may lift what it would inherit, by a flag that is false or a number that is 0.
    """
    if not of_type and not any(of_plans):
        return _NONE
    inherited: dict[str, bool | int] = {}
    for rules in of_plans:
        inherited |= rules or _NONE
    rules = dict(of_type or _NONE)
    for name, value in inherited.items():
        known = rules.get(name)
        if not value or (known and not _is_stricter(name, value, known)):
            continue
        rules[name] = value
    return rules


def _is_stricter(name: str, value: bool | int, known: bool | int) -> bool:
    return value < known if name in LEAST_WINS else value > known


def broken_by(
    *, arrival: date, departure: date, today: date, nights: Sequence[tuple[date, Rules]], leaving: Rules
) -> Iterator[BrokenRestriction]:
    """The restrictions that a stay does not meet.

    :param nights: each night of the stay in order, with what holds for it.
    :param leaving: what holds for the date of departure, whose night is not part of the stay.
    """
    for night, rules in nights:
        if not rules:
            continue
        if rules.get(Restriction.STOP_SELL):
            yield BrokenRestriction(restriction=Restriction.STOP_SELL, date=night)
        through = {Restriction.MIN_STAY_THROUGH: True, Restriction.MAX_STAY_THROUGH: False}
        yield from _lengths(rules, night, through, (departure - arrival).days)
    yield from _on_arrival(nights[0][1], arrival, departure, today)
    if leaving.get(Restriction.CLOSED_TO_DEPARTURE):
        yield BrokenRestriction(restriction=Restriction.CLOSED_TO_DEPARTURE, date=departure)


def broken_anew(
    broken: Iterable[BrokenRestriction],
    *,
    was: tuple[date, date],
    will_be: tuple[date, date],
    sold: frozenset[date],
) -> list[BrokenRestriction]:
    """Those of the broken restrictions that an amendment breaks: what was sold in spite of one stays sold.

    A minimum stands against a shorter stay, a maximum against a longer one, and both against what is new.

    :param was, will_be: arrival and departure.
    :param sold: the nights that were sold as the same product already.
    """
    (arrived, left), (arrival, departure) = was, will_be
    is_new_arrival = arrival != arrived or arrival not in sold
    growth = (departure - arrival).days - (left - arrived).days

    def is_new(one: BrokenRestriction) -> bool:
        of_arrival = is_new_arrival if one.restriction in _OF_ARRIVAL else one.date not in sold
        if one.restriction in _LEAST:
            return of_arrival or growth < 0
        if one.restriction in _MOST:
            return of_arrival or growth > 0
        if one.restriction is Restriction.CLOSED_TO_DEPARTURE:
            return departure != left or departure - timedelta(days=1) not in sold
        return of_arrival

    return [one for one in broken if is_new(one)]


_LEAST = frozenset({Restriction.MIN_STAY, Restriction.MIN_STAY_THROUGH})
_MOST = frozenset({Restriction.MAX_STAY, Restriction.MAX_STAY_THROUGH})
_OF_ARRIVAL = frozenset(
    {
        *(Restriction.CLOSED_TO_ARRIVAL, Restriction.MIN_STAY, Restriction.MAX_STAY),
        *(Restriction.MIN_ADVANCE, Restriction.MAX_ADVANCE),
    }
)


def _on_arrival(rules: Rules, arrival: date, departure: date, today: date) -> Iterator[BrokenRestriction]:
    if not rules:
        return
    if rules.get(Restriction.CLOSED_TO_ARRIVAL):
        yield BrokenRestriction(restriction=Restriction.CLOSED_TO_ARRIVAL, date=arrival)
    stay = {Restriction.MIN_STAY: True, Restriction.MAX_STAY: False}
    yield from _lengths(rules, arrival, stay, (departure - arrival).days)
    advance = {Restriction.MIN_ADVANCE: True, Restriction.MAX_ADVANCE: False}
    yield from _lengths(rules, arrival, advance, (arrival - today).days)


def _lengths(rules: Rules, day: date, bounds: Mapping[Restriction, bool], length: int) -> Iterator[BrokenRestriction]:
    for restriction, is_minimum in bounds.items():
        limit = rules.get(restriction)
        if limit and (length < limit if is_minimum else length > limit):
            yield BrokenRestriction(restriction=restriction, date=day, limit=int(limit))
