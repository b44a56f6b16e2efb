"""Reading bookings: for somebody, with the right to; and for other apps, as facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import policies
from apps.bookings.services._canceling import penalty_of
from apps.bookings.services._views import BookingView, get_booking, get_tree, tiers_of
from apps.bookings.types import Status
from apps.inventory import services as inventory
from apps.platform import clock, money
from apps.platform.db import fetch_all, fetch_one
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
    require_sight(caller, booking_id=booking_id)
    return get_booking(booking_id)


def read_booking_of(reservation_id: UUID, *, caller: accounts.Caller) -> BookingView:
    """The booking that a reservation belongs to, for its owner or for the staff of its hotel.

    :raises NotFound: if there is none, or it is somebody else's.
    """
    return get_booking(require_sight(caller, reservation_id=reservation_id))


_WHOSE = """
SELECT id, hotel_id, account_id, principal FROM bookings_booking
 WHERE id = coalesce(%(booking_id)s::uuid,
                     (SELECT booking_id FROM bookings_reservation WHERE id = %(reservation_id)s::uuid))
"""


def require_sight(
    caller: accounts.Caller, *, booking_id: UUID | None = None, reservation_id: UUID | None = None
) -> UUID:
    """The id of the booking, or of that which the reservation belongs to, if the caller may see it.

    :raises NotFound: if there is none, or it is somebody else's.
    """
    booking = fetch_one(_WHOSE, {"booking_id": booking_id, "reservation_id": reservation_id})
    if booking is None or not _may_see(caller, booking):
        raise NotFound("There is no such booking." if booking_id else "There is no such reservation.")
    found: UUID = booking["id"]
    return found


def _may_see(caller: accounts.Caller, booking: Mapping[str, Any]) -> bool:
    if policies.is_own(booking, user_id=caller.user_id, principal=caller.principal, only=caller.only):
        return True
    return accounts.rights_of(caller).allows(accounts.Permission.VIEW_BOOKINGS, booking["hotel_id"])


def preview_cancellation(booking_id: UUID, *, caller: accounts.Caller) -> CancellationPreview:
    """What canceling all rooms of a booking would cost at this moment.

    :raises NotFound: if there is none, or it is somebody else's.
    """
    return _preview(require_sight(caller, booking_id=booking_id), None)


def preview_stay_cancellation(reservation_id: UUID, *, caller: accounts.Caller) -> CancellationPreview:
    """What canceling one room of a booking would cost at this moment.

    :raises NotFound: if there is none, or it is somebody else's.
    """
    return _preview(require_sight(caller, reservation_id=reservation_id), reservation_id)


def _preview(booking_id: UUID, reservation_id: UUID | None) -> CancellationPreview:
    booking = get_tree(booking_id)
    stays = [stay for stay in booking["reservations"] if reservation_id in (None, stay["id"])]
    with clock.own_pace():
        inventory.go_by_clock_of(booking["hotel_id"])
        penalty = sum(penalty_of(stay, clock.now()) for stay in stays)
    terms = tiers_of(booking if reservation_id is None else stays[0])
    return CancellationPreview(
        penalty=money.from_minor(penalty, booking["currency"]),
        cancellation=inventory.cancellation_of(terms, booking["currency"]),
        time_zone=inventory.labels_of(hotel_ids=[booking["hotel_id"]]).hotels[booking["hotel_id"]].time_zone,
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
