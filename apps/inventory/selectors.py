"""Reads for this app's own pages and lists, and the one mapping from rows to what crosses the boundary."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import reduce
from math import cos, pi, radians, sin
from operator import or_
from uuid import UUID

from django.db.models import FloatField, Q, QuerySet
from django.db.models.functions import Cast, Cos, Power, Radians, Sin

from apps.inventory import policies
from apps.inventory.models import Hotel, RatePlan, Room, RoomType
from apps.inventory.types import (
    Guarantee,
    HotelFacts,
    MealPlan,
    Near,
    RatePlanFacts,
    RoomCondition,
    RoomFacts,
    RoomTypeFacts,
    Visibility,
)
from apps.platform.money import from_minor


def hotels(
    *,
    city: str | None = None,
    country: str | None = None,
    min_rating: Decimal | None = None,
    amenities: Sequence[str] = (),
    near: Near | None = None,
    updated_since: datetime | None = None,
) -> QuerySet[Hotel]:
    """The hotels on offer. Who synchronises by `updated_since` also sees those archived since."""
    rows = Hotel.objects.all()
    rows = (
        rows.filter(archived_at__isnull=True) if updated_since is None else rows.filter(updated_at__gte=updated_since)
    )
    if city is not None:
        rows = rows.filter(city__iexact=city)
    if country is not None:
        rows = rows.filter(country=country.upper())
    if min_rating is not None:
        rows = rows.filter(rating_average__gte=min_rating)
    if amenities:
        rows = rows.filter(amenities__contains=list(amenities))
    if near is not None:
        rows = _within(rows, near)
    return rows


def _within(rows: QuerySet[Hotel], near: Near) -> QuerySet[Hotel]:
    """Those no farther from a place than its radius; the box around it is what the index finds."""
    south, north, ranges = policies.box_around(near)
    in_range = [Q(longitude__range=(west, east)) for west, east in ranges]
    here, place = radians(near.latitude), Radians(Cast("latitude", FloatField()))
    chord = Power(Sin((place - here) / 2), 2) + cos(here) * Cos(place) * Power(
        Sin((Radians(Cast("longitude", FloatField())) - radians(near.longitude)) / 2), 2
    )
    farthest = sin(min(float(near.km or policies.MAX_KM) / policies.EARTH_KM, pi) / 2) ** 2
    return rows.annotate(chord=chord).filter(reduce(or_, in_range), latitude__range=(south, north), chord__lte=farthest)


def room_types_of(hotel_id: UUID) -> QuerySet[RoomType]:
    """The room types of a hotel, archived ones too, with the hotel for its currency."""
    return RoomType.objects.filter(hotel_id=hotel_id).select_related("hotel")


def rate_plans_of(hotel_id: UUID) -> QuerySet[RatePlan]:
    """The rate plans of a hotel, archived ones too."""
    return RatePlan.objects.filter(hotel_id=hotel_id)


def rooms_of(hotel_id: UUID) -> QuerySet[Room]:
    """The physical rooms of a hotel, archived ones too."""
    return Room.objects.filter(hotel_id=hotel_id)


def hotel_facts(row: Hotel) -> HotelFacts:
    """What others may know of a hotel."""
    return HotelFacts(
        id=row.id,
        name=row.name,
        description=row.description,
        address=row.address,
        city=row.city,
        country=row.country,
        latitude=row.latitude,
        longitude=row.longitude,
        time_zone=row.time_zone,
        currency=row.currency,
        check_in_time=row.check_in_time,
        check_out_time=row.check_out_time,
        business_day_rollover=row.business_day_rollover,
        amenities=tuple(row.amenities),
        stars=row.stars,
        rating_average=row.rating_average,
        rating_count=row.rating_count,
        archived=row.archived_at is not None,
        updated_at=row.updated_at,
    )


def room_type_facts(row: RoomType) -> RoomTypeFacts:
    """What others may know of a room type."""
    return RoomTypeFacts(
        id=row.id,
        hotel_id=row.hotel_id,
        code=row.code,
        name=row.name,
        description=row.description,
        max_adults=row.max_adults,
        max_children=row.max_children,
        room_count=row.room_count,
        base_rate=from_minor(row.base_rate_minor, row.hotel.currency),
        included_adults=row.max_adults if row.included_adults is None else row.included_adults,
        extra_adult=from_minor(row.extra_adult_minor, row.hotel.currency),
        child_bands=policies.bands_from(row.child_bands),
        archived=row.archived_at is not None,
    )


def rate_plan_facts(row: RatePlan) -> RatePlanFacts:
    """What others may know of a rate plan."""
    return RatePlanFacts(
        id=row.id,
        hotel_id=row.hotel_id,
        code=row.code,
        name=row.name,
        meal_plan=MealPlan(row.meal_plan),
        percent=row.percent,
        parent_id=row.ancestors[-1] if row.ancestors else None,
        adjustment=policies.adjustment(vars(row)) if row.ancestors else None,
        visibility=Visibility(row.visibility),
        guarantee=Guarantee(row.guarantee),
        prepayment_percent=row.prepayment_percent,
        cancellation_tiers=policies.tiers_from(row.cancellation_tiers),
        no_show_penalty=policies.plan_terms(vars(row)).no_show,
        archived=row.archived_at is not None,
    )


def room_facts(row: Room) -> RoomFacts:
    """What others may know of a room."""
    return RoomFacts(
        id=row.id,
        hotel_id=row.hotel_id,
        room_type_id=row.room_type_id,
        number=row.number,
        floor=row.floor,
        condition=RoomCondition(row.condition),
        archived=row.archived_at is not None,
    )
