"""The rules of selling nights: dates and numbers in, answers or refusals out. No Django, no clock, no SQL."""

from apps.inventory.policies.calendar import MAX_NIGHTS, business_date, instant_of, is_time_zone, nights_of
from apps.inventory.policies.charges import charges_of, due_now, in_order, total_of
from apps.inventory.policies.parties import (
    MAX_ADULTS,
    MAX_CHILD_AGE,
    MAX_CHILDREN,
    MAX_ROOMS,
    fits,
    house_the_party,
    parse_occupancy,
    parse_party,
)
from apps.inventory.policies.places import distance_km, is_country, parse_near
from apps.inventory.policies.pricing import MAX_DEPTH, price_of_night, prices_by_adults, steps_of_price
from apps.inventory.policies.restrictions import LEAST_WINS, broken_by, effective
from apps.inventory.policies.stays import price_stay
from apps.inventory.policies.stored import (
    adjustment,
    bands_from,
    bands_json,
    charge_rule,
    occupancy_rule,
    penalty_from,
    penalty_json,
    plan_terms,
    tiers_from,
    tiers_json,
)
from apps.inventory.policies.terms import (
    DEFAULT_NO_SHOW,
    DEFAULT_TIERS,
    cancellation_of,
    faults_of,
    merged,
    penalty_of,
    terms_of,
)

__all__ = [
    "DEFAULT_NO_SHOW",
    "DEFAULT_TIERS",
    "LEAST_WINS",
    "MAX_ADULTS",
    "MAX_CHILDREN",
    "MAX_CHILD_AGE",
    "MAX_DEPTH",
    "MAX_NIGHTS",
    "MAX_ROOMS",
    "adjustment",
    "bands_from",
    "bands_json",
    "broken_by",
    "business_date",
    "cancellation_of",
    "charge_rule",
    "charges_of",
    "distance_km",
    "due_now",
    "effective",
    "faults_of",
    "fits",
    "house_the_party",
    "in_order",
    "instant_of",
    "is_country",
    "is_time_zone",
    "merged",
    "nights_of",
    "occupancy_rule",
    "parse_near",
    "parse_occupancy",
    "parse_party",
    "penalty_from",
    "penalty_json",
    "penalty_of",
    "plan_terms",
    "price_of_night",
    "price_stay",
    "prices_by_adults",
    "steps_of_price",
    "terms_of",
    "tiers_from",
    "tiers_json",
    "total_of",
]
