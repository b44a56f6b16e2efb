"""What guests need besides the sale: more time, their booking in their account, a new link."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.bookings import services
from apps.bookings.api import serializers
from apps.bookings.api.callers import caller_of
from apps.platform.http.answers import answer
from apps.platform.http.requests import idempotency_key, parse_body


class BookingExtendHold(APIView):
    """Hold the rooms of a pending booking for longer, as long as that is possible."""

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(request=serializers.NoBody, responses={200: services.BookingView})
    def post(self, request: Request, booking_id: UUID) -> HttpResponse:
        parse_body(serializers.NoBody, request)
        command = services.ExtendHold(booking_id=booking_id)
        return answer(
            request, services.extend_hold(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class BookingClaim(APIView):
    """Take a booking that was placed without an account into one's own, by the same verified address."""

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(request=serializers.NoBody, responses={200: services.BookingView})
    def post(self, request: Request, booking_id: UUID) -> HttpResponse:
        parse_body(serializers.NoBody, request)
        command = services.ClaimBooking(booking_id=booking_id)
        return answer(
            request, services.claim_booking(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class BookingManageLink(APIView):
    """Make the manage secret of a booking invalid; the booker gets a new link by mail, and only there."""

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(request=serializers.NoBody, responses={200: services.BookingView})
    def post(self, request: Request, booking_id: UUID) -> HttpResponse:
        parse_body(serializers.NoBody, request)
        command = services.RenewManageLink(booking_id=booking_id)
        return answer(
            request, services.renew_manage_link(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )
