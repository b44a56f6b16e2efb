"""One hotel over some dates, read once: which room types are free when, what they cost, what stands in the way."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.inventory import policies
from apps.inventory.services._offers import FreeType, Sale, Way, cheapest_way, free_type
from apps.inventory.services._rates import Plan, RateBook
from apps.inventory.types import BrokenRestriction, HotelFacts, Party, PartyRoom
from apps.platform import clock
from apps.platform.db import RoundTrip, array_of, fetch_all

_TYPES = """
SELECT hotel_id, id AS room_type_id, code, name, max_adults, max_children, base_rate_minor, included_adults,
       extra_adult_minor, child_bands, 0 AS rooms_left
  FROM inventory_roomtype WHERE hotel_id = %(hotel)s::uuid AND archived_at IS NULL ORDER BY code
"""
# As in FREE_TYPES, but night by night and with those that are not free.
_NIGHTS = """
SELECT night.room_type_id, night.night, night.stop_sell,
       night.physical - night.out_of_order + night.overbooking_limit - night.sold - night.held
       + CASE WHEN night.held = 0 THEN 0 ELSE (
           SELECT count(*) FROM inventory_hold AS hold
            WHERE hold.room_type_id = night.room_type_id AND hold.expires_at <= %(instant)s::timestamptz
              AND hold.arrival <= night.night AND hold.departure > night.night) END AS rooms_left
  FROM inventory_roomnight AS night
 WHERE night.room_type_id = ANY(%(types)s::uuid[]) AND night.night >= %(first)s::date AND night.night <= %(last)s::date
"""


class Window:
    """What a hotel sells from `first` to `last`: two statements, and six in one round trip."""

    def __init__(self, hotel: HotelFacts, *, first: date, last: date, code: str = "", staff: bool = False) -> None:
        """Read the window.

        :param code: the code of a plan that is sold only to who names it; `staff`: plans that only staff sell too.
        """
        self.hotel, self._code, self._staff = hotel, code, staff
        self.today = policies.business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)
        self.horizon = self.today + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS)
        self.types = [free_type(row) for row in fetch_all(_TYPES, {"hotel": hotel.id}, prepared=True)]
        types = [one.priced.id for one in self.types]
        trip = RoundTrip()
        nights = trip.add(_NIGHTS, {"types": array_of(types), "first": first, "last": last, "instant": clock.now()})
        self._book = RateBook(trip, hotels=[hotel.id], types=types, first=first, last=last)
        self._nights: Mapping[tuple[UUID, date], Mapping[str, Any]] = {
            (row["room_type_id"], row["night"]): row for row in nights()
        }

    def is_on_sale(self, arrival: date, departure: date) -> bool:
        """Whether the hotel sells these dates at all: from its today to the horizon."""
        return self.today <= arrival and departure <= self.horizon

    def sale(self, arrival: date, departure: date) -> Sale:
        """The prices and restrictions of one stay within the window."""
        return Sale(self._book, arrival=arrival, departure=departure, code=self._code, staff=self._staff)

    def free_types(self, arrival: date, departure: date) -> list[FreeType]:
        """The room types that are free on every night of a stay."""
        free = []
        for one in self.types:
            left = min((self._left(one, night) for night in policies.nights_of(arrival, departure)), default=0)
            if left > 0:
                free.append(replace(one, rooms_left=left))
        return free

    def way(self, arrival: date, departure: date, party: Party) -> Way | None:
        """The cheapest way to house a party."""
        free = self.free_types(arrival, departure)
        return cheapest_way(self.hotel, free, party, self.sale(arrival, departure)) if free else None

    def missing_nights(self, one: FreeType, arrival: date, departure: date) -> Iterator[tuple[date, bool]]:
        """The nights of a stay on which the room type is not free, and whether they are closed rather than full."""
        for night in policies.nights_of(arrival, departure):
            row = self._nights.get((one.priced.id, night))
            if row is None or row["stop_sell"]:
                yield night, True
            elif row["rooms_left"] <= 0:
                yield night, False

    def broken(self, one: FreeType, plan: Plan, arrival: date, departure: date) -> list[BrokenRestriction]:
        """The restrictions that a stay in this product does not meet."""
        return self.sale(arrival, departure).broken(self.hotel, one.priced, plan)

    def sleeps(self, party: Party) -> bool:
        """Whether the hotel has a room type for each room of the party."""
        rooms: set[PartyRoom] = set(party)
        return all(any(one.fits(room) for one in self.types) for room in rooms)

    def _left(self, one: FreeType, night: date) -> int:
        row = self._nights.get((one.priced.id, night))
        return 0 if row is None or row["stop_sell"] else int(row["rooms_left"])
