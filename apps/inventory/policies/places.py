"""Where hotels are: countries, places and the distance between them."""

from decimal import Decimal, InvalidOperation
from math import asin, cos, radians, sin, sqrt

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
    if abs(numbers[0]) > 90 or abs(numbers[1]) > 180 or any(km <= 0 for km in numbers[2:]):  # noqa: PLR2004 - degrees
        raise ValueError("Latitude is within 90 and longitude within 180 degrees; the distance is above 0.")
    return Near(latitude=numbers[0], longitude=numbers[1], km=numbers[2] if numbers[2:] else None)


def distance_km(near: Near, latitude: Decimal, longitude: Decimal) -> float:
    """The great-circle distance in kilometres."""
    lat_a, lat_b = radians(near.latitude), radians(latitude)
    half_lat, half_lon = (lat_b - lat_a) / 2, radians(longitude - near.longitude) / 2
    chord = sin(half_lat) ** 2 + cos(lat_a) * cos(lat_b) * sin(half_lon) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(chord)))
