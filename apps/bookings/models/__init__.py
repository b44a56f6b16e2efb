"""The tables of reservations: orders with their stays and nights, what they were like before, and the money."""

from apps.bookings.models.history import Revision
from apps.bookings.models.orders import Booking, Reservation, ReservationNight
from apps.bookings.models.payments import Payment, ProviderEvent, Refund

__all__ = ["Booking", "Payment", "ProviderEvent", "Refund", "Reservation", "ReservationNight", "Revision"]
