"""Lists of this app's own rows, for its API and its admin."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.accounts import services as accounts
from apps.bookings.models import Booking, Reservation
from apps.bookings.types import Status
from apps.platform import clock, principals


def bookings_visible_to(caller: accounts.Caller) -> QuerySet[Booking]:
    """One's own bookings and those of the hotels whose bookings one may see."""
    scopes = accounts.rights_of(caller).scopes(accounts.Permission.VIEW_BOOKINGS)
    if scopes is None:
        return Booking.objects.all()
    return Booking.objects.filter(_own(caller) | Q(hotel_id__in=scopes))


def claimable_by(caller: accounts.Caller) -> QuerySet[Booking]:
    """What was booked without an account for the address of the caller's, if it is verified that this is theirs."""
    profile = None if caller.user_id is None else accounts.profile_of(caller.user_id)
    if profile is None or not profile.email_verified:
        return Booking.objects.none()
    return Booking.objects.filter(
        principal=principals.guest(profile.email), account_id__isnull=True, erased_at__isnull=True
    )


def _own(caller: accounts.Caller, booking: str = "") -> Q:
    """Of an account: whatever is in its name. Of an API key: what it has booked itself. Of a secret: what it opens."""
    if caller.only is not None:
        return Q(**{f"{booking}id": caller.only})
    if caller.user_id is None:
        return Q(**{f"{booking}principal": caller.principal})
    return Q(**{f"{booking}account_id": caller.user_id})


def narrowed(
    bookings: QuerySet[Booking],
    *,
    confirmation_number: str | None = None,
    external_id: str | None = None,
    hotel_id: UUID | None = None,
    status: str | None = None,
    updated_since: datetime | None = None,
) -> QuerySet[Booking]:
    """The bookings to which every filter that is given applies; `status` is that of any of their rooms."""
    filters = {
        "confirmation_number": confirmation_number.upper() if confirmation_number else None,
        "external_id": external_id,
        "hotel_id": hotel_id,
        "updated_at__gte": updated_since,
    }
    bookings = bookings.filter(**{name: value for name, value in filters.items() if value is not None})
    if status is not None:
        bookings = bookings.filter(id__in=Reservation.objects.filter(status=status).values("booking_id"))
    return bookings


def reservations_visible_to(
    caller: accounts.Caller,
    *,
    hotel_id: UUID | None = None,
    arrival: date | None = None,
    departure: date | None = None,
    status: str | None = None,
) -> QuerySet[Reservation]:
    """The room stays of the bookings that one may see, to which every filter that is given applies."""
    filters = {"hotel_id": hotel_id, "arrival": arrival, "departure": departure, "status": status}
    reservations = Reservation.objects.filter(**{name: value for name, value in filters.items() if value is not None})
    scopes = accounts.rights_of(caller).scopes(accounts.Permission.VIEW_BOOKINGS)
    if scopes is None:
        return reservations
    return reservations.filter(_own(caller, "booking__") | Q(hotel_id__in=scopes))


def reservations_of_hotels(hotel_ids: Collection[UUID] | None) -> QuerySet[Reservation]:
    """The room stays of some hotels, None for all, with their bookings at hand."""
    reservations = Reservation.objects.select_related("booking")
    return reservations if hotel_ids is None else reservations.filter(hotel_id__in=hotel_ids)


class DeskList(StrEnum):
    """The lists by which a front desk works, each on the hotel's own business date."""

    ARRIVALS = "arrivals"
    DEPARTURES = "departures"
    IN_HOUSE = "in_house"
    LATE_ARRIVALS = "late_arrivals"
    LATE_DEPARTURES = "late_departures"


_ON_DESK_LIST: Mapping[DeskList, Callable[[date], Q]] = {
    DeskList.ARRIVALS: lambda today: Q(status=Status.CONFIRMED, arrival=today),
    DeskList.DEPARTURES: lambda today: Q(status=Status.CHECKED_IN, departure=today),
    DeskList.IN_HOUSE: lambda _: Q(status=Status.CHECKED_IN),
    DeskList.LATE_ARRIVALS: lambda today: Q(status=Status.CONFIRMED, arrival__lt=today),
    DeskList.LATE_DEPARTURES: lambda today: Q(status=Status.CHECKED_IN, departure__lt=today),
}


@dataclass(frozen=True, kw_only=True)
class DeskCounts:
    """How many room stays are on each list of one hotel."""

    arrivals: int = 0
    departures: int = 0
    in_house: int = 0
    late_arrivals: int = 0
    late_departures: int = 0


def on_desk_list(
    reservations: QuerySet[Reservation], desk: DeskList, *, today: Mapping[UUID, date]
) -> QuerySet[Reservation]:
    """Those of the room stays that are on a list of the hotels in `today`, which says the business date of each."""
    return reservations.filter(where_local(_ON_DESK_LIST[desk], today=today))


def where_local(condition: Callable[[date], Q], *, today: Mapping[UUID, date]) -> Q:
    """A condition on rows with a `hotel_id` that depends on the date at the hotel: one term for each date there is."""
    hotels: dict[date, list[UUID]] = {}
    for hotel_id, day in today.items():
        hotels.setdefault(day, []).append(hotel_id)
    return reduce(or_, (condition(day) & Q(hotel_id__in=ids) for day, ids in hotels.items()), Q(pk__in=()))


def desk_counts(*, today: Mapping[UUID, date]) -> dict[UUID, DeskCounts]:
    """How long each list of these hotels is: one statement, and the same conditions as the lists themselves."""
    live = Reservation.objects.filter(hotel_id__in=today, status__in=[Status.CONFIRMED, Status.CHECKED_IN])
    counted = {desk.value: Count("id", filter=where_local(_ON_DESK_LIST[desk], today=today)) for desk in DeskList}
    rows: Iterable[Any] = live.order_by().values("hotel_id").annotate(**counted)
    found = {row["hotel_id"]: DeskCounts(**{desk.value: row[desk.value] for desk in DeskList}) for row in rows}
    return {hotel_id: found.get(hotel_id, DeskCounts()) for hotel_id in today}


def holds_running_out(bookings: QuerySet[Booking], *, within: timedelta) -> QuerySet[Booking]:
    """The pending bookings that give their rooms back soon if nobody confirms them."""
    now = clock.now()
    return bookings.filter(hold_expires_at__gt=now, hold_expires_at__lte=now + within)
