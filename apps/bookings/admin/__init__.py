"""Bookings for the staff: the first screen, lists and pages to read, and the same commands as the API."""

from apps.bookings.admin import bookings, reservations

__all__ = ["bookings", "reservations"]
