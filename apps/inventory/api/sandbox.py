"""The clock of a sandbox over HTTP, and the middleware by which its pages go by it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.inventory import services
from apps.inventory.api import serializers as bodies
from apps.inventory.api.views import access_of
from apps.platform import clock
from apps.platform.http.requests import StrictSerializer, parse_body, parse_query


class SandboxClockMiddleware:
    """What is asked of a hotel by its address is answered by its clock."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with clock.own_pace():
            return self.get_response(request)

    def process_view(self, _: HttpRequest, __: Any, ___: Any, given: Mapping[str, Any]) -> None:
        """Go by the clock of the hotel that the address names."""
        hotel_id = given.get("hotel_id")
        if isinstance(hotel_id, UUID):
            services.go_by_clock_of(hotel_id)


class ClockBody(StrictSerializer):
    """Where the clock of the sandbox is to be."""

    to = serializers.DateTimeField(help_text="An instant with its offset; the clock only goes forward.")


class ClockView(APIView):
    """The clock of a sandbox."""

    @extend_schema(responses={200: services.SandboxClock})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """What it shows."""
        parse_query(bodies.NoQuery, request)
        return Response(services.read_clock(access=access_of(request), hotel_id=hotel_id))

    @extend_schema(request=ClockBody, responses={200: services.SandboxClock})
    def post(self, request: Request, hotel_id: UUID) -> Response:
        """Advance it: holds expire, penalties begin, no-shows come up, as if the time had passed."""
        body = parse_body(ClockBody, request)
        return Response(services.advance_clock(access=access_of(request), hotel_id=hotel_id, to=body["to"]))

    def example_body(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        return {"to": clock.now() + timedelta(hours=1)}
