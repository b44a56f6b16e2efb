"""Hotels: founding one, changing it, and what others may know of it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import DataError, connection, transaction
from django.db.models import Q

from apps.accounts.services import Access, Permission, require_second_factor
from apps.inventory import policies, selectors
from apps.inventory.models import Charge, Hold, Hotel, RatePlan, RoomNight, RoomType
from apps.inventory.services._audit import record_added, record_changed, state_of
from apps.inventory.services._checks import hotel_of, refuse_if, require
from apps.inventory.services._generation import fill_nights, keep_generation_out
from apps.inventory.types import HotelFacts, NoShowBy, NoShowNights
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.errors import Conflict, Denied, Invalid, NotFound
from apps.platform.money import exponent, is_currency

MAX_AMENITIES = 50
_MAX_STARS = 5


class FixedOnceReserved(Conflict):
    """Time zone and currency give stored stays their meaning."""

    code = "fixed_once_reserved"
    title = "Fixed once there is a reservation"
    cause = "A hotel's time zone and currency give the stored dates and prices of its reservations their meaning."
    remedy = "Leave both as they are. A hotel that really moved or changed its currency is set up as a new one."


@dataclass(frozen=True, kw_only=True)
class HotelChanges:
    """What is to be changed of a hotel; None leaves it as it is."""

    name: str | None = None
    description: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    time_zone: str | None = None
    currency: str | None = None
    check_in_time: time | None = None
    check_out_time: time | None = None
    business_day_rollover: time | None = None
    no_show_cutoff: time | None = None
    no_show_by: NoShowBy | None = None
    no_show_nights: NoShowNights | None = None
    amenities: tuple[str, ...] | None = None
    stars: int | None = None
    archived: bool | None = None
    staff_need_second_factor: bool | None = None


def create_hotel(
    *,
    access: Access,
    name: str,
    address: str,
    city: str,
    country: str,
    time_zone: str,
    currency: str,
    description: str = "",
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    check_in_time: time = time(15),
    check_out_time: time = time(11),
    business_day_rollover: time = time(3),
    no_show_cutoff: time = time(3),
    no_show_by: NoShowBy = NoShowBy.HAND,
    no_show_nights: NoShowNights = NoShowNights.NOON,
    amenities: tuple[str, ...] = (),
    stars: int | None = None,
    is_sandbox: bool = False,
) -> HotelFacts:
    """Found a hotel. It has a flexible rate plan from the start, so that its first room type can be sold at once.

    :param is_sandbox: for trying things out: no search finds it, and its clock can be advanced. For good.

    :raises Denied: if the caller may found none.
    :raises Invalid: naming each field that cannot be right.
    """
    if access.scopes(Permission.CREATE_HOTEL) == frozenset():
        raise Denied()
    row = Hotel(
        id=policies.sandbox_id(uuid7()) if is_sandbox else uuid7(),
        is_sandbox=is_sandbox,
        name=name,
        description=description,
        address=address,
        city=city,
        country=country.upper(),
        latitude=latitude,
        longitude=longitude,
        time_zone=time_zone,
        currency=currency,
        check_in_time=check_in_time,
        check_out_time=check_out_time,
        business_day_rollover=business_day_rollover,
        no_show_cutoff=no_show_cutoff,
        no_show_by=no_show_by,
        no_show_nights=no_show_nights,
        amenities=list(amenities),
        stars=stars,
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    _require_right(row)
    with transaction.atomic():
        row.save(force_insert=True)
        RatePlan.objects.create(hotel=row, code="FLEX", name="Flexible rate")
        record_added(access, row)
    return selectors.hotel_facts(row)


def update_hotel(*, access: Access, hotel_id: UUID, changes: HotelChanges) -> HotelFacts:
    """Change what `changes` names.

    :raises FixedOnceReserved: if it is the time zone or the currency of a hotel that has reservations.
    :raises Invalid: naming each field that cannot be right.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    with transaction.atomic():
        row = Hotel.objects.select_for_update(no_key=True).filter(id=hotel_id).first()
        if row is None:
            raise NotFound("There is no such hotel.")
        if changes.staff_need_second_factor is not None:
            require_second_factor(access=access, scope_id=hotel_id, required=changes.staff_need_second_factor)
        before = state_of(row)
        zone, currency = row.time_zone, row.currency
        for name, value in _given(changes).items():
            setattr(row, name, value)
        _require_right(row)
        if (row.time_zone, row.currency) != (zone, currency):
            _require_no_reservation(hotel_id)
            _require_same_unit(row, currency)
        row.updated_at = clock.now()
        row.save(force_update=True)
        if row.time_zone != zone:
            keep_generation_out()
            fill_nights(hotel_id=hotel_id)
        record_changed(access, row, before)
    return selectors.hotel_facts(row)


def _given(changes: HotelChanges) -> dict[str, Any]:
    given = {field.name: getattr(changes, field.name) for field in fields(changes)}
    given.pop("staff_need_second_factor")
    given = {name: value for name, value in given.items() if value is not None}
    if "archived" in given:
        given["archived_at"] = clock.now() if given.pop("archived") else None
    if "amenities" in given:
        given["amenities"] = list(given["amenities"])
    if "country" in given:
        given["country"] = given["country"].upper()
    return given


def _require_right(row: Hotel) -> None:
    coordinates = (row.latitude, row.longitude)
    refuse_if(
        {
            "/name": None if row.name.strip() else "A hotel has a name.",
            "/city": None if row.city.strip() else "A hotel is in a city.",
            "/country": None if policies.is_country(row.country) else "Not an ISO 3166-1 alpha-2 code.",
            "/time_zone": None if _is_known_zone(row.time_zone) else "Not an IANA time zone.",
            "/currency": None if is_currency(row.currency) else "Not an active ISO 4217 currency.",
            "/longitude": "Latitude and longitude go together." if coordinates.count(None) == 1 else None,
            "/stars": "Stars are 1 to 5." if row.stars is not None and not 1 <= row.stars <= _MAX_STARS else None,
            "/amenities": f"At most {MAX_AMENITIES}." if len(row.amenities) > MAX_AMENITIES else None,
        }
    )


def _is_known_zone(name: str) -> bool:
    """Whether Python and PostgreSQL both know the zone: generation and search reckon in SQL."""
    if not policies.is_time_zone(name):
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s::timestamptz AT TIME ZONE %s", [clock.now(), name])
    except DataError:
        return False
    return True


def _require_no_reservation(hotel_id: UUID) -> None:
    types = RoomType.objects.filter(hotel_id=hotel_id).values("id")
    taken = RoomNight.objects.filter(Q(sold__gt=0) | Q(held__gt=0), room_type__in=types)
    if taken.exists() or Hold.objects.filter(room_type__in=types).exists():
        raise FixedOnceReserved()


def _require_same_unit(row: Hotel, currency: str) -> None:
    if exponent(row.currency) != exponent(currency) and _has_amounts(row):
        detail = f"The hotel has prices in {currency}, which has another smallest unit."
        raise Invalid(detail, items=[{"code": "invalid", "detail": detail, "pointer": "/currency"}])


def _has_amounts(row: Hotel) -> bool:
    """Whether anything of the hotel is stored in units of its currency."""
    says_so = ~Q(ancestors=[]) | Q(cancellation_tiers__isnull=False) | Q(no_show_penalty__isnull=False)
    of_hotel = (RoomType.objects, Charge.objects, RatePlan.objects.filter(says_so))
    return any(rows.filter(hotel=row).exists() for rows in of_hotel)


def set_hotel_rating(*, hotel_id: UUID, average: Decimal | None, count: int) -> None:
    """Keep what guests think of the hotel beside it, so that search sorts by a column of its own."""
    Hotel.objects.filter(id=hotel_id).update(rating_average=average, rating_count=count, updated_at=clock.now())


def get_hotel(hotel_id: UUID) -> HotelFacts:
    """A hotel, archived or not.

    :raises NotFound: if there is none.
    """
    return selectors.hotel_facts(hotel_of(hotel_id))


def get_hotels(ids: Iterable[UUID]) -> dict[UUID, HotelFacts]:
    """Hotels by id, archived or not; unknown ids are left out."""
    return {row.id: selectors.hotel_facts(row) for row in Hotel.objects.filter(id__in=set(ids))}


def hotels_recording_no_shows() -> list[UUID]:
    """The hotels in which a job records who did not come."""
    return list(Hotel.objects.filter(no_show_by=NoShowBy.JOB.value).order_by("id").values_list("id", flat=True))


def business_date(hotel: HotelFacts, instant: datetime) -> date:
    """The hotel's business date at `instant`."""
    return policies.business_date(instant, hotel.time_zone, hotel.business_day_rollover)
