"""Stays as iCalendar: for the calendar of who travels."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.bookings import services
from apps.bookings.api.callers import caller_of
from apps.bookings.types import Status
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.http.icalendar import CONTENT_TYPE, Entry, calendar, calendar_answer, uid_of
from apps.platform.http.json import JSONRenderer
from apps.platform.http.requests import StrictSerializer, parse_query

_STATUS = {
    Status.PENDING: "TENTATIVE",
    Status.CANCELED: "CANCELLED",
    Status.EXPIRED: "CANCELLED",
    Status.NO_SHOW: "CANCELLED",
}


class CalendarRenderer(JSONRenderer):
    """Lets a client ask for `text/calendar`, which the views write themselves: what is rendered here are refusals."""

    media_type = CONTENT_TYPE.partition(";")[0]


class BookingCalendar(APIView):
    """A booking as iCalendar: one entry for each room, from arrival to departure, as whole days."""

    renderer_classes = [CalendarRenderer, JSONRenderer]
    is_place = False

    @extend_schema(responses={(200, "text/calendar"): OpenApiTypes.STR})
    def get(self, request: Request, booking_id: UUID) -> HttpResponse:
        parse_query(StrictSerializer, request)
        return calendar_of(services.read_booking(booking_id, caller=caller_of(request)))


class ReservationCalendar(APIView):
    """One room of a booking as iCalendar."""

    renderer_classes = [CalendarRenderer, JSONRenderer]
    is_place = False

    @extend_schema(responses={(200, "text/calendar"): OpenApiTypes.STR})
    def get(self, request: Request, reservation_id: UUID) -> HttpResponse:
        parse_query(StrictSerializer, request)
        booking = services.read_booking_of(reservation_id, caller=caller_of(request))
        return calendar_of(booking, only=reservation_id)


def calendar_of(booking: services.BookingView, *, only: UUID | None = None) -> HttpResponse:
    """The file with a booking, or one room of it. The rooms of a booking that are given up are canceled entries."""
    hotel = inventory.get_hotel(booking.hotel_id)
    rooms = [room for room in booking.reservations if only in (None, room.id)]
    body = calendar([_entry(booking, room, hotel) for room in rooms], name=hotel.name, written_at=clock.now())
    number = booking.confirmation_number if only is None else rooms[0].number
    return calendar_answer(body, file_name=f"{number}.ics")


def _entry(booking: services.BookingView, room: services.ReservationView, hotel: inventory.HotelFacts) -> Entry:
    return Entry(
        uid=uid_of(room.id),
        first=room.arrival,
        until=room.departure,
        summary=hotel.name,
        organizer=hotel.name,
        sequence=booking.revision,
        status=_STATUS.get(room.status, "CONFIRMED"),
        description="\n".join(
            [
                f"Confirmation number {room.number}",
                f"{room.room_type.name} for {room.guest.full_name}",
                f"Check-in from {hotel.check_in_time:%H:%M}, check-out until {hotel.check_out_time:%H:%M}",
            ]
        ),
        location=", ".join(part for part in (hotel.name, hotel.address, hotel.city) if part),
    )
