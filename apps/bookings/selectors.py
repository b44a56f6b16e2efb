"""Lists of this app's own rows, for its API and its admin."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts import services as accounts
from apps.bookings.models import Booking, Reservation


def bookings_visible_to(user_id: UUID, access: accounts.Access) -> QuerySet[Booking]:
    """One's own bookings and those of the hotels whose bookings one may see."""
    scopes = access.scopes(accounts.Permission.VIEW_BOOKINGS)
    if scopes is None:
        return Booking.objects.all()
    return Booking.objects.filter(Q(account_id=user_id) | Q(hotel_id__in=scopes))


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
    user_id: UUID,
    access: accounts.Access,
    *,
    hotel_id: UUID | None = None,
    arrival: date | None = None,
    departure: date | None = None,
    status: str | None = None,
) -> QuerySet[Reservation]:
    """The room stays of the bookings that one may see, to which every filter that is given applies."""
    filters = {"hotel_id": hotel_id, "arrival": arrival, "departure": departure, "status": status}
    reservations = Reservation.objects.filter(**{name: value for name, value in filters.items() if value is not None})
    scopes = access.scopes(accounts.Permission.VIEW_BOOKINGS)
    if scopes is None:
        return reservations
    return reservations.filter(Q(booking__account_id=user_id) | Q(hotel_id__in=scopes))


def reservations_of_hotels(hotel_ids: Collection[UUID] | None) -> QuerySet[Reservation]:
    """The room stays of some hotels, None for all, with their bookings at hand."""
    reservations = Reservation.objects.select_related("booking")
    return reservations if hotel_ids is None else reservations.filter(hotel_id__in=hotel_ids)
