"""Reading bookings: for somebody, with the right to; and for other apps, as facts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import policies
from apps.bookings.services._transitions import cancellation_penalty
from apps.bookings.services._views import BookingView, get_booking
from apps.bookings.types import Status
from apps.inventory import services as inventory
from apps.platform import clock, money
from apps.platform.db import fetch_all
from apps.platform.errors import NotFound
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class StayFacts:
    """One room stay as other apps need it: whose, where, when, how far."""

    reservation_id: UUID
    booking_id: UUID
    hotel_id: UUID
    account_id: UUID | None
    guest_name: str
    status: Status
    arrival: date
    departure: date
    checked_out_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CancellationPreview:
    """What canceling now would cost, the same figure that canceling then charges, and the terms behind it."""

    penalty: Money
    cancellation: inventory.Cancellation
    time_zone: str


def read_booking(booking_id: UUID, *, caller: accounts.Caller) -> BookingView:
    """A booking for its owner or for the staff of its hotel.

    :raises NotFound: if there is none, or it is somebody else's.
    """
    rows = fetch_all("SELECT hotel_id, account_id, principal FROM bookings_booking WHERE id = %s", [booking_id])
    if not rows:
        raise NotFound("There is no such booking.")
    if not policies.is_own(rows[0], user_id=caller.user_id, principal=caller.principal):
        access = accounts.rights_of(caller)
        if not access.allows(accounts.Permission.VIEW_BOOKINGS, rows[0]["hotel_id"]):
            raise NotFound("There is no such booking.")
    return get_booking(booking_id)


def preview_cancellation(booking_id: UUID, *, caller: accounts.Caller) -> CancellationPreview:
    """What canceling the booking would cost at this moment.

    :raises NotFound: if there is none, or it is somebody else's.
    """
    view = read_booking(booking_id, caller=caller)
    row = fetch_all("SELECT currency, cancellation_terms FROM bookings_booking WHERE id = %s", [booking_id])[0]
    over = {Status.CANCELED, Status.EXPIRED}
    reservations = [{"status": stay.status} for stay in view.reservations if stay.status not in over]
    penalty = cancellation_penalty(row, reservations, clock.now())
    return CancellationPreview(
        penalty=money.from_minor(penalty, row["currency"]), cancellation=view.cancellation, time_zone=view.time_zone
    )


def get_stay(reservation_id: UUID) -> StayFacts:
    """One room stay, whoever asks: the caller of this service is responsible for who may see it.

    :raises NotFound: if there is none.
    """
    stay = get_stays([reservation_id]).get(reservation_id)
    if stay is None:
        raise NotFound("There is no such reservation.")
    return stay


def get_stays(reservation_ids: Iterable[UUID]) -> dict[UUID, StayFacts]:
    """The room stays there are among these ids. One statement."""
    rows = fetch_all(
        "SELECT stay.id AS reservation_id, stay.booking_id, stay.hotel_id, booking.account_id, stay.guest_name,"
        " stay.status, stay.arrival, stay.departure, stay.checked_out_at"
        " FROM bookings_reservation AS stay JOIN bookings_booking AS booking ON booking.id = stay.booking_id"
        " WHERE stay.id = ANY(%s::uuid[])",
        [list(reservation_ids)],
    )
    return {row["reservation_id"]: StayFacts(**row | {"status": Status(row["status"])}) for row in rows}
