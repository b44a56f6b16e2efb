"""Where hotels are: countries, places and the distance between them."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from math import asin, cos, degrees, radians, sin, sqrt

from apps.inventory.types import Near

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
MAX_KM = 500
"""How far around a place one may look."""

EARTH_KM = 6371.0088
_POLE = 89.9  # degrees
_COUNTRIES = frozenset(_COUNTRY_CODES.split())


def is_country(code: str) -> bool:
    """Whether `code` is an assigned ISO 3166-1 alpha-2 code."""
    return code in _COUNTRIES


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
    if abs(numbers[0]) > 90 or abs(numbers[1]) > 180 or any(not 0 < km <= MAX_KM for km in numbers[2:]):  # noqa: PLR2004 - degrees
        raise ValueError(
            f"Latitude is within 90 and longitude within 180 degrees; the distance is above 0 and at most {MAX_KM} km."
        )
    return Near(latitude=numbers[0], longitude=numbers[1], km=numbers[2] if numbers[2:] else None)


def distance_km(near: Near, latitude: Decimal, longitude: Decimal) -> float:
    """The great-circle distance in kilometres."""
    lat_a, lat_b = radians(near.latitude), radians(latitude)
    half_lat, half_lon = (lat_b - lat_a) / 2, radians(longitude - near.longitude) / 2
    chord = sin(half_lat) ** 2 + cos(lat_a) * cos(lat_b) * sin(half_lon) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def box_around(near: Near) -> tuple[float, float, Sequence[tuple[float, float]]]:
    """The latitudes, from south to north, and the ranges of longitude that hold all within `near.km` of the place.

    Two ranges where the date line runs through, all longitudes where a pole is near. A little wider than needed, since
    the corners of a box are farther away anyway.
    """
    angle = float(near.km or MAX_KM) / EARTH_KM * 1.001
    latitude, longitude = float(near.latitude), float(near.longitude)
    south, north = latitude - degrees(angle), latitude + degrees(angle)
    if south <= -_POLE or north >= _POLE:
        return south, north, [(-180.0, 180.0)]
    half = degrees(asin(sin(angle) / cos(radians(latitude)))) * 1.001
    west, east = longitude - half, longitude + half
    if west < -180:  # noqa: PLR2004 - degrees
        return south, north, [(-180.0, east), (west + 360, 180.0)]
    if east > 180:  # noqa: PLR2004 - degrees
        return south, north, [(west, 180.0), (-180.0, east - 360)]
    return south, north, [(west, east)]
