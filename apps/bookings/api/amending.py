"""The HTTP face of amending a booking, and of looking at what that would change."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.api.serializers import BookerBody, GuestBody, OverrideBody
from apps.platform.http.answers import answer
from apps.platform.http.requests import (
    StrictSerializer,
    expected_revision,
    idempotency_key,
    parse_body,
    parse_query,
    user_id,
)


class StayChangeBody(StrictSerializer):
    """What is to be changed of one room; what is left out stays as it is."""

    id = serializers.UUIDField()
    arrival = serializers.DateField(required=False)
    departure = serializers.DateField(required=False)
    room_type_id = serializers.UUIDField(required=False)
    rate_plan_id = serializers.UUIDField(required=False)
    adults = serializers.IntegerField(min_value=1, max_value=20, required=False)
    children_ages = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=17), max_length=10, required=False
    )
    guest = GuestBody(required=False)


class AmendBody(StrictSerializer):
    reservations = serializers.ListField(child=StayChangeBody(), max_length=20, required=False, default=list)
    booker = BookerBody(required=False)
    special_requests = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    override = OverrideBody(required=False)


class AmendQuery(StrictSerializer):
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Answer with what would change, and change nothing."
    )


class BookingAmend(APIView):
    """Change dates, rooms, rates, people or words of a booking: nights that nothing changes of keep their price.

    With `dry_run=true` it answers with the difference instead; no key is needed then, nor `If-Match`.
    """

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(parameters=[AmendQuery], request=AmendBody, responses={200: services.BookingView})
    def post(self, request: Request, booking_id: UUID) -> HttpResponse:
        dry_run = parse_query(AmendQuery, request)["dry_run"]
        command = _command(booking_id, parse_body(AmendBody, request))
        caller = accounts.caller_for(user_id(request), credential=request.auth)
        if dry_run:
            revision = expected_revision(request) if "If-Match" in request.headers else None
            preview = services.preview_amendment(command, caller=caller, expected_revision=revision)
            return Response(preview, headers={"ETag": preview.etag})
        outcome = services.amend_booking(
            command, caller=caller, key=idempotency_key(request), expected_revision=expected_revision(request)
        )
        return answer(request, outcome, {})

    def example_body(self, request: Request, booking_id: UUID) -> dict[str, Any]:
        """Other words, and the first room a night longer."""
        caller = accounts.caller_for(user_id(request), credential=request.auth)
        stay = services.read_booking(booking_id, caller=caller).reservations[0]
        return {
            "reservations": [{"id": stay.id, "departure": stay.departure + timedelta(days=1)}],
            "special_requests": "A quiet room",
        }


def _command(booking_id: UUID, body: Mapping[str, Any]) -> services.AmendBooking:
    return services.AmendBooking(
        booking_id=booking_id,
        reservations=tuple(_change(change) for change in body["reservations"]),
        booker=services.Booker(**body["booker"]) if "booker" in body else None,
        special_requests=body.get("special_requests"),
        override=services.Override(**body["override"]) if "override" in body else None,
    )


def _change(body: Mapping[str, Any]) -> services.StayChange:
    product = ("arrival", "departure", "room_type_id", "rate_plan_id", "adults")
    ages = body.get("children_ages")
    return services.StayChange(
        reservation_id=body["id"],
        **{name: body.get(name) for name in product},
        children_ages=None if ages is None else tuple(ages),
        guest_name=body["guest"]["full_name"] if "guest" in body else None,
    )
