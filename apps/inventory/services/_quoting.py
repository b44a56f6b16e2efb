"""Pricing stays and saying, from a plain read, whether they could be sold now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.inventory.policies import business_date, cancellation_terms, nights_of, price_of_night
from apps.inventory.services._labels import HotelLabel
from apps.inventory.services._nights import NoRoomsLeft, missing_night
from apps.inventory.types import CancellationTerms
from apps.platform import clock
from apps.platform.db import RoundTrip, Rows, array_of
from apps.platform.errors import Conflict, Invalid, NotFound

MAX_NIGHTS = 60


class StayNotAllowed(Conflict):
    """The party does not fit the room type."""

    code = "stay_not_allowed"
    title = "The stay is not allowed"
    cause = "A room of this type does not sleep that many adults or children."
    remedy = "Choose a larger room type, or spread the party over more rooms."


@dataclass(frozen=True, kw_only=True)
class StayRequest:
    """One room for `[arrival, departure)` as one product."""

    room_type_id: UUID
    rate_plan_id: UUID
    arrival: date
    departure: date
    adults: int
    children_ages: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QuotedNight:
    """A night with its price; `rooms_left` counts overdue holds as free, `rooms_free` does not."""

    night: date
    amount_minor: int
    source: str
    rooms_left: int
    rooms_free: int
    closed: bool


@dataclass(frozen=True, kw_only=True)
class QuotedStay:
    """A stay with its nights in order."""

    request: StayRequest
    room_type_code: str
    room_type_name: str
    rate_plan_code: str
    rate_plan_name: str
    nights: tuple[QuotedNight, ...]

    @property
    def total_minor(self) -> int:
        return sum(night.amount_minor for night in self.nights)


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a plain read says of some stays: prices to be kept, and whether rooms seem to be there.

    :param refusal: the certain refusal where a night is closed or full even with overdue holds counted as free.
    :param overdue_in_the_way: the stays fit only once overdue holds have been released.
    :param least_left: rooms that stay free on the tightest night after this sale.
    """

    hotel: HotelLabel
    currency: str
    cancellation: CancellationTerms
    stays: tuple[QuotedStay, ...]
    refusal: NoRoomsLeft | None
    overdue_in_the_way: bool
    least_left: int


# The nights come as arrays: PostgreSQL knows their number, and so never reads the whole table to find a few of them.
_PRICED_NIGHTS = """
SELECT wanted.position, wanted.night,
       hotel.name AS hotel_name, hotel.currency, hotel.time_zone, hotel.business_day_rollover, hotel.check_in_time,
       type.id AS type_id, type.code AS type_code, type.name AS type_name, type.max_adults, type.max_children,
       type.base_rate_minor,
       plan.id AS plan_id, plan.code AS plan_code, plan.name AS plan_name, plan.percent,
       price.amount_minor AS override_minor,
       night.stop_sell,
       night.physical - night.out_of_order + night.overbooking_limit - night.sold - night.held AS rooms_free,
       (SELECT count(*) FROM inventory_hold AS hold
         WHERE hold.room_type_id = wanted.room_type_id AND hold.expires_at <= %(now)s::timestamptz
           AND hold.arrival <= wanted.night AND hold.departure > wanted.night) AS overdue
  FROM inventory_hotel AS hotel
 CROSS JOIN unnest(%(positions)s::int[], %(types)s::uuid[], %(plans)s::uuid[], %(nights)s::date[])
       AS wanted (position, room_type_id, rate_plan_id, night)
  LEFT JOIN inventory_roomtype AS type
    ON type.id = wanted.room_type_id AND type.hotel_id = hotel.id AND type.archived_at IS NULL
  LEFT JOIN inventory_rateplan AS plan
    ON plan.id = wanted.rate_plan_id AND plan.hotel_id = hotel.id AND plan.archived_at IS NULL
  LEFT JOIN inventory_nightlyrate AS price
    ON price.room_type_id = type.id AND price.rate_plan_id = plan.id AND price.night = wanted.night
  LEFT JOIN inventory_roomnight AS night ON night.room_type_id = type.id AND night.night = wanted.night
 WHERE hotel.id = %(hotel)s::uuid AND hotel.archived_at IS NULL
 ORDER BY wanted.position, wanted.night
"""


def price_stays(trip: RoundTrip, *, hotel_id: UUID, stays: Sequence[StayRequest]) -> Callable[[], Quote]:
    """Price each night of `stays` and say whether they could be sold now. One statement, which travels along; no lock.

    :raises Invalid: if the dates cannot be right.

    What is returned gives the quote.

    :raises NotFound: if there is no such hotel.
    :raises Invalid: if dates, room type or rate plan cannot be right; the pointer names the room.
    :raises StayNotAllowed: if a party does not fit its room.
    """
    _require_possible_dates(stays)
    now = clock.now()
    wanted = [
        (position, stay.room_type_id, stay.rate_plan_id, night)
        for position, stay in enumerate(stays)
        for night in nights_of(stay.arrival, stay.departure)
    ]
    columns = dict(
        zip(("positions", "types", "plans", "nights"), map(array_of, zip(*wanted, strict=True)), strict=True)
    )
    read = trip.add(_PRICED_NIGHTS, {"hotel": hotel_id, "now": now, **columns})
    return lambda: _quote_from(read(), stays, now)


def _quote_from(rows: Rows, stays: Sequence[StayRequest], now: datetime) -> Quote:
    if not rows:
        raise NotFound("There is no such hotel.")
    today = business_date(now, rows[0]["time_zone"], rows[0]["business_day_rollover"])
    _require_sellable_dates(stays, today)
    by_position: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_position.setdefault(row["position"], []).append(row)
    _require_known_products(stays, by_position)
    quoted = tuple(_quoted(stay, by_position[position]) for position, stay in enumerate(stays))
    return _quote(rows[0], today, quoted)


def _require_possible_dates(stays: Sequence[StayRequest]) -> None:
    for stay in stays:
        if stay.departure <= stay.arrival:
            raise _invalid_date("departure", "The departure is after the arrival.")
        if stay.departure - stay.arrival > timedelta(days=MAX_NIGHTS):
            raise _invalid_date("departure", f"A stay has at most {MAX_NIGHTS} nights.")


def _require_sellable_dates(stays: Sequence[StayRequest], today: date) -> None:
    last = today + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS)
    for stay in stays:
        if stay.arrival < today:
            raise _invalid_date("arrival", f"It is {today} at the hotel: the arrival cannot be before that.")
        if stay.departure > last:
            raise _invalid_date("departure", f"The hotel sells nights up to {last}.")


def _invalid_date(name: str, detail: str) -> Invalid:
    return Invalid(detail, items=[{"code": "invalid_date", "detail": detail, "pointer": f"/{name}"}])


def _require_known_products(stays: Sequence[StayRequest], by_position: Mapping[int, list[dict[str, Any]]]) -> None:
    unknown: list[dict[str, Any]] = []
    too_many: list[dict[str, Any]] = []
    for position, stay in enumerate(stays):
        row, pointer = by_position[position][0], f"/rooms/{position}"
        for found, name in ((row["type_id"], "room_type_id"), (row["plan_id"], "rate_plan_id")):
            if found is None:
                item = {"code": "unknown", "detail": "The hotel sells no such thing.", "pointer": f"{pointer}/{name}"}
                unknown.append(item)
        if row["type_id"] is not None and (
            stay.adults > row["max_adults"] or len(stay.children_ages) > row["max_children"]
        ):
            detail = f"Sleeps at most {row['max_adults']} adults and {row['max_children']} children."
            too_many.append({"code": "occupancy", "detail": detail, "pointer": pointer})
    if unknown:
        raise Invalid("A product is not known at this hotel.", items=unknown)
    if too_many:
        raise StayNotAllowed(items=too_many)


def _quoted(stay: StayRequest, rows: Sequence[dict[str, Any]]) -> QuotedStay:
    nights = []
    for row in rows:
        price = price_of_night(
            base_rate_minor=row["base_rate_minor"], percent=row["percent"], override_minor=row["override_minor"]
        )
        free = row["rooms_free"] if row["rooms_free"] is not None else 0
        nights.append(
            QuotedNight(
                night=row["night"],
                amount_minor=price.amount_minor,
                source=price.source,
                rooms_free=free,
                rooms_left=free + row["overdue"],
                closed=row["stop_sell"] is not False,
            )
        )
    return QuotedStay(
        request=stay,
        room_type_code=rows[0]["type_code"],
        room_type_name=rows[0]["type_name"],
        rate_plan_code=rows[0]["plan_code"],
        rate_plan_name=rows[0]["plan_name"],
        nights=tuple(nights),
    )


def _quote(hotel: Mapping[str, Any], today: date, stays: tuple[QuotedStay, ...]) -> Quote:
    taken: dict[tuple[UUID, date], int] = {}
    missing: list[dict[str, Any]] = []
    overdue, least = False, 10**9
    for position, stay in enumerate(stays):
        for night in stay.nights:
            place = (stay.request.room_type_id, night.night)
            taken[place] = taken.get(place, 0) + 1
            if night.closed or taken[place] > night.rooms_left:
                missing.append(missing_night(position, night.night, closed=night.closed))
            overdue = overdue or taken[place] > night.rooms_free
            least = min(least, night.rooms_free - taken[place])
    return Quote(
        hotel=HotelLabel(name=hotel["hotel_name"], time_zone=hotel["time_zone"], business_date=today),
        currency=hotel["currency"],
        cancellation=cancellation_terms(
            arrival=min(stay.request.arrival for stay in stays),
            check_in_time=hotel["check_in_time"],
            time_zone=hotel["time_zone"],
        ),
        stays=stays,
        refusal=NoRoomsLeft(items=missing) if missing else None,
        overdue_in_the_way=overdue and not missing,
        least_left=least,
    )
