"""The order of things: every past booking becomes steps, and every day of the hotel has the same timetable.

09:00  cancellations of what was booked on earlier days: their rooms are free for today's bookings
11:00  departures: the same
12:00  bookings, in the order of the file
13:00  cancellations of what was booked on the same day
16:00  arrivals: bookings of today can arrive today
20:00  departures of guests who leave on the day on which they came
23:00  no-shows: the day is waited for until its end
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from apps.bookings.management.replay.history import Fate, PastBooking


class Hour(IntEnum):
    """When on the hotel's wall clock something happens."""

    CANCELLATIONS = 9
    DEPARTURES = 11
    BOOKINGS = 12
    CANCELLATIONS_OF_TODAY = 13
    ARRIVALS = 16
    DEPARTURES_OF_TODAY = 20
    NO_SHOWS = 23


class Kind(StrEnum):
    """What happens, in the trade's words."""

    BOOKING = "booking"
    CANCELLATION = "cancellation"
    ARRIVAL = "arrival"
    DEPARTURE = "departure"
    NO_SHOW = "no-show"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happens to one booking."""

    day: date
    hour: Hour
    kind: Kind
    booking: PastBooking


def timetable(bookings: Iterable[PastBooking]) -> list[Step]:
    """All steps of these bookings in order of time; what happens at the same time is in the order of the file."""
    steps = [step for booking in bookings for step in _steps(booking)]
    return sorted(steps, key=lambda step: (step.day, step.hour, step.booking.line))


def _steps(booking: PastBooking) -> Iterator[Step]:
    yield Step(day=booking.booked_on, hour=Hour.BOOKINGS, kind=Kind.BOOKING, booking=booking)
    if booking.fate is Fate.CANCELED:
        is_same_day = booking.fate_on == booking.booked_on
        hour = Hour.CANCELLATIONS_OF_TODAY if is_same_day else Hour.CANCELLATIONS
        yield Step(day=booking.fate_on, hour=hour, kind=Kind.CANCELLATION, booking=booking)
    elif booking.fate is Fate.NO_SHOW:
        yield Step(day=booking.fate_on, hour=Hour.NO_SHOWS, kind=Kind.NO_SHOW, booking=booking)
    else:
        yield Step(day=booking.arrival, hour=Hour.ARRIVALS, kind=Kind.ARRIVAL, booking=booking)
        is_same_day = booking.fate_on == booking.arrival
        hour = Hour.DEPARTURES_OF_TODAY if is_same_day else Hour.DEPARTURES
        yield Step(day=booking.fate_on, hour=hour, kind=Kind.DEPARTURE, booking=booking)
