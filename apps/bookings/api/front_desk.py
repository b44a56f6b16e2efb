"""The HTTP face of the front desk: rooms for stays, guests in and out."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.bookings import services
from apps.bookings.api.callers import caller_of
from apps.bookings.api.serializers import NoBody
from apps.platform.http.answers import answer
from apps.platform.http.fields import OneLineField
from apps.platform.http.requests import StrictSerializer, idempotency_key, parse_body


class CheckInBody(StrictSerializer):
    room_id = serializers.UUIDField(required=False, help_text="Without one: the room assigned, or the best ready one.")


class AssignBody(StrictSerializer):
    room_id = serializers.UUIDField(required=False, help_text="Without one: whichever fits best.")
    do_not_move = serializers.BooleanField(required=False, help_text="Whether the guest is promised the room.")
    even_if_promised = serializers.BooleanField(required=False, help_text="The guest was promised another, and agrees.")


class UnassignBody(StrictSerializer):
    even_if_promised = serializers.BooleanField(required=False, help_text="The guest was promised it, and agrees.")


class MoveBody(StrictSerializer):
    room_id = serializers.UUIDField()
    from_date = serializers.DateField(
        required=False, help_text="The first night in it; by default tonight for a guest in house, else the arrival."
    )
    reason = OneLineField(max_length=500, required=False, allow_blank=True)
    keep_price = serializers.BooleanField(required=False, default=True, help_text="Another price is an amendment.")
    even_if_promised = serializers.BooleanField(required=False, help_text="The guest was promised the old one.")


class _FrontDesk(APIView):
    """Something with one room by the staff of its hotel."""

    write_throttle_scope = "book"
    requires_key = True


class ReservationAssign(_FrontDesk):
    """Give a stay a room of its type: the one named, or the one that fits best."""

    @extend_schema(request=AssignBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        body = parse_body(AssignBody, request)
        command = services.AssignRoom(reservation_id=reservation_id, **body)
        return answer(
            request, services.assign_room(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class ReservationUnassign(_FrontDesk):
    """Take the room away from a stay that has not begun."""

    @extend_schema(request=UnassignBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        body = parse_body(UnassignBody, request)
        command = services.UnassignRoom(reservation_id=reservation_id, **body)
        return answer(
            request, services.unassign_room(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class ReservationMove(_FrontDesk):
    """Another room from a date on, of any type, at the price that was agreed on."""

    @extend_schema(request=MoveBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        body = parse_body(MoveBody, request)
        command = services.MoveRoom(reservation_id=reservation_id, **body)
        return answer(request, services.move_room(command, caller=caller_of(request), key=idempotency_key(request)), {})


class ReservationCheckIn(_FrontDesk):
    """The guest is in the house."""

    @extend_schema(request=CheckInBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        body = parse_body(CheckInBody, request)
        command = services.CheckIn(reservation_id=reservation_id, **body)
        return answer(request, services.check_in(command, caller=caller_of(request), key=idempotency_key(request)), {})


class ReservationCheckOut(_FrontDesk):
    """The guest has left; nights not stayed are free again."""

    @extend_schema(request=NoBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        parse_body(NoBody, request)
        command = services.CheckOut(reservation_id=reservation_id)
        return answer(request, services.check_out(command, caller=caller_of(request), key=idempotency_key(request)), {})


class ReservationNoShow(_FrontDesk):
    """The guest did not come."""

    @extend_schema(request=NoBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        parse_body(NoBody, request)
        command = services.RecordNoShow(reservation_id=reservation_id)
        return answer(
            request, services.record_no_show(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )
