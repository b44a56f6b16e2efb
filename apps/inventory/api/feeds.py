"""Calendars of room types for others: iCalendar for whoever has the address, and that address for the staff."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.inventory import services
from apps.inventory.api import serializers as bodies
from apps.inventory.api.views import access_of
from apps.platform import clock
from apps.platform.errors import TooMany
from apps.platform.http.addresses import client_address
from apps.platform.http.icalendar import Entry, calendar, calendar_answer, uid_of
from apps.platform.http.requests import StrictSerializer, parse_body, parse_query
from apps.platform.http.throttling import within_rate


class FeedAddressView(APIView):
    """The address of a room type's calendar, which portals and owners subscribe to."""

    @extend_schema(responses={200: services.FeedAddress})
    def get(self, request: Request, hotel_id: UUID, room_type_id: UUID) -> Response:
        """Where it is read. Whoever has the address learns which nights are full, and nothing of anybody."""
        parse_query(bodies.NoQuery, request)
        return Response(services.feed_address(access=access_of(request), hotel_id=hotel_id, room_type_id=room_type_id))

    @extend_schema(request=StrictSerializer, responses={200: services.FeedAddress})
    def post(self, request: Request, hotel_id: UUID, room_type_id: UUID) -> Response:
        """Make the address invalid: the answer is the new one."""
        parse_body(StrictSerializer, request)
        return Response(
            services.renew_feed_address(access=access_of(request), hotel_id=hotel_id, room_type_id=room_type_id)
        )


def room_type_feed(request: HttpRequest, room_type_id: UUID, token: str) -> HttpResponse:
    """The nights without a room left, as iCalendar."""
    if not within_rate("search", f"feed:{client_address(request)}"):
        raise TooMany()
    feed = services.read_feed(room_type_id, token)
    name = f"{feed.hotel_name}, {feed.room_type_name}"
    entries = [
        Entry(
            # (A run of full nights has no other name than its first night.)
            uid=uid_of(f"{room_type_id}-{first:%Y%m%d}"),
            first=first,
            until=until,
            summary="Not available",
            organizer=feed.hotel_name,
            takes_time=True,
        )
        for first, until in feed.full
    ]
    return calendar_answer(calendar(entries, name=name, written_at=clock.now()), file_name=f"{room_type_id}.ics")
