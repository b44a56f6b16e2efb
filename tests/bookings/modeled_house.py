"""A hotel as a few lists in memory: what the services must do, said once more and as plainly as possible.

Nothing is counted along: how many rooms of a night are sold or held is looked up among the bookings each time.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from apps.inventory.policies import business_date

TIME_ZONE = "Europe/Lisbon"
STAFF = "staff"
NOT_STORED = {"invalid", "too_many_holds", "not_found", "permission_denied"}


@dataclass(frozen=True, kw_only=True)
class Order:
    """So many rooms of these types (by position) for the same dates."""

    room_types: tuple[int, ...]
    arrival: date
    departure: date
    confirm: bool

    @property
    def nights(self) -> list[date]:
        return [self.arrival + timedelta(days=ahead) for ahead in range((self.departure - self.arrival).days)]


@dataclass(frozen=True, kw_only=True)
class Move:
    """An action on a booking (confirm, cancel) or on one of its rooms, by their position."""

    action: str
    booking: int
    room: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a request must be answered with, and whether from memory."""

    code: str
    replayed: bool = False


@dataclass(eq=False)
class Stay:
    room_type: int
    order: Order
    status: str
    nights: list[date]


@dataclass(eq=False)
class Booking:
    who: str
    stays: list[Stay]
    hold_until: datetime | None

    @property
    def statuses(self) -> list[str]:
        return [stay.status for stay in self.stays]


@dataclass
class Night:
    physical: int
    closed: bool = False


@dataclass
class House:
    """The model. Its methods do what a service should do, and return the code of the outcome."""

    now: datetime
    rooms: list[int]
    horizon: int
    hold: timedelta
    most_holds: int
    nights: dict[tuple[int, date], Night] = field(default_factory=dict)
    bookings: list[Booking] = field(default_factory=list)
    answers: dict[tuple[str, str], tuple[Order | Move, str]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return business_date(self.now, TIME_ZONE, time(3))

    def taken(self, room_type: int, night: date) -> tuple[int, int]:
        """How many rooms are sold, and how many held."""
        live = [stay for stay in self._stays() if stay.room_type == room_type and night in stay.nights]
        held = sum(stay.status == "pending" for stay in live)
        return len(live) - held, held

    def _stays(self) -> Iterable[Stay]:
        return (stay for booking in self.bookings for stay in booking.stays)

    # The staff's calendar ---------------------------------------------------------------------------------------------

    def generate(self) -> int:
        """Fill every missing night; how many."""
        wanted = [
            (room_type, self.today + timedelta(days=ahead))
            for room_type in range(len(self.rooms))
            for ahead in range(self.horizon)
        ]
        missing = [place for place in wanted if place not in self.nights]
        self.nights |= {place: Night(self.rooms[place[0]]) for place in missing}
        return len(missing)

    def resize(self, room_type: int, rooms: int) -> str:
        ahead = [night for kind, night in self.nights if kind == room_type and night >= self.today]
        if rooms != self.rooms[room_type]:
            if any(sum(self.taken(room_type, night)) > rooms for night in ahead):
                return "capacity_below_sold"
            for night in ahead:
                self.nights[room_type, night].physical = rooms
            self.rooms[room_type] = rooms
        return "resized"

    def close(self, room_type: int, first: date, last: date, *, closed: bool) -> None:
        for (kind, night), row in self.nights.items():
            if kind == room_type and first <= night <= last:
                row.closed = closed

    # Requests with a key ----------------------------------------------------------------------------------------------

    def answer(self, who: str, key: str, request: Order | Move) -> Answer:
        """The outcome of the key: the first one for ever, unless the first request left none."""
        if (who, key) in self.answers:
            first, code = self.answers[who, key]
            return Answer(code=code, replayed=True) if first == request else Answer(code="idempotency_key_reused")
        code = self._place(who, request) if isinstance(request, Order) else self._move(who, request)
        if code not in NOT_STORED:
            self.answers[who, key] = (request, code)
        return Answer(code=code)

    def _place(self, who: str, order: Order) -> str:
        if order.arrival < self.today or order.departure > self.today + timedelta(days=self.horizon):
            return "invalid"
        wanted = Counter((room_type, night) for room_type in order.room_types for night in order.nights)
        if any(rooms > self._left(*place) for place, rooms in wanted.items()):
            return "no_rooms_left"
        if any(rooms > self._free(*place) for place, rooms in wanted.items()):
            self.expire(only=order.room_types)
        if not order.confirm and who != STAFF and self._holds_of(who) >= self.most_holds:
            return "too_many_holds"
        status = "confirmed" if order.confirm else "pending"
        stays = [
            Stay(room_type=room_type, order=order, status=status, nights=order.nights) for room_type in order.room_types
        ]
        self.bookings.append(
            Booking(who=who, stays=stays, hold_until=None if order.confirm else self.now + self.hold),
        )
        return "booked"

    def _free(self, room_type: int, night: date) -> int:
        row = self.nights.get((room_type, night))
        return 0 if row is None or row.closed else row.physical - sum(self.taken(room_type, night))

    def _left(self, room_type: int, night: date) -> int:
        """Rooms that are free, or would be if overdue holds were given back."""
        row = self.nights.get((room_type, night))
        if row is None or row.closed:
            return 0
        overdue = [stay for booking in self._overdue() for stay in booking.stays if stay.status == "pending"]
        of_night = [stay for stay in overdue if stay.room_type == room_type and night in stay.nights]
        return self._free(room_type, night) + len(of_night)

    def _holds_of(self, who: str) -> int:
        holds = [booking.hold_until for booking in self.bookings if booking.who == who and booking.hold_until]
        return sum(until > self.now for until in holds)

    def _overdue(self) -> list[Booking]:
        return [booking for booking in self.bookings if booking.hold_until and booking.hold_until <= self.now]

    def expire(self, only: Iterable[int] | None = None) -> int:
        """Give back what is held too long, all of it or where it is of these room types; of how many bookings."""
        overdue = [
            booking
            for booking in self._overdue()
            if only is None or {stay.room_type for stay in booking.stays} & set(only)
        ]
        for booking in overdue:
            self._end(booking, "expired")
        return len(overdue)

    def _end(self, booking: Booking, status: str) -> None:
        booking.hold_until = None
        for stay in booking.stays:
            if stay.status in {"pending", "confirmed"}:
                stay.status, stay.nights = status, []

    def _move(self, who: str, move: Move) -> str:
        booking = self.bookings[move.booking]
        if who not in {booking.who, STAFF}:
            return "not_found"
        if move.action in {"confirm", "cancel"}:
            return self._confirm(booking) if move.action == "confirm" else self._cancel(booking)
        if who != STAFF:
            return "permission_denied"
        desk: dict[str, Callable[[Stay], str]] = {
            "check_in": self._check_in,
            "check_out": self._check_out,
            "no_show": self._no_show,
        }
        return desk[move.action](booking.stays[move.room])

    def _confirm(self, booking: Booking) -> str:
        if set(booking.statuses) != {"pending"}:
            return "invalid_transition"
        if booking in self._overdue():
            return "hold_expired"
        booking.hold_until = None
        for stay in booking.stays:
            stay.status = "confirmed"
        return "confirmed"

    def _cancel(self, booking: Booking) -> str:
        if not set(booking.statuses) <= {"pending", "confirmed"}:
            return "invalid_transition"
        self._end(booking, "canceled")
        return "canceled"

    def _check_in(self, stay: Stay) -> str:
        if stay.status not in {"confirmed", "no_show"}:
            return "invalid_transition"
        if stay.order.arrival > self.today:
            return "too_early"
        if stay.status == "no_show" and not self._come_back(stay):
            return "no_rooms_left"
        stay.status = "checked_in"
        return "checked_in"

    def _come_back(self, stay: Stay) -> bool:
        """Take the nights from today on again, at least the last one, also where the sale is stopped."""
        last = max(stay.order.nights)
        gone = [
            night for night in stay.order.nights if night not in stay.nights and (night >= self.today or night == last)
        ]
        rows = [self.nights.get((stay.room_type, night)) for night in gone]
        taken = [sum(self.taken(stay.room_type, night)) for night in gone]
        if any(row is None or rooms >= row.physical for row, rooms in zip(rows, taken, strict=True)):
            return False
        stay.nights = [*stay.nights, *gone]
        return True

    def _check_out(self, stay: Stay) -> str:
        if stay.status != "checked_in":
            return "invalid_transition"
        stay.status = "checked_out"
        stay.nights = [night for night in stay.nights if night < self.today or night == stay.order.arrival]
        return "checked_out"

    def _no_show(self, stay: Stay) -> str:
        if stay.status != "confirmed":
            return "invalid_transition"
        if stay.order.arrival > self.today:
            return "too_early"
        stay.status, stay.nights = "no_show", [stay.order.arrival]
        return "no_show"
