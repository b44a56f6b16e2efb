"""The calendar that staff keep: what they see of it, what they change, and what became others by a change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.inventory.types.offers import OfferedRatePlan, OfferedRoomType
from apps.inventory.types.selling import Rules
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class PlanPrice:
    """What one rate plan says of a room type on a date.

    :param amount: for as many adults as the price of the room type includes.
    :param source: who says so; `date` is a price of the product's own on this very date.
    :param by_adults: for 1, 2, ... adults, where that is not `amount` for each of them; else empty.
    :param restrictions: those of the product's own, by name.
    :param effective_restrictions: those that hold for it: its own, inherited ones, and those of the room type.
    """

    rate_plan_id: UUID
    amount: Money
    source: str
    by_adults: tuple[Money, ...]
    restrictions: Rules
    effective_restrictions: Rules


@dataclass(frozen=True, kw_only=True)
class CalendarNight:
    """One night of a room type as staff see it. Without a row it is not on sale (`generated` is false).

    :param restrictions: those of the room type beside `stop_sell`, by name.
    """

    date: date
    generated: bool
    physical: int
    out_of_order: int
    overbooking_limit: int
    sold: int
    held: int
    rooms_left: int
    stop_sell: bool
    restrictions: Rules
    prices: tuple[PlanPrice, ...]


@dataclass(frozen=True, kw_only=True)
class CalendarRow:
    """The nights of one room type."""

    room_type: OfferedRoomType
    nights: tuple[CalendarNight, ...]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The nights of a hotel's room types, both ends included.

    :param horizon: the last night that is on sale, and can be changed.
    :param rate_plans: those that `prices` of the nights name, in their order.
    """

    hotel_id: UUID
    time_zone: str
    currency: str
    business_date: date
    horizon: date
    first: date
    last: date
    rate_plans: tuple[OfferedRatePlan, ...]
    room_types: tuple[CalendarRow, ...]


@dataclass(frozen=True, kw_only=True)
class PriceChange:
    """What becomes of the own prices of products on dates. With nothing said they are taken away.

    :param amount: the price for as many adults as the room type includes; `by_adults`: for 1, 2, ... adults.
    :param percent: change the price that is effective now by so many percent, then by `plus`; both may be negative.
    """

    amount: Money | None = None
    by_adults: tuple[Money, ...] = ()
    percent: Decimal | None = None
    plus: Money | None = None


@dataclass(frozen=True, kw_only=True)
class CalendarChange:
    """What is to change on some nights, of room types themselves or of what is sold of them. What is not said stays.

    :param first, last: the nights, both included; of them those on `weekdays` (ISO, 1 for Monday); empty: on all.
    :param room_type_ids: empty: all of the hotel that are not archived.
    :param rate_plan_ids: None: the room types themselves; else the products under these plans, empty: under all that
        are not archived.
    :param restrictions: by name; None takes one away. A product lifts what it inherits by false or 0.
    :param overbooking_limit: of room types only, as `price` is of products only.
    :param stop_sell: of a product the same as the restriction `stop_sell`; false takes that away.
    """

    first: date
    last: date
    weekdays: frozenset[int] = frozenset()
    room_type_ids: tuple[UUID, ...] = ()
    rate_plan_ids: tuple[UUID, ...] | None = None
    price: PriceChange | None = None
    restrictions: Mapping[str, bool | int | None] = field(default_factory=dict)
    overbooking_limit: int | None = None
    stop_sell: bool | None = None


@dataclass(frozen=True, kw_only=True)
class NightChange:
    """What differs on one night of a room type, or with `rate_plan_id` of a product.

    :param before, after: by name: `price` (a Money, None: no own price), `by_adults` (a list of Money), `stop_sell`,
        `overbooking_limit`, and restrictions by their names; None where nothing is set.
    """

    room_type_id: UUID
    rate_plan_id: UUID | None
    date: date
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CalendarOutcome:
    """What a change of the calendar came to, or with `dry_run` would come to.

    :param change_id: by which it can be undone; None for a dry run, and where nothing differs.
    :param nights_changed: on how many nights of room types and products something differs.
    :param counts: the same for each of `prices`, `restrictions`, `stop_sell` and `overbooking_limits` that differ.
    :param changes: of a dry run each of them, the first 2,000 at most, by room type, rate plan and date.
    """

    change_id: UUID | None
    dry_run: bool
    nights_changed: int
    counts: Mapping[str, int]
    changes: tuple[NightChange, ...]
