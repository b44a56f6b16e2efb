"""What staff say of prices and terms, in money as they write it: extra people, plans, seasons, taxes and fees."""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from uuid import UUID

from apps.inventory.types.selling import ChargeDue, ChargeKind, ChargePer, Rounding
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class ChildPrice:
    """What a child of at most this age at arrival pays for a night; nothing for infants, say."""

    to_age: int
    amount: Money


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """How a derived plan makes its price of its parent's: percent first, then the amount, then rounding.

    :param percent: signed; -10 is a tenth less.
    :param amount: signed; for the room, or where `per_person` for each person in it. None: nothing.
    :param rounding_step: the price becomes a multiple of it; None: the smallest unit of the currency.
    """

    percent: Decimal = Decimal(0)
    amount: Money | None = None
    per_person: bool = False
    rounding_step: Money | None = None
    rounding: Rounding = Rounding.NEAREST


@dataclass(frozen=True, kw_only=True)
class PenaltyTerms:
    """What canceling or not coming costs; one of the three: percent of the total, first nights, or an amount."""

    percent: Decimal | None = None
    nights: int | None = None
    amount: Money | None = None


@dataclass(frozen=True, kw_only=True)
class CancellationTier:
    """From so many days before the arrival, at this time of the hotel's wall clock, canceling costs this.

    :param days_before: None: from the booking on.
    :param at: None: when check-in begins.
    """

    days_before: int | None
    at: time | None
    penalty: PenaltyTerms


@dataclass(frozen=True, kw_only=True)
class SeasonRate:
    """The price of a product in a season on these days of the week.

    :param weekdays: 1 for Monday to 7 for Sunday; none: all of them.
    :param by_adults: explicit prices for 1, 2, ... adults; none: `price` for as many as the room type includes.
    """

    room_type_id: UUID
    rate_plan_id: UUID
    price: Money
    weekdays: tuple[int, ...] = ()
    by_adults: tuple[Money, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SeasonFacts:
    """Some dates of a hotel with prices of their own, both ends included."""

    id: UUID
    hotel_id: UUID
    name: str
    first: date
    last: date
    prices: tuple[SeasonRate, ...]


@dataclass(frozen=True, kw_only=True)
class ChargeFacts:
    """A tax or fee as its hotel has set it up: a percent, or an amount `per` something; `ChargeRule` says the rest."""

    id: UUID
    hotel_id: UUID
    code: str
    name: str
    kind: ChargeKind
    per: ChargePer
    percent: Decimal | None
    amount: Money | None
    inclusive: bool
    on_room: bool
    on_charges: tuple[str, ...]
    exempt_under_age: int
    max_nights: int | None
    first: date | None
    last: date | None
    due: ChargeDue
    archived: bool
