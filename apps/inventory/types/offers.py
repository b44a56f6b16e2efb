"""What guests ask for and are offered: parties, priced products, terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

from apps.inventory.types.selling import ChargeDue, Guarantee
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class PartyRoom:
    """Who is to sleep in one room; the ages count at arrival."""

    adults: int
    children_ages: tuple[int, ...] = ()


Party = tuple[PartyRoom, ...]
"""All the rooms that one request wants."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A room type that might house rooms of a party: how many are left, and what the stay costs each room of the party.

    :param totals: in minor units, for each room of the party; None where the type does not fit or is not sold to it.
    """

    rooms_left: int
    totals: Sequence[int | None]


Housing = Sequence[int]
"""For each room of the party the position of the candidate that houses it."""


TimelineStep = TypedDict("TimelineStep", {"from": datetime | None, "until": datetime | None, "penalty": Money})
"""A tier with its money, under the names of the contract."""


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """The terms for one total."""

    timeline: tuple[TimelineStep, ...]


@dataclass(frozen=True, kw_only=True)
class DatedAmount:
    """What one night costs."""

    date: date
    amount: Money


@dataclass(frozen=True, kw_only=True)
class OfferedNight:
    """What one night of a product costs, and who says so."""

    date: date
    amount: Money
    source: str


@dataclass(frozen=True, kw_only=True)
class OfferedRoomType:
    """The room of an offer."""

    id: UUID
    code: str
    name: str
    max_adults: int
    max_children: int


@dataclass(frozen=True, kw_only=True)
class OfferedRatePlan:
    """The conditions of an offer."""

    id: UUID
    code: str
    name: str
    meal_plan: str


@dataclass(frozen=True, kw_only=True)
class OfferedCharge:
    """What a tax or fee comes to for the stay; one that is `included` is part of the nights' prices already."""

    code: str
    name: str
    amount: Money
    included: bool
    due: ChargeDue


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A priced product for one room of a party and a stay.

    :param offer_id: signed; for a while it pins price and terms in a booking, never the room.
    :param fits_rooms: the rooms of the party, counted from 0, to which it is offered at this price.
    """

    offer_id: str
    room_type: OfferedRoomType
    rate_plan: OfferedRatePlan
    fits_rooms: tuple[int, ...]
    nights: tuple[OfferedNight, ...]
    taxes: tuple[OfferedCharge, ...]
    fees: tuple[OfferedCharge, ...]
    total: Money
    due_now: Money
    due_at_property: Money
    rooms_left: int
    guarantee: Guarantee
    cancellation: Cancellation


@dataclass(frozen=True, kw_only=True)
class Offers:
    """The products of a hotel that are free for a stay, the cheapest first, in the hotel's calendar and currency."""

    hotel_id: UUID
    time_zone: str
    currency: str
    arrival: date
    departure: date
    results: tuple[Offer, ...]
