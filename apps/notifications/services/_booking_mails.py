"""Mails about bookings: what they say is gathered when the event is handled, in the hotel's own calendar."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.bookings import services as bookings
from apps.inventory import services as inventory
from apps.notifications.services._sending import queue_mail, suppress
from apps.platform.money import Money

CONFIRMED = "booking_confirmed"
CANCELED = "booking_canceled"
EXPIRED = "hold_expired"
LINK = "manage_link"
REFUNDED = "payment_refunded"


def mail_confirmation(*, event_id: UUID, booking_id: UUID) -> None:
    """Queue the confirmation to the booker, unless the booking has been canceled meanwhile."""
    booking = bookings.get_booking(booking_id)
    if booking.status != "canceled":
        _queue(CONFIRMED, event_id, booking)


def mail_cancellation(*, event_id: UUID, booking_id: UUID, canceled_at: datetime) -> None:
    """Queue the notice of cancellation; a confirmation that has not gone out yet no longer does.

    Rooms of the booking that somebody stays in are not canceled with the others: then the mail names those that are.
    """
    booking = bookings.get_booking(booking_id)
    if booking.status == "canceled":
        suppress(template=CONFIRMED, about_id=booking_id)
    canceled = [reservation for reservation in booking.reservations if reservation.status == "canceled"]
    _queue(
        CANCELED,
        event_id,
        booking,
        rooms=[_room(reservation) for reservation in canceled],
        partly=len(canceled) < len(booking.reservations),
        canceled_at=_moment(canceled_at, ZoneInfo(booking.time_zone)),
    )


def mail_expiry(*, event_id: UUID, booking_id: UUID) -> None:
    """Queue the notice that the hold has run out and nothing is booked."""
    _queue(EXPIRED, event_id, bookings.get_booking(booking_id))


def mail_refund(*, event_id: UUID, booking_id: UUID, payment_id: UUID) -> None:
    """Queue the notice of money that has gone back by one payment."""
    booking = bookings.get_booking(booking_id)
    payment = next(one for one in bookings.get_payments(booking_id).results if one.id == payment_id)
    _queue(
        REFUNDED,
        event_id,
        booking,
        refunded=_amount(payment.refunded),
        too_late=booking.status == "expired" and any(refund.cause == "late" for refund in payment.refunds),
    )


def mail_manage_link(*, event_id: UUID, booking_id: UUID) -> None:
    """Queue the new link of a booking, whose old one opens nothing any more. The link is made when the mail is sent."""
    if bookings.manage_path(booking_id) is not None:
        _queue(LINK, event_id, bookings.get_booking(booking_id))


def _queue(template: str, event_id: UUID, booking: bookings.BookingView, **more: Any) -> None:
    queue_mail(
        event_id=event_id,
        template=template,
        recipient=booking.booker.email,
        about_id=booking.id,
        account_id=bookings.get_stay(booking.reservations[0].id).account_id,
        context={**_context(booking, inventory.get_hotel(booking.hotel_id)), **more},
    )


def _context(booking: bookings.BookingView, hotel: inventory.HotelFacts) -> Mapping[str, Any]:
    """All that a mail about a booking can say, as text that is ready to be read."""
    return {
        "booking_id": str(booking.id),
        "confirmation_number": booking.confirmation_number,
        "booker_name": booking.booker.full_name,
        "hotel": {"name": hotel.name, "address": hotel.address, "city": hotel.city},
        "time_zone": hotel.time_zone,
        "arrival": _long(booking.arrival),
        "departure": _long(booking.departure),
        "check_in_time": f"{hotel.check_in_time:%H:%M}",
        "check_out_time": f"{hotel.check_out_time:%H:%M}",
        "nights": (booking.departure - booking.arrival).days,
        "rooms": [_room(reservation) for reservation in booking.reservations],
        "total": _amount(booking.total),
        "cancellation": list(_terms(booking, ZoneInfo(hotel.time_zone))),
    }


def _room(reservation: bookings.ReservationView) -> Mapping[str, Any]:
    return {
        "room_type": reservation.room_type.name,
        "rate_plan": reservation.rate_plan.name,
        "guest": reservation.guest.full_name,
        "party": _party(reservation.adults, len(reservation.children_ages)),
        "nights": [{"date": _short(night.date), "amount": _amount(night.amount)} for night in reservation.nights],
        "total": _amount(reservation.total),
    }


def _party(adults: int, children: int) -> str:
    party = f"{adults} adult{'s' * (adults != 1)}"
    return f"{party}, {children} {'child' if children == 1 else 'children'}" if children else party


def _terms(booking: bookings.BookingView, zone: ZoneInfo) -> Iterator[str]:
    """The frozen terms, one sentence for each step, on the hotel's wall clock."""
    for tier in booking.cancellation.timeline:
        start, end, penalty = tier["from"], tier["until"], tier["penalty"]
        cost = "Free of charge" if not Decimal(penalty.amount) else _amount(penalty)
        since = f" from {_moment(start, zone)}" if start else ""
        until = f" until {_moment(end, zone)}" if end else ""
        yield f"{cost}{since}{until}."


def _moment(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{_long(local.date())}, {local:%H:%M}"


def _long(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _amount(money: Money) -> str:
    return f"{money.amount} {money.currency}"
