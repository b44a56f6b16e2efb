"""What products cost and which restrictions hold: read set by set for many room types, then answered night by night."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from apps.inventory import policies
from apps.inventory.types import (
    ChargeRule,
    NightPrice,
    OccupancyRule,
    OfferedRatePlan,
    PartyRoom,
    PlanTerms,
    PriceSource,
    PriceStep,
    Rate,
    RateLevel,
    Rules,
    Visibility,
)
from apps.platform.db import RoundTrip, array_of, fetch_all

# Archived plans too: what derives from them still does.
_PLANS = """
SELECT id, hotel_id, code, name, meal_plan, percent, ancestors, adjustment_percent, adjustment_minor,
       adjustment_per_person, rounding_step_minor, rounding, visibility, guarantee, prepayment_percent, grace_hours,
       cancellation_tiers, no_show_penalty, archived_at IS NOT NULL AS archived
  FROM inventory_rateplan WHERE hotel_id = ANY(%(hotels)s::uuid[]) ORDER BY hotel_id, code
"""
_DATE_RATES = """
SELECT room_type_id, rate_plan_id, night, amount_minor, by_adults
  FROM inventory_nightlyrate
 WHERE room_type_id = ANY(%(types)s::uuid[]) AND night >= %(first)s::date AND night <= %(last)s::date
"""
_SEASON_RATES = """
SELECT price.room_type_id, price.rate_plan_id, day.night, price.amount_minor, price.by_adults, season.name
  FROM inventory_seasonnight AS day
  JOIN inventory_season AS season ON season.id = day.season_id
  JOIN inventory_seasonprice AS price
    ON price.season_id = day.season_id AND price.weekday = extract(isodow FROM day.night)
   AND price.room_type_id = ANY(%(types)s::uuid[])
 WHERE day.hotel_id = ANY(%(hotels)s::uuid[]) AND day.night >= %(first)s::date AND day.night <= %(last)s::date
"""
_RESTRICTIONS = """
SELECT room_type_id, rate_plan_id, night, rules
  FROM inventory_productrestriction
 WHERE room_type_id = ANY(%(types)s::uuid[]) AND night >= %(first)s::date AND night <= %(last)s::date
 UNION ALL
SELECT room_type_id, NULL, night, restrictions
  FROM inventory_roomnight
 WHERE room_type_id = ANY(%(types)s::uuid[]) AND night >= %(first)s::date AND night <= %(last)s::date
   AND restrictions IS NOT NULL
"""
_CHARGES = """
SELECT hotel_id, code, name, kind, per, percent, amount_minor, inclusive, on_room, on_charges, exempt_under_age,
       max_nights, first, last, due
  FROM inventory_charge WHERE hotel_id = ANY(%(hotels)s::uuid[]) AND archived_at IS NULL
"""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A rate plan with the ids of the plans from its root down to itself."""

    shown: OfferedRatePlan
    hotel_id: UUID
    lineage: tuple[UUID, ...]
    row: Mapping[str, Any] = field(repr=False)

    @cached_property
    def terms(self) -> PlanTerms:
        return policies.plan_terms(self.row)

    @cached_property
    def level(self) -> RateLevel:
        """The plan on the way down to a product, on a night for which it has no rate of its own."""
        return level_of(self.row, None, is_root=len(self.lineage) == 1)

    def is_sold_to(self, *, code: str = "", staff: bool = False) -> bool:
        """Whether it is offered to somebody who has named this code, or who is of the hotel's staff."""
        visibility = Visibility(self.row["visibility"])
        is_sold = policies.is_sold_to(visibility, self.shown.code, named_code=code, staff=staff)
        return is_sold and not self.row["archived"]


@dataclass(frozen=True, kw_only=True)
class PricedType:
    """What pricing needs to know of a room type."""

    id: UUID
    hotel_id: UUID
    base_rate_minor: int
    rule: OccupancyRule


Product = tuple[UUID, UUID, date]
"""A room type under a rate plan on a night."""


class RateBook:
    """The rates, restrictions and charges of some hotels' room types from one date to another, both included.

    Five statements in one round trip, however many room types there are.
    """

    def __init__(
        self, trip: RoundTrip, *, hotels: Collection[UUID], types: Collection[UUID], first: date, last: date
    ) -> None:
        parameters = {"hotels": array_of(hotels), "types": array_of(types), "first": first, "last": last}
        reads = (_PLANS, _DATE_RATES, _SEASON_RATES, _RESTRICTIONS, _CHARGES)
        self._plans, self._dates, self._seasons, self._rules, self._charges = (
            trip.add(statement, parameters) for statement in reads
        )
        self._known: dict[tuple[UUID, UUID, date | None, PartyRoom], NightPrice] = {}

    @cached_property
    def plans(self) -> Mapping[UUID, Plan]:
        """All plans by id, in the order of their codes."""
        return {
            row["id"]: Plan(
                shown=OfferedRatePlan(id=row["id"], code=row["code"], name=row["name"], meal_plan=row["meal_plan"]),
                hotel_id=row["hotel_id"],
                lineage=(*row["ancestors"], row["id"]),
                row=row,
            )
            for row in self._plans()
        }

    @cached_property
    def plans_of(self) -> Mapping[UUID, Sequence[Plan]]:
        """The plans of each hotel."""
        by_hotel: dict[UUID, list[Plan]] = {}
        for plan in self.plans.values():
            by_hotel.setdefault(plan.hotel_id, []).append(plan)
        return by_hotel

    @cached_property
    def charges_of(self) -> Mapping[UUID, Sequence[ChargeRule]]:
        """The taxes and fees of each hotel that has any."""
        return _rules_by_hotel(self._charges())

    @cached_property
    def codes_in_total_of(self) -> Mapping[UUID, Collection[str]]:
        """The charges of each hotel that has any which decide a total."""
        return {hotel_id: policies.codes_in_total(rules) for hotel_id, rules in self.charges_of.items()}

    def amounts(self, room_type: PricedType, plan: Plan, nights: Sequence[date], occupancy: PartyRoom) -> list[int]:
        """What the product costs on each of the nights."""
        if room_type.id not in self._types_with_prices:
            return [self.price(room_type, plan, nights[0], occupancy).amount_minor] * len(nights)
        return [self.price(room_type, plan, night, occupancy).amount_minor for night in nights]

    def price(
        self,
        room_type: PricedType,
        plan: Plan,
        night: date,
        occupancy: PartyRoom,
        dated: Mapping[Product, Rate] | None = None,
    ) -> NightPrice:
        """What the product costs on a night, or would if `dated` were the prices of dates."""
        if dated is not None:
            levels = self._levels(room_type, plan, night, dated)
            return policies.price_of_night(room_type.base_rate_minor, levels, room_type.rule, occupancy)
        # Most nights have no price of their own, and all of those cost the same.
        own_night = night if (room_type.id, night) in self._priced_nights else None
        key = (room_type.id, plan.shown.id, own_night, occupancy)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._price(room_type, plan, night, occupancy)
        return known

    def _price(self, room_type: PricedType, plan: Plan, night: date, occupancy: PartyRoom) -> NightPrice:
        if len(plan.lineage) > 1 and (room_type.id, plan.lineage[-1], night) not in self.date_rates:
            # Its parent is sold as well, as a rule: then that price is known.
            above = self.price(room_type, self.plans[plan.lineage[-2]], night, occupancy)
            return policies.derived_price(above.amount_minor, plan.level, occupancy)
        levels = self._levels(room_type, plan, night)
        return policies.price_of_night(room_type.base_rate_minor, levels, room_type.rule, occupancy)

    def steps(self, room_type: PricedType, plan: Plan, night: date, occupancy: PartyRoom) -> list[PriceStep]:
        """How that price comes about."""
        levels = self._levels(room_type, plan, night)
        return policies.steps_of_price(room_type.base_rate_minor, levels, room_type.rule, occupancy)

    def prices_by_adults(
        self, room_type: PricedType, plan: Plan, night: date, dated: Mapping[Product, Rate] | None = None
    ) -> tuple[int, ...]:
        """What 1, 2, ... adults pay for the product, where that is not one price; else nothing."""
        levels = self._levels(room_type, plan, night, dated)
        return policies.prices_by_adults(room_type.base_rate_minor, levels, room_type.rule)

    def own_rate(self, room_type_id: UUID, plan_id: UUID, night: date) -> Rate | None:
        """What somebody has set for this product on this very date."""
        return self.date_rates.get((room_type_id, plan_id, night))

    def rules(self, room_type_id: UUID, plan: Plan, night: date) -> Rules:
        """The restrictions that hold for the product on a night."""
        if not self._restrictions:
            return {}
        of_plans = [self._restrictions.get((room_type_id, plan_id, night)) for plan_id in plan.lineage]
        return policies.effective(self._restrictions.get((room_type_id, None, night)), of_plans)

    def own_rules(self, room_type_id: UUID, plan_id: UUID | None, night: date) -> Rules:
        """What somebody has set for this product, or with None for the room type, on this very date."""
        return self._restrictions.get((room_type_id, plan_id, night), {})

    def _levels(
        self, room_type: PricedType, plan: Plan, night: date, dated: Mapping[Product, Rate] | None = None
    ) -> list[RateLevel]:
        levels = []
        dated = self.date_rates if dated is None else dated
        for depth, plan_id in enumerate(plan.lineage):
            of_plan = self.plans[plan_id]
            place = (room_type.id, plan_id, night)
            rate = dated.get(place) or (None if depth else self._season_rates.get(place))
            levels.append(of_plan.level if rate is None else level_of(of_plan.row, rate, is_root=not depth))
        return levels

    @cached_property
    def _priced_nights(self) -> Set[tuple[UUID, date]]:
        """The nights of room types that have any price of their own."""
        return {(type_id, night) for type_id, _, night in (*self.date_rates, *self._season_rates)}

    @cached_property
    def _types_with_prices(self) -> Set[UUID]:
        return {type_id for type_id, _ in self._priced_nights}

    @cached_property
    def restricted_types(self) -> Set[UUID]:
        """The room types that have a restriction on any night, as whatever plan."""
        return {type_id for type_id, _, _ in self._restrictions}

    @cached_property
    def date_rates(self) -> Mapping[Product, Rate]:
        """What somebody has set for products on dates."""
        return _rates(self._dates(), PriceSource.DATE)

    @cached_property
    def _season_rates(self) -> Mapping[Product, Rate]:
        return _rates(self._seasons(), PriceSource.SEASON)

    @cached_property
    def _restrictions(self) -> Mapping[tuple[UUID, UUID | None, date], Rules]:
        return {(row["room_type_id"], row["rate_plan_id"], row["night"]): row["rules"] for row in self._rules()}


def charges_of_hotels(hotels: Collection[UUID]) -> Mapping[UUID, Sequence[ChargeRule]]:
    """The taxes and fees of each of these hotels that has any."""
    return _rules_by_hotel(fetch_all(_CHARGES, {"hotels": array_of(hotels)}, prepared=True))


def _rules_by_hotel(rows: Iterable[Mapping[str, Any]]) -> Mapping[UUID, Sequence[ChargeRule]]:
    by_hotel: dict[UUID, list[ChargeRule]] = {}
    for row in rows:
        by_hotel.setdefault(row["hotel_id"], []).append(policies.charge_rule(row))
    return by_hotel


def level_of(plan: Mapping[str, Any], rate: Rate | None, *, is_root: bool) -> RateLevel:
    """One plan on the way down to a product, with its own rate for the night where it has one."""
    return RateLevel(
        plan_code=plan["code"],
        rate=rate,
        percent=plan["percent"],
        adjustment=None if is_root else policies.adjustment(plan),
    )


def _rates(rows: Iterable[Mapping[str, Any]], source: PriceSource) -> Mapping[Product, Rate]:
    return {
        (row["room_type_id"], row["rate_plan_id"], row["night"]): Rate(
            amount_minor=row["amount_minor"],
            by_adults=tuple(row["by_adults"] or ()),
            source=source,
            label=row.get("name", ""),
        )
        for row in rows
    }
