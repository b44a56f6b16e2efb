"""What a hotel sells, night by night: occupancy, ADR, RevPAR, the same a year ago, and how the nights ahead pick up."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.accounts.services import Access, Permission
from apps.bookings import policies
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.db import fetch_all
from apps.platform.errors import Denied, Invalid, NotFound
from apps.platform.money import Money, from_minor

YEAR = timedelta(weeks=52)
"""How far back the same period is: the same days of the week."""
MOST_NIGHTS = 366
_EARLIEST = date(1900, 1, 1)
WINDOWS = (1, 7, 30)
"""The days back from now for which pick-up is told."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was or is sold of some nights.

    :param rooms_available: those that there are, without those out of order.
    :param rooms_sold: room nights of stays that are confirmed, in the house or checked out; no-shows are none.
    :param revenue: the prices of these nights; taxes and fees that come on top are not in it.
    :param adr, revpar: revenue for each room sold, and for each room available; null without any.
    """

    rooms_available: int
    rooms_sold: int
    occupancy_percent: Decimal | None
    revenue: Money
    adr: Money | None
    revpar: Money | None


@dataclass(frozen=True, kw_only=True)
class PickUp:
    """How many room nights have come in the last so many days (of 24 hours), and how many of any have gone.

    :param booked: of bookings that were made in that time, whatever has become of them since.
    :param given_back: canceled, given back by an early departure, or of guests who did not come.
    """

    days: int
    booked: int
    given_back: int
    net: int


@dataclass(frozen=True, kw_only=True)
class ReportNight:
    """The figures of one night.

    :param last_year: 52 weeks earlier, the same day of the week; null where nothing was for sale.
    :param pick_up: for the last 1, 7 and 30 days; empty for nights that are over.
    """

    date: date
    figures: Figures
    last_year: Figures | None
    pick_up: tuple[PickUp, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of a hotel on the nights from `first` to `last`, both included, and of all of them together."""

    hotel_id: UUID
    hotel_name: str
    time_zone: str
    currency: str
    business_date: date
    first: date
    last: date
    figures: Figures
    last_year: Figures | None
    pick_up: tuple[PickUp, ...]
    nights: tuple[ReportNight, ...]


# Several periods at once; they do not overlap.
_SOLD = """
SELECT night.night AS date, count(*)::int AS rooms, sum(night.amount_minor)::bigint AS revenue_minor
  FROM unnest(%(firsts)s::date[], %(lasts)s::date[]) AS period (first, last)
  JOIN bookings_reservation AS stay
    ON stay.hotel_id = %(hotel)s AND stay.arrival <= period.last AND stay.departure > period.first
  JOIN bookings_reservationnight AS night
    ON night.reservation_id = stay.id AND night.night BETWEEN period.first AND period.last
 WHERE stay.status IN ('confirmed', 'checked_in', 'checked_out') AND night.released_at IS NULL
 GROUP BY night.night
"""
# A night counts from the making of its booking, once that was confirmed, until it was given back.
_PICK_UP = """
SELECT night.night AS date, back.days,
       count(*) FILTER (WHERE booking.created_at > back.since)::int AS booked,
       count(*) FILTER (WHERE gone.at > back.since)::int AS given_back
  FROM bookings_reservation AS stay
  JOIN bookings_booking AS booking ON booking.id = stay.booking_id
  JOIN bookings_reservationnight AS night
    ON night.reservation_id = stay.id AND night.night BETWEEN %(first)s AND %(last)s
 CROSS JOIN LATERAL (
       SELECT coalesce(night.released_at, CASE WHEN stay.status = 'no_show' THEN stay.no_show_at END) AS at) AS gone
 CROSS JOIN unnest(%(days)s::int[], %(since)s::timestamptz[]) AS back (days, since)
 WHERE stay.hotel_id = %(hotel)s AND stay.arrival <= %(last)s AND stay.departure > %(first)s
   AND stay.confirmed_at IS NOT NULL
 GROUP BY night.night, back.days
"""


def read_report(*, access: Access, hotel_id: UUID, first: date | None = None, last: date | None = None) -> Report:
    """The figures of a hotel, both ends included; without them of the month that runs at the hotel. Four statements.

    :raises NotFound: if there is no such hotel, or the caller is not of its staff.
    :raises Denied: if the caller is, but may not see its bookings.
    :raises Invalid: if the dates are in the wrong order or too many.
    """
    _require_sight(access, hotel_id)
    with clock.own_pace():
        inventory.go_by_clock_of(hotel_id)
        return _report(inventory.get_hotel(hotel_id), first, last)


def _report(hotel: inventory.HotelFacts, first: date | None, last: date | None) -> Report:
    """The same, when the clock is that of the hotel."""
    today = inventory.business_date(hotel, clock.now())
    first, last = _period(today, first, last)
    sales = _Sales(hotel, first, last)
    ahead = _pick_up(hotel.id, max(first, today), last) if last >= today else {}
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return Report(
        hotel_id=hotel.id,
        hotel_name=hotel.name,
        time_zone=hotel.time_zone,
        currency=hotel.currency,
        business_date=today,
        first=first,
        last=last,
        figures=sales.of(days),
        last_year=sales.of_last_year(days),
        pick_up=_added(ahead.values()),
        nights=tuple(
            ReportNight(
                date=day,
                figures=sales.of([day]),
                last_year=sales.of_last_year([day]),
                pick_up=ahead.get(day, _NOTHING) if day >= today else (),
            )
            for day in days
        ),
    )


def _require_sight(access: Access, hotel_id: UUID) -> None:
    if access.allows(Permission.VIEW_BOOKINGS, hotel_id):
        return
    if access.allows(Permission.VIEW_HOTEL, hotel_id):
        raise Denied()
    raise NotFound("There is no such hotel, or you are not of its staff.")


def _period(today: date, first: date | None, last: date | None) -> tuple[date, date]:
    """What is asked for; the rest of the month of the one date that is given, or of today."""
    first = first or (last or today).replace(day=1)
    last = last or first.replace(day=monthrange(first.year, first.month)[1])
    detail = ""
    if first < _EARLIEST:
        detail = f"No hotel was here before {_EARLIEST.year}."
    elif last < first:
        detail = "The last night is not before the first."
    elif (last - first).days >= MOST_NIGHTS:
        detail = f"At most {MOST_NIGHTS} nights at once."
    if detail:
        raise Invalid(detail, items=[{"code": "invalid", "detail": detail, "parameter": "to"}])
    return first, last


class _Sales:
    """What a hotel had to sell and sold in a period and a year before."""

    def __init__(self, hotel: inventory.HotelFacts, first: date, last: date) -> None:
        self._currency = hotel.currency
        periods = [(first - YEAR, last - YEAR), (first, last)]
        if last - YEAR >= first:
            periods = [(first - YEAR, last)]
        available = inventory.available_nights(hotel_id=hotel.id, first=first - YEAR, last=last)
        self._available = {night.date: night.rooms for night in available}
        firsts, lasts = zip(*periods, strict=True)
        sold = fetch_all(_SOLD, {"hotel": hotel.id, "firsts": list(firsts), "lasts": list(lasts)})
        self._sold = {row["date"]: (row["rooms"], row["revenue_minor"]) for row in sold}

    def of(self, days: Iterable[date]) -> Figures:
        """All of these days together."""
        days = list(days)
        sold = sum(self._sold.get(day, (0, 0))[0] for day in days)
        revenue = sum(self._sold.get(day, (0, 0))[1] for day in days)
        available = sum(self._available.get(day, 0) for day in days)
        return Figures(
            rooms_available=available,
            rooms_sold=sold,
            occupancy_percent=policies.occupancy_percent(sold=sold, available=available),
            revenue=from_minor(revenue, self._currency),
            adr=self._money(policies.average_minor(revenue_minor=revenue, rooms=sold)),
            revpar=self._money(policies.average_minor(revenue_minor=revenue, rooms=available)),
        )

    def of_last_year(self, days: Iterable[date]) -> Figures | None:
        """The same days of the week a year before; None where nothing was for sale or sold."""
        found = self.of(day - YEAR for day in days)
        return found if found.rooms_available or found.rooms_sold else None

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None else from_minor(minor, self._currency)


_NOTHING = tuple(PickUp(days=days, booked=0, given_back=0, net=0) for days in WINDOWS)


def _pick_up(hotel_id: UUID, first: date, last: date) -> Mapping[date, tuple[PickUp, ...]]:
    """For each night on which anything was ever booked, what came and went, in the order of the windows."""
    now = clock.now()
    parameters: dict[str, Any] = {
        "hotel": hotel_id,
        "first": first,
        "last": last,
        "days": list(WINDOWS),
        "since": [now - timedelta(days=days) for days in WINDOWS],
    }
    found: dict[date, dict[int, PickUp]] = {}
    for row in fetch_all(_PICK_UP, parameters):
        day = row.pop("date")
        found.setdefault(day, {})[row["days"]] = PickUp(**row, net=row["booked"] - row["given_back"])
    return {day: tuple(of_day[days] for days in WINDOWS) for day, of_day in found.items()}


def _added(nights: Iterable[tuple[PickUp, ...]]) -> tuple[PickUp, ...]:
    """The pick-up of many nights together."""
    totals = {days: [0, 0] for days in WINDOWS}
    for night in nights:
        for one in night:
            totals[one.days][0] += one.booked
            totals[one.days][1] += one.given_back
    return tuple(
        PickUp(days=days, booked=booked, given_back=gone, net=booked - gone) for days, (booked, gone) in totals.items()
    )
