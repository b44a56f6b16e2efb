"""The HTTP face of payments: paying, giving back, and what the provider tells."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.bookings import services
from apps.bookings.api.callers import caller_of
from apps.platform.http.answers import answer
from apps.platform.http.fields import MoneyBody, OneLineField
from apps.platform.http.requests import StrictSerializer, idempotency_key, parse_body

CASH = "cash"


class PaymentBody(StrictSerializer):
    amount = MoneyBody(required=False, help_text="Without: what is due now, else the balance.")
    method = serializers.RegexField(
        r"\A[A-Za-z0-9_.:-]*\Z",
        max_length=100,
        required=False,
        default="",
        allow_blank=True,
        help_text="The token of a card, from the provider; or `cash`, which staff have taken at the desk.",
    )


class RefundBody(StrictSerializer):
    amount = MoneyBody(required=False, help_text="Without: what was paid beyond what is owed.")
    reason = OneLineField(max_length=500)


class BookingPayments(APIView):
    """GET the payments of a booking. POST pays: by the provider, or as staff in cash at the desk."""

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(responses={200: services.PaymentsView})
    def get(self, request: Request, booking_id: UUID) -> Response:
        return Response(services.read_payments(booking_id, caller=caller_of(request)))

    @extend_schema(request=PaymentBody, responses={201: services.PaymentView})
    def post(self, request: Request, booking_id: UUID) -> HttpResponse:
        body = parse_body(PaymentBody, request)
        caller, key = caller_of(request), idempotency_key(request)
        if body["method"] == CASH:
            cash = services.PayAtDesk(booking_id=booking_id, amount=body.get("amount"))
            outcome = services.pay_at_desk(cash, caller=caller, key=key)
        else:
            command = services.PayForBooking(booking_id=booking_id, amount=body.get("amount"), method=body["method"])
            outcome = services.pay(command, caller=caller, key=key)
        return answer(request, outcome, {"payment_begun": 201})

    def example_body(self, request: Request, booking_id: UUID) -> dict[str, Any]:
        """Whatever is due, in cash."""
        return {"method": CASH}


class BookingRefunds(APIView):
    """Staff give money of a booking back."""

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(request=RefundBody, responses={201: services.PaymentsView})
    def post(self, request: Request, booking_id: UUID) -> HttpResponse:
        body = parse_body(RefundBody, request)
        command = services.RefundBooking(booking_id=booking_id, reason=body["reason"], amount=body.get("amount"))
        outcome = services.refund_booking(command, caller=caller_of(request), key=idempotency_key(request))
        return answer(request, outcome, {"refunding": 201})

    def example_body(self, request: Request, booking_id: UUID) -> dict[str, Any]:
        """What was paid too much."""
        return {"reason": "The guest left earlier"}


class ProviderWebhook(APIView):
    """What the payment provider tells us, signed (Standard Webhooks). Told twice or late, it changes nothing more."""

    # Whoever knows the secret is the provider; nobody signs in.
    authentication_classes = ()
    permission_classes = [AllowAny]
    throttle_classes = ()

    @extend_schema(request=dict[str, Any], responses={200: services.Received})
    def post(self, request: Request, provider: str) -> Response:
        return Response(
            services.receive_provider_event(provider, headers=_lowered(request.headers), body=_raw_body(request))
        )


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower().startswith("webhook-")}


def _raw_body(request: Request) -> bytes:
    """The bytes as they came: it is those that are signed."""
    body: bytes = request._request.body  # noqa: SLF001 - DRF has parsed bodies only
    return body
