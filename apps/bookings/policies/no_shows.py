"""Until when a guest is waited for, and how long the nights of one who did not come are kept."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_RELEASE = time(18)
_NOON = time(12)


def missed_at(*, arrival: date, guarantee: str, cutoff: time, time_zone: str) -> datetime:
    """From when on nobody has to be waited for: 18:00 of the day of arrival, or the cutoff of the day after.

    :param guarantee: `until_18` lets the room go in the evening, anything else holds it all night.
    """
    zone = ZoneInfo(time_zone)
    if guarantee == "until_18":
        return datetime.combine(arrival, _RELEASE, zone)
    return datetime.combine(arrival + timedelta(days=1), cutoff, zone)


def kept_until(*, arrival: date, time_zone: str) -> datetime:
    """Until when the later nights of somebody who did not come are kept, in case they come late: noon of the day
    after the arrival."""
    return datetime.combine(arrival + timedelta(days=1), _NOON, ZoneInfo(time_zone))
