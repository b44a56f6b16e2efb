"""The demo's stays in one hotel. Each date has the same three arrivals, of one, two and three nights: so every day has
arrivals, departures and guests in house, whenever the demo is started again.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID
from zlib import crc32

from django.db.models import QuerySet

from apps.accounts import services as accounts
from apps.bookings import selectors
from apps.bookings import services as bookings
from apps.bookings.models import Reservation
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.idempotency import Outcome
from apps.reviews import services as reviews
from config.local.demo_founding import BREAKFAST, FLEX, House, People
from config.local.demo_rooms import HouseRooms
from config.local.demo_world import GROUP, GUEST, GUESTS, REVIEWS

SOURCE = "demo"
DAYS_BACK = 6
DAYS_AHEAD = 4
_ARRIVALS_A_DAY = 3
_SOLD_OUT_WITHIN = 8
_ROOMS_OF_A_GROUP = 5
_OWN_STAY_BACK, _OWN_STAY_AHEAD = 5, 14
_NO_SHOW_EVERY = 5


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """A booking that should be there."""

    external_id: str
    email: str
    arrival: date
    nights: int
    rooms: tuple[str, ...]
    rate_plan: str = FLEX


class HouseLife:
    """What happens in one hotel of the demo up to now; `muted` collects what nobody shall be told of."""

    def __init__(self, house: House, people: People) -> None:
        self.house, self.people = house, people
        self.rooms = HouseRooms(house, people)
        self.hotel = house.hotel
        self.today = inventory.business_date(self.hotel, clock.now())
        self.muted: list[UUID] = []
        self._known = set(
            self._reservations()
            .filter(departure__gte=self.today - timedelta(days=DAYS_BACK))
            .values_list("booking__external_id", flat=True)
        )

    # Bookings ---------------------------------------------------------------------------------------------------------

    def fill_the_book(self) -> None:
        """Place what is missing between the past week and the next days."""
        for wanted in (*self._daily_arrivals(), *self._own_stays()):
            if wanted.external_id not in self._known:
                self._place(wanted)
        if self.sold_out_on() is None:
            self._sell_out(self.today + timedelta(days=DAYS_AHEAD))

    def _daily_arrivals(self) -> Iterator[_Wanted]:
        types = [room_type.code for room_type in self.house.spec.room_types]
        for offset in range(-DAYS_BACK, DAYS_AHEAD + 1):
            arrival = self.today + timedelta(days=offset)
            for slot in range(_ARRIVALS_A_DAY):
                turn = arrival.toordinal() * _ARRIVALS_A_DAY + slot
                yield _Wanted(
                    external_id=self._external_id(arrival, str(slot)),
                    email=GUESTS[turn % len(GUESTS)][0],
                    arrival=arrival,
                    nights=slot + 1,
                    # The last type is the smallest one: it stays free for the newcomer to book.
                    rooms=(types[turn % (len(types) - 1)],),
                    rate_plan=BREAKFAST if turn % 2 else FLEX,
                )

    def _own_stays(self) -> Iterator[_Wanted]:
        """The guest whose password is shown has a stay to review and one to look forward to."""
        mine = self._reservations().filter(booking__booker_email=GUEST[0])
        best = self.house.spec.room_types[-1].code
        wanted = (
            (self.today - timedelta(days=_OWN_STAY_BACK), 2, mine.filter(departure__lte=self.today)),
            (self.today + timedelta(days=_OWN_STAY_AHEAD), 3, mine.filter(arrival__gt=self.today)),
        )
        for arrival, nights, there in wanted:
            if not there.exists():
                external_id = self._external_id(arrival, "own")
                yield _Wanted(external_id=external_id, email=GUEST[0], arrival=arrival, nights=nights, rooms=(best,))

    def _place(self, wanted: _Wanted) -> None:
        """Book as if days before the arrival; where that is full, for one night only, or not at all."""
        lead = timedelta(days=2 + crc32(wanted.external_id.encode()) % 20)
        morning = inventory.instant_of(wanted.arrival, time(10), self.hotel.time_zone)
        with clock.moved_to(min(morning - lead, clock.now())):
            outcome = self._order(wanted, wanted.nights)
            if outcome.refused and wanted.nights > 1:
                outcome = self._order(wanted, 1)
        is_news = wanted.email == GUEST[0] and wanted.arrival > self.today
        if not outcome.refused and not is_news:
            self.muted.append(UUID(outcome.location.rsplit("/", 1)[-1]))

    def _order(self, wanted: _Wanted, nights: int) -> Outcome:
        booker = self.people.by_email[wanted.email]
        command = bookings.PlaceBooking(
            hotel_id=self.hotel.id,
            arrival=wanted.arrival,
            departure=wanted.arrival + timedelta(days=nights),
            rooms=tuple(
                bookings.RoomRequest(
                    room_type_id=self.house.room_types[code],
                    rate_plan_id=self.house.rate_plans[wanted.rate_plan],
                    adults=2,
                )
                for code in wanted.rooms
            ),
            booker=bookings.Booker(full_name=booker.full_name, email=booker.email),
            confirm=True,
            source=SOURCE,
            external_id=wanted.external_id,
        )
        key = f"{wanted.external_id}:{nights}x{'-'.join(wanted.rooms)}"
        return bookings.place_booking(command, caller=accounts.caller_for(booker.id), key=key)

    def sold_out_on(self) -> date | None:
        """The next night, if it is soon, on which the hotel has no room left."""
        calendar = self._calendar(self.today + timedelta(days=1), self.today + timedelta(days=_SOLD_OUT_WITHIN))
        left: dict[date, int] = {}
        for night in (night for row in calendar.room_types for night in row.nights):
            left[night.date] = left.get(night.date, 0) + night.rooms_left
        return next((day for day, rooms in sorted(left.items()) if not rooms), None)

    def _sell_out(self, night: date) -> None:
        left = [
            row.room_type.code
            for row in self._calendar(night, night).room_types
            for _ in range(row.nights[0].rooms_left)
            if row.room_type.code in self.house.room_types
        ]
        for first in range(0, len(left), _ROOMS_OF_A_GROUP):
            rooms = tuple(left[first : first + _ROOMS_OF_A_GROUP])
            name = f"group-{len(left)}-{first}"
            external_id = self._external_id(night, name)
            self._place(_Wanted(external_id=external_id, email=GROUP[0], arrival=night, nights=1, rooms=rooms))

    def _calendar(self, first: date, last: date) -> inventory.Calendar:
        return inventory.calendar_of(access=self.people.access, hotel_id=self.hotel.id, first=first, last=last)

    def _external_id(self, arrival: date, name: str) -> str:
        return f"{SOURCE}:{self.house.spec.code}:{arrival}:{name}"

    # Stays ------------------------------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Let happen what should have happened before today; what is due today is left for the newcomer to do."""
        self.rooms.clean()
        behind = self._reservations().filter(status__in=["confirmed", "checked_in"], arrival__lt=self.today)
        for stay in behind.order_by("arrival", "id"):
            self.muted.append(stay.booking_id)
            if stay.status == "confirmed" and self._stays_away(stay):
                self._record_no_show(stay)
                continue
            if stay.status == "confirmed":
                self._check_in(stay)
            if stay.departure < self.today:
                self._check_out(stay)
                self.rooms.clean()
                self._review(stay)

    def give_rooms(self) -> None:
        """Let the coming days' guests have their rooms."""
        ahead = self._reservations().filter(status="confirmed", arrival__gte=self.today)
        for stay in ahead.filter(nights__room_id__isnull=True).distinct().order_by("arrival", "id"):
            self.rooms.give(stay)

    @staticmethod
    def _stays_away(stay: Reservation) -> bool:
        return stay.booking.external_id.endswith(":0") and stay.arrival.toordinal() % _NO_SHOW_EVERY == 0

    def _check_in(self, stay: Reservation) -> None:
        with self._at(stay.arrival, 16):
            command = bookings.CheckIn(reservation_id=stay.id)
            bookings.check_in(command, caller=self.people.administrator, key=f"demo:{stay.id}:check-in")

    def _check_out(self, stay: Reservation) -> None:
        with self._at(stay.departure, 10):
            command = bookings.CheckOut(reservation_id=stay.id)
            bookings.check_out(command, caller=self.people.administrator, key=f"demo:{stay.id}:check-out")

    def _record_no_show(self, stay: Reservation) -> None:
        with self._at(stay.arrival, 23):
            command = bookings.RecordNoShow(reservation_id=stay.id)
            bookings.record_no_show(command, caller=self.people.administrator, key=f"demo:{stay.id}:no-show")

    def _at(self, day: date, hour: int) -> AbstractContextManager[None]:
        return clock.moved_to(inventory.instant_of(day, time(hour), self.hotel.time_zone))

    def _review(self, stay: Reservation) -> None:
        turn = crc32(stay.booking.external_id.encode())
        account_id = stay.booking.account_id
        if account_id is None or stay.booking.booker_email in {GUEST[0], GROUP[0]} or turn % 3 == 0:
            return
        rating = self.house.spec.ratings[turn % len(self.house.spec.ratings)]
        title, text = REVIEWS[rating][turn // 7 % len(REVIEWS[rating])]
        with self._at(stay.departure, 19):
            review = reviews.submit_review(
                caller=accounts.caller_for(account_id),
                reservation_id=stay.id,
                rating=rating,
                title=title,
                text=text,
                scores={"cleanliness": min(5, rating + 1), "service": rating},
            )
        self.muted.append(review.id)

    # Figures ----------------------------------------------------------------------------------------------------------

    def arrivals(self) -> int:
        """Stays of any source that are to begin today."""
        return self._reservations(source=None).filter(status="confirmed", arrival=self.today).count()

    def departures(self) -> int:
        """Stays of any source that are to end today."""
        return self._reservations(source=None).filter(status="checked_in", departure=self.today).count()

    def in_house(self) -> int:
        """Stays of any source that have begun and not ended."""
        return self._reservations(source=None).filter(status="checked_in").count()

    def _reservations(self, source: str | None = SOURCE) -> QuerySet[Reservation]:
        rows = selectors.reservations_of_hotels([self.hotel.id])
        return rows if source is None else rows.filter(booking__source=source)
