"""A calendar as a few dicts, night by night: what changing many nights must do, said once more and plainly."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any

BASES = (10_000, 12_345)
PARENTS = (None, 0, 1)
"""FLEX, a plan at 10.00 more than it, and one at 10 percent less than that."""

FLAGS = ("closed_to_arrival", "closed_to_departure")
NUMBERS = ("min_stay", "max_stay")

Place = tuple[int, int | None, date]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A change: room types and plans by position, None for the room types themselves; money in cents."""

    first: date
    last: date
    weekdays: frozenset[int]
    types: tuple[int, ...]
    plans: tuple[int, ...] | None
    price: tuple[str, Any] | None
    restrictions: dict[str, bool | int | None]
    stop_sell: bool | None
    limit: int | None

    def nights(self) -> list[date]:
        length = (self.last - self.first).days + 1
        days = [self.first + timedelta(days=ahead) for ahead in range(length)]
        return [day for day in days if not self.weekdays or day.isoweekday() in self.weekdays]

    def places(self) -> list[Place]:
        plans: Iterable[int | None] = [None] if self.plans is None else self.plans or range(len(PARENTS))
        types = self.types or range(len(BASES))
        return [(kind, plan, night) for kind in types for plan in plans for night in self.nights()]


@dataclass
class Calendar:
    """What is set, by place; what is not there is not set."""

    prices: dict[Place, tuple[int, tuple[int, ...]]] = field(default_factory=dict)
    rules: dict[Place, dict[str, bool | int]] = field(default_factory=dict)
    limits: dict[Place, int] = field(default_factory=dict)

    def after(self, wishes: Iterable[Wish]) -> "Calendar | None":
        """The calendar once these are made; None where no stay could meet some restrictions."""
        new = deepcopy(self)
        for wish in wishes:
            new._make(wish)
        for place, rules in new.rules.items():
            low, high = rules.get("min_stay"), rules.get("max_stay")
            if low and high and low > high and self.rules.get(place) != rules:
                return None
        new.rules = {place: rules for place, rules in new.rules.items() if rules}
        new.limits = {place: limit for place, limit in new.limits.items() if limit}
        return new

    def _make(self, wish: Wish) -> None:
        priced = {}
        for place in wish.places():
            for name, value in wish.restrictions.items():
                # (A room type has nothing to lift.)
                self._set(place, name, value or None if place[1] is None else value)
            if wish.stop_sell is not None:
                self._set(place, "stop_sell", True if wish.stop_sell else None)
            if wish.limit is not None:
                self.limits[place] = wish.limit
            if wish.price is not None and not (wish.price[0] == "relative" and self._follows(place, wish)):
                priced[place] = self._new_price(place, *wish.price)
        for place, price in priced.items():
            if price is None:
                self.prices.pop(place, None)
            else:
                self.prices[place] = price

    def _set(self, place: Place, name: str, value: bool | int | None) -> None:
        rules = self.rules.setdefault(place, {})
        rules.pop(name, None)
        if value is not None:
            rules[name] = value

    def _new_price(self, place: Place, kind: str, given: Any) -> tuple[int, tuple[int, ...]] | None:
        if kind == "clear":
            return None
        if kind == "amount":
            return given, ()
        if kind == "by_adults":
            return given[min(2, len(given)) - 1], given
        percent, plus = given

        def changed(amount: int) -> int:
            rounded: int = floor(Fraction(amount) * (100 + percent) / 100 + plus + Fraction(1, 2))
            return max(0, rounded)

        adults = self._named_adults(place)
        by_adults = tuple(changed(self.price(place, number)) for number in range(1, adults + 1)) if adults else ()
        return changed(self.price(place, 2)), by_adults

    def price(self, place: Place, adults: int) -> int:
        """What so many adults pay, who the room includes two of and takes nothing more for."""
        kind, plan, night = place
        if place in self.prices:
            amount, by_adults = self.prices[place]
            return by_adults[min(adults, len(by_adults)) - 1] if by_adults else amount
        parent = PARENTS[plan or 0]
        if parent is None:
            return BASES[kind]
        above = self.price((kind, parent, night), adults)
        less: int = floor(Fraction(above) * 90 / 100 + Fraction(1, 2))
        return above + 1_000 if plan == 1 else less

    def _named_adults(self, place: Place) -> int:
        """For how many adults there are prices of their own; 0 for none."""
        kind, plan, night = place
        if place in self.prices:
            named = len(self.prices[place][1])
            return max(2, named) if named else 0
        parent = PARENTS[plan or 0]
        return 0 if parent is None else self._named_adults((kind, parent, night))

    def _follows(self, place: Place, wish: Wish) -> bool:
        kind, plan, night = place
        parent = PARENTS[plan or 0]
        if place in self.prices or parent is None:
            return False
        return parent in (wish.plans or range(len(PARENTS))) or self._follows((kind, parent, night), wish)
