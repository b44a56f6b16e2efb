"""The hotel's calendar: its "today", the nights of a stay, and what instant its wall clock means."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

MAX_NIGHTS = 60

# Names in a zone folder that are no place: what they mean depends on the machine.
_NO_PLACES = {"localtime", "Factory", "posixrules"}


def is_time_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone."""
    return name in _time_zones()


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones() - _NO_PLACES)


def business_date(instant: datetime, time_zone: str, rollover: time) -> date:
    """The hotel's "today": the local date, or the day before while the wall clock is short of `rollover`."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return local.date() - timedelta(days=1) if local.time() < rollover else local.date()


def instant_of(day: date, wall_time: time, time_zone: str) -> datetime:
    """The instant at which the hotel's wall clock shows `wall_time` on `day`.

    A time that the clock skips moves forward; of a time that comes twice it is the later one.
    """
    zone = ZoneInfo(time_zone)
    first = datetime.combine(day, wall_time, tzinfo=zone)
    is_skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None)
    return first.astimezone(UTC) if is_skipped else first.replace(fold=1).astimezone(UTC)


def nights_of(arrival: date, departure: date) -> list[date]:
    """The nights of `[arrival, departure)`, in order; none where the departure is not after the arrival."""
    return [arrival + timedelta(days=offset) for offset in range((departure - arrival).days)]
