"""The rules of selling nights: dates and numbers in, answers or refusals out. No Django, no clock, no SQL."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo, available_timezones

from apps.inventory.types import (
    Cancellation,
    CancellationTerms,
    CancellationTier,
    Candidate,
    Housing,
    Near,
    NightPrice,
    Party,
    PartyRoom,
    TimelineStep,
)
from apps.platform.money import from_minor

MAX_NIGHTS = 60
MAX_ROOMS = 9
MAX_ADULTS = 20
MAX_CHILDREN = 10
MAX_CHILD_AGE = 17

# ISO 3166-1 alpha-2, officially assigned.
_COUNTRY_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_COUNTRIES = frozenset(_COUNTRY_CODES.split())
# Names in a zone folder that are no place: what they mean depends on the machine.
_NO_PLACES = {"localtime", "Factory", "posixrules"}
_OCCUPANCY = re.compile(r"([1-9][0-9]?)(?:-([0-9]{1,2}(?:,[0-9]{1,2})*))?")


def is_country(code: str) -> bool:
    """Whether `code` is an assigned ISO 3166-1 alpha-2 code."""
    return code in _COUNTRIES


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


def parse_occupancy(text: str) -> PartyRoom:
    """`2-4,9` is a room for two adults and children of four and nine years; `1` a room for one adult.

    :raises ValueError: saying what is wrong with it.
    """
    match = _OCCUPANCY.fullmatch(text)
    if match is None:
        raise ValueError("An occupancy is adults[-age,age...], like 2 or 2-4,9.")
    ages = tuple(int(age) for age in match.group(2).split(",")) if match.group(2) else ()
    room = PartyRoom(adults=int(match.group(1)), children_ages=ages)
    if room.adults > MAX_ADULTS or len(ages) > MAX_CHILDREN:
        raise ValueError(f"A room has at most {MAX_ADULTS} adults and {MAX_CHILDREN} children.")
    if any(age > MAX_CHILD_AGE for age in ages):
        raise ValueError(f"A child is at most {MAX_CHILD_AGE} years old; count older ones as adults.")
    return room


def parse_party(occupancies: Sequence[str]) -> Party:
    """The rooms that a party wants, one for each occupancy.

    :raises ValueError: saying what is wrong with them.
    """
    if not 1 <= len(occupancies) <= MAX_ROOMS:
        raise ValueError(f"A party takes 1 to {MAX_ROOMS} rooms.")
    return tuple(parse_occupancy(text) for text in occupancies)


def fits(*, max_adults: int, max_children: int, adults: int, children: int) -> bool:
    """Whether a room type sleeps them."""
    return adults <= max_adults and children <= max_children


def price_of_night(base_rate_minor: int, percent: Decimal, override_minor: int | None) -> NightPrice:
    """The price of a product on one night: the one set for the date, else the plan's percent of the base rate.

    Rounded half up to the currency's smallest unit. Offers, bookings and the calendar all price by this rule.
    """
    if override_minor is not None:
        return NightPrice(amount_minor=override_minor, source="date")
    hundredths = int(percent * 100)
    return NightPrice(amount_minor=(base_rate_minor * hundredths + 5_000) // 10_000, source="rate_plan")


def house_the_party(party: Party, candidates: Sequence[Candidate]) -> Housing | None:
    """The cheapest way to give each room of the party a room type, or None where there is no way.

    The price of a room type does not depend on who sleeps in it, so taking places from the cheapest on, each
    where the party can still be arranged around it, ends at the cheapest whole (a transversal matroid).

    :returns: for each room of the party, in its order, the position of its candidate.
    """
    by_price = sorted(range(len(candidates)), key=lambda position: candidates[position].total_minor)
    housed: list[int | None] = [None] * len(party)
    for position in by_price:
        for _ in range(min(candidates[position].rooms_left, len(party))):
            if not _take_place(position, party, candidates, housed, set()):
                break
            if None not in housed:
                return tuple(place for place in housed if place is not None)
    return None


def _take_place(
    position: int, party: Party, candidates: Sequence[Candidate], housed: list[int | None], seen: set[int]
) -> bool:
    """Find a room of the party for one more place of this candidate, moving earlier ones aside where needed."""
    candidate = candidates[position]
    # Free rooms first, so that nobody is moved without need.
    for index in sorted(range(len(party)), key=lambda index: housed[index] is not None):
        room = party[index]
        if index in seen or not fits(
            max_adults=candidate.max_adults,
            max_children=candidate.max_children,
            adults=room.adults,
            children=len(room.children_ages),
        ):
            continue
        seen.add(index)
        moved = housed[index]
        if moved is None or _take_place(moved, party, candidates, housed, seen):
            housed[index] = position
            return True
    return False


def cancellation_terms(*, arrival: date, check_in_time: time, time_zone: str) -> CancellationTerms:
    """Canceling is free until check-in begins on the day of arrival; from then on it costs the whole stay."""
    check_in = instant_of(arrival, check_in_time, time_zone)
    return CancellationTerms(
        tiers=(
            CancellationTier(starts_at=None, ends_at=check_in, penalty_percent=0),
            CancellationTier(starts_at=check_in, ends_at=None, penalty_percent=100),
        )
    )


def cancellation_of(terms: CancellationTerms, total_minor: int, currency: str) -> Cancellation:
    """The terms with the penalties that they mean for one total."""
    return Cancellation(
        timeline=tuple(
            TimelineStep(
                {
                    "from": tier.starts_at,
                    "until": tier.ends_at,
                    "penalty": from_minor((total_minor * tier.penalty_percent + 50) // 100, currency),
                }
            )
            for tier in terms.tiers
        )
    )


def parse_near(text: str) -> Near:
    """`38.71,-9.14` is a place; `38.71,-9.14,5` is no farther than five kilometres from it.

    :raises ValueError: saying what is wrong with it.
    """
    try:
        numbers = [Decimal(part) for part in text.split(",")]
    except InvalidOperation as error:
        raise ValueError("A place is latitude,longitude or latitude,longitude,kilometres.") from error
    if len(numbers) not in {2, 3} or not all(number.is_finite() for number in numbers):
        raise ValueError("A place is latitude,longitude or latitude,longitude,kilometres.")
    if abs(numbers[0]) > 90 or abs(numbers[1]) > 180 or any(km <= 0 for km in numbers[2:]):  # noqa: PLR2004 - degrees
        raise ValueError("Latitude is within 90 and longitude within 180 degrees; the distance is above 0.")
    return Near(latitude=numbers[0], longitude=numbers[1], km=numbers[2] if numbers[2:] else None)


def distance_km(near: Near, latitude: Decimal, longitude: Decimal) -> float:
    """The great-circle distance in kilometres."""
    lat_a, lat_b = radians(near.latitude), radians(latitude)
    half_lat, half_lon = (lat_b - lat_a) / 2, radians(longitude - near.longitude) / 2
    chord = sin(half_lat) ** 2 + cos(lat_a) * cos(lat_b) * sin(half_lon) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(chord)))
