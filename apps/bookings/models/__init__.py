"""The tables of reservations: orders with their stays and nights, and what every revision of an order was like."""

from apps.bookings.models.history import Revision
from apps.bookings.models.orders import Booking, Reservation, ReservationNight

__all__ = ["Booking", "Reservation", "ReservationNight", "Revision"]
