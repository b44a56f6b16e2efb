"""The order of things: every past booking becomes steps, and every day of the hotel has the same timetable.

09:00  cancellations of what was booked on earlier days: their rooms are free for today's bookings
11:00  departures: the same
12:00  bookings, in the order of the file
13:00  changes of bookings, those of today too
14:00  cancellations of what was booked on the same day
15:00  rooms that guests have left are cleaned
16:00  arrivals: bookings of today can arrive today
20:00  departures of guests who leave on the day on which they came
23:00  no-shows: the day is waited for until its end
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from apps.bookings.management.replay.drafts import days_of_changes
from apps.bookings.management.replay.history import Fate, PastBooking


class Hour(IntEnum):
    """When on the hotel's wall clock something happens."""

    CANCELLATIONS = 9
    DEPARTURES = 11
    BOOKINGS = 12
    CHANGES = 13
    CANCELLATIONS_OF_TODAY = 14
    HOUSEKEEPING = 15
    ARRIVALS = 16
    DEPARTURES_OF_TODAY = 20
    NO_SHOWS = 23


class Kind(StrEnum):
    """What happens, in the trade's words."""

    BOOKING = "booking"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    ARRIVAL = "arrival"
    DEPARTURE = "departure"
    NO_SHOW = "no-show"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happens to one booking.

    :param number: of a change: which one of the booking it is, from 0.
    """

    day: date
    hour: Hour
    kind: Kind
    booking: PastBooking
    number: int = 0

    @property
    def moment(self) -> tuple[date, Hour, int, int]:
        """Steps go by this: what happens at the same time is in the order of the file."""
        return self.day, self.hour, self.booking.line, self.number


def timetable(bookings: Iterable[PastBooking]) -> list[Step]:
    """All steps of these bookings in order of time."""
    return sorted((step for booking in bookings for step in _steps(booking)), key=lambda step: step.moment)


def _steps(booking: PastBooking) -> Iterator[Step]:
    yield Step(day=booking.booked_on, hour=Hour.BOOKINGS, kind=Kind.BOOKING, booking=booking)
    for number, day in enumerate(days_of_changes(booking)):
        yield Step(day=day, hour=Hour.CHANGES, kind=Kind.CHANGE, booking=booking, number=number)
    if booking.fate is Fate.CANCELED:
        is_same_day = booking.fate_on == booking.booked_on
        hour = Hour.CANCELLATIONS_OF_TODAY if is_same_day else Hour.CANCELLATIONS
        yield Step(day=booking.fate_on, hour=hour, kind=Kind.CANCELLATION, booking=booking)
    elif booking.fate is Fate.NO_SHOW:
        yield Step(day=booking.fate_on, hour=Hour.NO_SHOWS, kind=Kind.NO_SHOW, booking=booking)
    else:
        yield Step(day=booking.arrival, hour=Hour.ARRIVALS, kind=Kind.ARRIVAL, booking=booking)
        yield departure_on(booking.fate_on, booking)


def departure_on(day: date, booking: PastBooking) -> Step:
    """The guest's leaving on this day."""
    hour = Hour.DEPARTURES_OF_TODAY if day == booking.arrival else Hour.DEPARTURES
    return Step(day=day, hour=hour, kind=Kind.DEPARTURE, booking=booking)
