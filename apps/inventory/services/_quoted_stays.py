"""One stay of an order as a plain read finds it: its nights, its price, and what restricts it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from apps.inventory import policies
from apps.inventory.policies import nights_of
from apps.inventory.services._checks import minor_of
from apps.inventory.services._offer_ids import PinnedOffer
from apps.inventory.services._rates import level_of
from apps.inventory.types import (
    BrokenRestriction,
    ChargeRule,
    NightPrice,
    PartyRoom,
    PricedStay,
    PriceSource,
    Rate,
    Rules,
    Visibility,
)
from apps.platform import clock
from apps.platform.db import RoundTrip, Rows, array_of
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class SoldStay:
    """A stay as it was sold, for an amendment of it: what is new is priced and asked for, the rest is not.

    :param kept: the nights whose price stands, with it.
    :param as_product: the nights that were sold as this product already: no restriction is asked of them again.
    :param own: the nights whose room the stay has already: nobody can be in its way there.
    :param is_same_party: the same people sleep in a room of the same type.
    :param terms: what the rate plan said beside the price when it was sold; None: what it says now.
    :param booked_at: when the grace of its plan began; no amendment begins it anew.
    """

    arrival: date
    departure: date
    kept: Mapping[date, NightPrice]
    as_product: frozenset[date]
    own: frozenset[date]
    is_same_party: bool
    terms: Mapping[str, Any] | None
    booked_at: datetime


@dataclass(frozen=True, kw_only=True)
class StayRequest:
    """One room for `[arrival, departure)` as one product.

    :param pinned: the offer that the guest has accepted: its price and terms hold for a while.
    :param nightly_price: what staff have agreed on for each night, whatever the rates say.
    :param before: of an amendment: what the stay was until now.
    :param pointer: where the request stands in its order; `dates_pointer`: where its dates do.
    """

    room_type_id: UUID
    rate_plan_id: UUID
    arrival: date
    departure: date
    adults: int
    children_ages: tuple[int, ...] = ()
    pinned: PinnedOffer | None = None
    nightly_price: Money | None = None
    before: SoldStay | None = None
    pointer: str = ""
    dates_pointer: str = ""

    @property
    def keeps_all(self) -> bool:
        """Whether no night of it has to be priced: then it does not matter whether the product is still on sale."""
        return self.before is not None and all(night in self.before.kept for night in self.nights)

    @property
    def nights(self) -> list[date]:
        return nights_of(self.arrival, self.departure)

    @property
    def occupancy(self) -> PartyRoom:
        return PartyRoom(adults=self.adults, children_ages=self.children_ages)


@dataclass(frozen=True, kw_only=True)
class QuotedNight:
    """How a night stands; `rooms_left` counts overdue holds as free, `rooms_free` does not."""

    night: date
    rooms_left: int
    rooms_free: int
    exists: bool
    stopped: bool


@dataclass(frozen=True, kw_only=True)
class QuotedStay:
    """A stay with its nights in order, and what it costs.

    :param policy: the rules behind the terms, as the plan has them stored.
    """

    request: StayRequest
    room_type_code: str
    room_type_name: str
    rate_plan_code: str
    rate_plan_name: str
    visibility: Visibility
    nights: tuple[QuotedNight, ...]
    priced: PricedStay
    policy: Mapping[str, Any]
    broken: tuple[BrokenRestriction, ...]

    def is_sold_to(self, code: str) -> bool:
        """Whether guests who have named this code may have the product."""
        return policies.is_sold_to(self.visibility, self.rate_plan_code, named_code=code)


# The nights come as arrays: PostgreSQL knows their number, and so never reads the whole table to find a few of them.
# One row for each plan from the root down to the product's own, for each night and for the date of departure, which
# only a restriction may speak of. The hotel's taxes and fees come with the first row.
_PRICED_NIGHTS = """
SELECT wanted.position, wanted.night, wanted.is_departure, line.depth,
       hotel.name AS hotel_name, hotel.currency, hotel.time_zone, hotel.business_day_rollover, hotel.check_in_time,
       type.id AS type_id, type.code AS type_code, type.name AS type_name, type.max_adults, type.max_children,
       type.base_rate_minor, type.included_adults, type.extra_adult_minor, type.child_bands,
       plan.id AS plan_id, plan.code AS plan_code, plan.name AS plan_name, plan.visibility, plan.guarantee,
       plan.prepayment_percent, plan.grace_hours, plan.cancellation_tiers, plan.no_show_penalty,
       level.code, level.percent, level.adjustment_percent, level.adjustment_minor, level.adjustment_per_person,
       level.rounding_step_minor, level.rounding,
       rate.amount_minor AS date_minor, rate.by_adults AS date_by_adults,
       season.amount_minor AS season_minor, season.by_adults AS season_by_adults,
       restriction.rules AS product_rules, night.restrictions AS type_rules, night.stop_sell,
       night.physical - night.out_of_order + night.overbooking_limit - night.sold - night.held AS rooms_free,
       (SELECT count(*) FROM inventory_hold AS hold
         WHERE hold.room_type_id = wanted.room_type_id AND hold.expires_at <= %(now)s::timestamptz
           AND hold.arrival <= wanted.night AND hold.departure > wanted.night) AS overdue,
       CASE WHEN wanted.number = 1 AND line.depth IS NOT DISTINCT FROM 1
            THEN (SELECT jsonb_agg(charge) FROM inventory_charge AS charge
                   WHERE charge.hotel_id = hotel.id AND charge.archived_at IS NULL) END AS charges
  FROM inventory_hotel AS hotel
 CROSS JOIN unnest(%(positions)s::int[], %(types)s::uuid[], %(plans)s::uuid[], %(nights)s::date[],
                   %(departures)s::int[])
       WITH ORDINALITY AS wanted (position, room_type_id, rate_plan_id, night, is_departure, number)
  LEFT JOIN inventory_roomtype AS type
    ON type.id = wanted.room_type_id AND type.hotel_id = hotel.id
   AND (type.archived_at IS NULL OR type.id = ANY(%(kept)s::uuid[]))
  LEFT JOIN inventory_rateplan AS plan
    ON plan.id = wanted.rate_plan_id AND plan.hotel_id = hotel.id
   AND (plan.archived_at IS NULL OR plan.id = ANY(%(kept)s::uuid[]))
  LEFT JOIN LATERAL unnest(plan.ancestors || plan.id) WITH ORDINALITY AS line (plan_id, depth) ON true
  LEFT JOIN inventory_rateplan AS level ON level.id = line.plan_id
  LEFT JOIN inventory_nightlyrate AS rate
    ON rate.room_type_id = type.id AND rate.rate_plan_id = line.plan_id AND rate.night = wanted.night
  LEFT JOIN inventory_productrestriction AS restriction
    ON restriction.room_type_id = type.id AND restriction.rate_plan_id = line.plan_id
   AND restriction.night = wanted.night
  LEFT JOIN inventory_seasonnight AS day ON day.hotel_id = hotel.id AND day.night = wanted.night AND line.depth = 1
  LEFT JOIN inventory_seasonprice AS season
    ON season.season_id = day.season_id AND season.room_type_id = type.id AND season.rate_plan_id = line.plan_id
   AND season.weekday = extract(isodow FROM wanted.night)
  LEFT JOIN inventory_roomnight AS night ON night.room_type_id = type.id AND night.night = wanted.night
 WHERE hotel.id = %(hotel)s::uuid AND hotel.archived_at IS NULL
 ORDER BY wanted.number, line.depth
"""


def read_stays(trip: RoundTrip, *, hotel_id: UUID, stays: Sequence[StayRequest], now: datetime) -> Callable[[], Rows]:
    """All that prices `stays` and says whether there are rooms, by one statement that travels along."""
    wanted = [
        (position, stay.room_type_id, stay.rate_plan_id, night, int(night == stay.departure))
        for position, stay in enumerate(stays)
        for night in [*stay.nights, stay.departure]
    ]
    kept = [product for stay in stays if stay.keeps_all for product in (stay.room_type_id, stay.rate_plan_id)]
    names = ("positions", "types", "plans", "nights", "departures")
    columns = dict(zip(names, map(array_of, zip(*wanted, strict=True)), strict=True))
    return trip.add(_PRICED_NIGHTS, {"hotel": hotel_id, "now": now, "kept": array_of(kept), **columns})


# What a rate plan says beside the price, and what of it is frozen with a stay: the guarantee is a column of its own.
_FROZEN = ("cancellation_tiers", "no_show_penalty", "prepayment_percent", "grace_hours")
_TERMS = (*_FROZEN, "guarantee")


def _by_night(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of one stay, those of each date together: one for each plan from the root down."""
    dates: list[list[dict[str, Any]]] = []
    for row in rows:
        if row["depth"] == 1:
            dates.append([])
        dates[-1].append(row)
    return dates


def quoted_stay(
    stay: StayRequest, rows: Sequence[dict[str, Any]], charges: Sequence[ChargeRule], today: date
) -> QuotedStay:
    """The stay with its nights and what it costs, from its rows."""
    dates = _by_night(rows)
    first, own = dates[0][0], dates[0][-1]
    *nights, leaving = dates
    before = stay.before
    terms = {name: own[name] for name in _TERMS} | dict((before and before.terms) or {})
    prices = [(levels[0]["night"], _price(stay, levels)) for levels in nights]
    broken = policies.broken_by(
        arrival=stay.arrival,
        departure=stay.departure,
        today=today,
        nights=[(levels[0]["night"], _rules(levels)) for levels in nights],
        leaving=_rules(leaving),
    )
    return QuotedStay(
        request=stay,
        room_type_code=first["type_code"],
        room_type_name=first["type_name"],
        rate_plan_code=own["plan_code"],
        rate_plan_name=own["plan_name"],
        visibility=Visibility(own["visibility"]),
        nights=tuple(_quoted_night(levels[0]) for levels in nights),
        priced=policies.price_stay(
            prices,
            occupancy=stay.occupancy,
            charges=charges,
            plan=policies.plan_terms(terms),
            check_in_time=first["check_in_time"],
            time_zone=first["time_zone"],
            booked_at=before.booked_at if before else clock.now(),
        ),
        policy={name: terms[name] for name in _FROZEN},
        broken=tuple(broken if before is None else _asked_again(broken, stay, before)),
    )


def _asked_again(broken: Iterable[BrokenRestriction], stay: StayRequest, before: SoldStay) -> list[BrokenRestriction]:
    return policies.broken_anew(
        broken,
        was=(before.arrival, before.departure),
        will_be=(stay.arrival, stay.departure),
        sold=before.as_product,
    )


def _price(stay: StayRequest, levels: Sequence[Mapping[str, Any]]) -> NightPrice:
    if stay.before is not None and (kept := stay.before.kept.get(levels[0]["night"])):
        return kept
    if stay.nightly_price is not None:
        minor = minor_of(stay.nightly_price, levels[0]["currency"], f"{stay.pointer}/nightly_price")
        return NightPrice(amount_minor=minor, source=PriceSource.OVERRIDE)
    return policies.price_of_night(
        levels[0]["base_rate_minor"],
        [level_of(level, _rate(level), is_root=not depth) for depth, level in enumerate(levels)],
        policies.occupancy_rule(levels[0]),
        stay.occupancy,
    )


def _rate(level: Mapping[str, Any]) -> Rate | None:
    for source, name in ((PriceSource.DATE, "date"), (PriceSource.SEASON, "season")):
        if (amount := level[f"{name}_minor"]) is not None:
            return Rate(amount_minor=amount, by_adults=tuple(level[f"{name}_by_adults"] or ()), source=source)
    return None


def _rules(levels: Sequence[Mapping[str, Any]]) -> Rules:
    return policies.effective(levels[0]["type_rules"], [level["product_rules"] for level in levels])


def _quoted_night(row: Mapping[str, Any]) -> QuotedNight:
    free = row["rooms_free"] if row["rooms_free"] is not None else 0
    return QuotedNight(
        night=row["night"],
        rooms_free=free,
        rooms_left=free + row["overdue"],
        exists=row["stop_sell"] is not None,
        stopped=bool(row["stop_sell"]),
    )
