"""The rules by which a hotel sells: prices by occupancy, derived rates, restrictions, taxes and fees, terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum


class PriceSource(StrEnum):
    """Who says what a night costs, the strongest last."""

    RATE_PLAN = "rate_plan"
    SEASON = "season"
    DATE = "date"
    DERIVED = "derived"
    OVERRIDE = "override"


class Guarantee(StrEnum):
    """How long a room waits for a guest who does not come: until 18:00 of the arrival day, or all night."""

    UNTIL_18 = "until_18"
    ALL_NIGHT = "all_night"


class Visibility(StrEnum):
    """Who is offered a rate plan: everybody, who names its code, or nobody but the staff who sell it."""

    PUBLIC = "public"
    BY_CODE = "by_code"
    STAFF = "staff"


class Rounding(StrEnum):
    """Which multiple of the step a derived price becomes."""

    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class ChildBand:
    """What a child of at most this age at arrival pays for a night beside the adults; 0 for infants, say."""

    to_age: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class OccupancyRule:
    """What a room type asks for more people than its price includes.

    :param included_adults: how many the price of a night is for; more of them pay `extra_adult_minor` each.
    :param child_bands: by rising age; older ones pay like extra adults. None: children are free.
    """

    included_adults: int
    extra_adult_minor: int = 0
    child_bands: tuple[ChildBand, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What a night costs in one room, as somebody has set it.

    :param by_adults: explicit prices for 1, 2, ... adults; empty: `amount_minor` for as many as the room type includes.
    """

    amount_minor: int
    source: PriceSource
    by_adults: tuple[int, ...] = ()
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class RateAdjustment:
    """How a derived plan makes its price of its parent's: percent first, then the amount, then rounding.

    :param percent: signed; -10 is a tenth less.
    :param amount_minor: signed; for the room, or where `per_person` for each person in it.
    :param step_minor: the price becomes a multiple of it; 1 leaves it as it is.
    """

    percent: Decimal = Decimal(0)
    amount_minor: int = 0
    per_person: bool = False
    step_minor: int = 1
    rounding: Rounding = Rounding.NEAREST


@dataclass(frozen=True, kw_only=True)
class RateLevel:
    """One plan on the way from a root plan down to a product: what it says about one night.

    :param rate: the plan's own price for the night, from its date, or at the root its season or the base rate.
    :param percent: of a root plan: what it makes of the room type's base rate.
    """

    plan_code: str
    rate: Rate | None
    percent: Decimal = Decimal(100)
    adjustment: RateAdjustment | None = None


@dataclass(frozen=True, kw_only=True)
class PriceStep:
    """One step on the way to a price: which plan did what, and what it came to."""

    plan_code: str
    source: PriceSource
    label: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class NightPrice:
    """What one night costs, and who says so."""

    amount_minor: int
    source: PriceSource


class Restriction(StrEnum):
    """What may keep a stay from being sold although there are rooms. Each is set and cleared on its own."""

    STOP_SELL = "stop_sell"
    CLOSED_TO_ARRIVAL = "closed_to_arrival"
    CLOSED_TO_DEPARTURE = "closed_to_departure"
    MIN_STAY = "min_stay"
    MAX_STAY = "max_stay"
    MIN_STAY_THROUGH = "min_stay_through"
    MAX_STAY_THROUGH = "max_stay_through"
    MIN_ADVANCE = "min_advance"
    MAX_ADVANCE = "max_advance"


Rules = Mapping[str, bool | int]
"""Restrictions of one night by name: flags, lengths of stay in nights, advance in days. Others are not set."""


@dataclass(frozen=True, kw_only=True)
class BrokenRestriction:
    """A restriction that a stay does not meet: of which date, and at which number of nights or days it stands."""

    restriction: Restriction
    date: date
    limit: int | None = None


class ChargeKind(StrEnum):
    """Whether the state or the hotel takes it."""

    TAX = "tax"
    FEE = "fee"


class ChargePer(StrEnum):
    """What a fixed charge is taken for."""

    STAY = "stay"
    NIGHT = "night"
    PERSON = "person"
    PERSON_NIGHT = "person_night"


class ChargeDue(StrEnum):
    """Whether it is paid with the room or at the property only, as a city tax often is."""

    NOW = "now"
    AT_PROPERTY = "at_property"


@dataclass(frozen=True, kw_only=True)
class ChargeRule:
    """A tax or fee: `percent` of what it is taken on, or a fixed amount `per` something.

    :param inclusive: it is contained in the prices rather than added to them.
    :param on_room: a percent is taken on the nights' prices; `on_charges`: and on these other charges.
    :param exempt_under_age: who is younger at arrival does not count for an amount per person.
    :param max_nights: only the first so many nights of a stay count.
    :param first, last: the stay dates to which it applies, both included; None is open.
    """

    code: str
    name: str
    kind: ChargeKind
    per: ChargePer = ChargePer.STAY
    percent: Decimal | None = None
    amount_minor: int = 0
    inclusive: bool = False
    on_room: bool = True
    on_charges: tuple[str, ...] = ()
    exempt_under_age: int = 0
    max_nights: int | None = None
    first: date | None = None
    last: date | None = None
    due: ChargeDue = ChargeDue.NOW


@dataclass(frozen=True, kw_only=True)
class ChargeLine:
    """What one charge comes to for one stay, rounded; an inclusive one is part of the nights' prices already."""

    code: str
    name: str
    kind: ChargeKind
    inclusive: bool
    due: ChargeDue
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Penalty:
    """What canceling or not coming costs: so much of the total, the price of so many nights, or an amount."""

    percent: Decimal | None = None
    nights: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class PolicyTier:
    """From so many days before the arrival, at this time of the hotel's wall clock, canceling costs this.

    :param days_before: None: from the booking on.
    :param at: None: when check-in begins.
    """

    days_before: int | None
    at: time | None
    penalty: Penalty


@dataclass(frozen=True, kw_only=True)
class TermStep:
    """Canceling from one instant, inclusive, until the next, exclusive, costs so much; None is open."""

    starts_at: datetime | None
    ends_at: datetime | None
    penalty_minor: int


@dataclass(frozen=True, kw_only=True)
class PlanTerms:
    """What a rate plan says beside the price.

    :param grace_hours: after booking, in which canceling is free whatever the tiers say.
    """

    tiers: tuple[PolicyTier, ...]
    no_show: Penalty
    guarantee: Guarantee = Guarantee.ALL_NIGHT
    prepayment_percent: int = 0
    grace_hours: int = 0


@dataclass(frozen=True, kw_only=True)
class PricedNight:
    """One night of a stay with its price, and who says so."""

    night: date
    amount_minor: int
    source: PriceSource


@dataclass(frozen=True, kw_only=True)
class PricedStay:
    """All the money of one room for one stay, and its terms. The total is the nights and the charges beside them.

    :param no_show_minor: what not coming costs.
    """

    nights: tuple[PricedNight, ...]
    charges: tuple[ChargeLine, ...]
    total_minor: int
    due_now_minor: int
    terms: tuple[TermStep, ...]
    no_show_minor: int
    guarantee: Guarantee
