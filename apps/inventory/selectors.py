"""Reads for this app's own pages and lists, and the one mapping from rows to what crosses the boundary."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import reduce
from math import cos, pi, radians, sin
from operator import or_
from uuid import UUID

from django.db.models import FloatField, Q, QuerySet
from django.db.models.functions import Cast, Cos, Power, Radians, Sin

from apps.inventory import policies
from apps.inventory.models import Charge, Hotel, RatePlan, Room, RoomClosure, RoomType, Season, SeasonPrice
from apps.inventory.types import (
    Adjustment,
    CancellationTier,
    ChargeDue,
    ChargeFacts,
    ChargeKind,
    ChargePer,
    ChildPrice,
    ClosureFacts,
    ClosureKind,
    HotelFacts,
    MealPlan,
    Near,
    NoShowBy,
    NoShowNights,
    Penalty,
    PenaltyTerms,
    RatePlanFacts,
    RoomCondition,
    RoomFacts,
    RoomTypeFacts,
    Rounding,
    SeasonFacts,
    SeasonRate,
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
    """The rate plans of a hotel, archived ones too, with the hotel for its currency."""
    return RatePlan.objects.filter(hotel_id=hotel_id).select_related("hotel")


def seasons_of(hotel_id: UUID) -> QuerySet[Season]:
    """The seasons of a hotel with their prices."""
    return Season.objects.filter(hotel_id=hotel_id).select_related("hotel").prefetch_related("prices")


def charges_of(hotel_id: UUID) -> QuerySet[Charge]:
    """The taxes and fees of a hotel, archived ones too, with the hotel for its currency."""
    return Charge.objects.filter(hotel_id=hotel_id).select_related("hotel")


def rooms_of(hotel_id: UUID) -> QuerySet[Room]:
    """The physical rooms of a hotel, archived ones too."""
    return Room.objects.filter(hotel_id=hotel_id)


def closures_of(hotel_id: UUID, room_id: UUID) -> QuerySet[RoomClosure]:
    """When a room was or will be closed."""
    return RoomClosure.objects.filter(hotel_id=hotel_id, room_id=room_id)


def closure_facts(row: RoomClosure) -> ClosureFacts:
    """What others may know of a closure."""
    return ClosureFacts(
        id=row.id,
        room_id=row.room_id,
        first=row.first,
        last=row.last,
        kind=ClosureKind(row.kind),
        reason=row.reason,
        created_by=row.created_by,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


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
        no_show_cutoff=row.no_show_cutoff,
        no_show_by=NoShowBy(row.no_show_by),
        no_show_nights=NoShowNights(row.no_show_nights),
        amenities=tuple(row.amenities),
        stars=row.stars,
        rating_average=row.rating_average,
        rating_count=row.rating_count,
        is_sandbox=row.is_sandbox,
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
        child_bands=tuple(
            ChildPrice(to_age=band.to_age, amount=from_minor(band.amount_minor, row.hotel.currency))
            for band in policies.bands_from(row.child_bands)
        ),
        archived=row.archived_at is not None,
    )


def rate_plan_facts(row: RatePlan) -> RatePlanFacts:
    """What others may know of a rate plan."""
    currency, terms = row.hotel.currency, policies.plan_terms(vars(row))
    return RatePlanFacts(
        id=row.id,
        hotel_id=row.hotel_id,
        code=row.code,
        name=row.name,
        meal_plan=MealPlan(row.meal_plan),
        percent=row.percent,
        parent_id=row.ancestors[-1] if row.ancestors else None,
        adjustment=_adjustment(row) if row.ancestors else None,
        visibility=Visibility(row.visibility),
        guarantee=terms.guarantee,
        prepayment_percent=terms.prepayment_percent,
        grace_hours=terms.grace_hours,
        cancellation_tiers=tuple(
            CancellationTier(days_before=tier.days_before, at=tier.at, penalty=_penalty_terms(tier.penalty, currency))
            for tier in terms.tiers
        ),
        no_show_penalty=_penalty_terms(terms.no_show, currency),
        archived=row.archived_at is not None,
    )


def _adjustment(row: RatePlan) -> Adjustment:
    return Adjustment(
        percent=row.adjustment_percent,
        amount=from_minor(row.adjustment_minor, row.hotel.currency),
        per_person=row.adjustment_per_person,
        rounding_step=from_minor(row.rounding_step_minor, row.hotel.currency),
        rounding=Rounding(row.rounding),
    )


def _penalty_terms(penalty: Penalty, currency: str) -> PenaltyTerms:
    return PenaltyTerms(
        percent=penalty.percent,
        nights=penalty.nights,
        amount=None if penalty.amount_minor is None else from_minor(penalty.amount_minor, currency),
    )


def season_facts(row: Season) -> SeasonFacts:
    """A season with its prices: weekdays of one price stand together."""
    return SeasonFacts(
        id=row.id,
        hotel_id=row.hotel_id,
        name=row.name,
        first=row.first,
        last=row.last,
        prices=_season_rates(row.prices.all(), row.hotel.currency),
    )


def _season_rates(rows: Iterable[SeasonPrice], currency: str) -> tuple[SeasonRate, ...]:
    together: dict[tuple[UUID, UUID, int, tuple[int, ...]], list[int]] = {}
    for row in sorted(rows, key=lambda row: (row.room_type_id, row.rate_plan_id, row.weekday)):
        price = (row.room_type_id, row.rate_plan_id, row.amount_minor, tuple(row.by_adults or ()))
        together.setdefault(price, []).append(row.weekday)
    return tuple(
        SeasonRate(
            room_type_id=room_type_id,
            rate_plan_id=rate_plan_id,
            price=from_minor(amount_minor, currency),
            weekdays=tuple(weekdays),
            by_adults=tuple(from_minor(amount, currency) for amount in by_adults),
        )
        for (room_type_id, rate_plan_id, amount_minor, by_adults), weekdays in together.items()
    )


def charge_facts(row: Charge) -> ChargeFacts:
    """A tax or fee as its hotel has set it up."""
    return ChargeFacts(
        id=row.id,
        hotel_id=row.hotel_id,
        code=row.code,
        name=row.name,
        kind=ChargeKind(row.kind),
        per=ChargePer(row.per),
        percent=row.percent,
        amount=from_minor(row.amount_minor, row.hotel.currency) if row.percent is None else None,
        inclusive=row.inclusive,
        on_room=row.on_room,
        on_charges=tuple(row.on_charges),
        exempt_under_age=row.exempt_under_age,
        max_nights=row.max_nights,
        first=row.first,
        last=row.last,
        due=ChargeDue(row.due),
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
