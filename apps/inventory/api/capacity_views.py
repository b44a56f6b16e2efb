"""Closed rooms and overbooked nights, over HTTP, for the staff of a hotel."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.inventory import selectors, services
from apps.inventory.api import capacity_serializers as closures
from apps.inventory.api import serializers as bodies
from apps.inventory.api.representations import ClosureView as ClosureAnswer
from apps.inventory.api.representations import Overbooked, closure_view
from apps.inventory.api.views import access_of, created, page_of
from apps.platform.http.requests import parse_body, parse_query


class ClosuresView(APIView):
    """The closures of a room."""

    @extend_schema(responses={200: list[ClosureAnswer]})
    def get(self, request: Request, hotel_id: UUID, room_id: UUID) -> Response:
        """When the room was or will be closed, the newest closure first."""
        parse_query(bodies.NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        room = services.get_room(hotel_id=hotel_id, room_id=room_id)
        rows = selectors.closures_of(hotel_id, room.id)
        return page_of(self, rows, lambda row: closure_view(selectors.closure_facts(row)))

    @extend_schema(request=closures.ClosureBody, responses={201: ClosureAnswer})
    def post(self, request: Request, hotel_id: UUID, room_id: UUID) -> Response:
        """Close the room from one night to another. Out of order, its type has one room less to sell."""
        given = parse_body(closures.ClosureBody, request)
        closure = services.close_room(access=access_of(request), hotel_id=hotel_id, room_id=room_id, **given)
        return created(closure_view(closure), f"hotels/{hotel_id}/rooms/{room_id}/closures/{closure.id}")

    def example_body(self, request: Request, hotel_id: UUID, room_id: UUID) -> Mapping[str, Any]:
        calendar = services.calendar_of(access=access_of(request), hotel_id=hotel_id)
        first = calendar.business_date + timedelta(days=30)
        return {"from": first, "to": first + timedelta(days=1), "kind": "out_of_order", "reason": "New bathroom"}


class ClosureView(APIView):
    """One closure of a room."""

    @extend_schema(request=closures.ClosureChangesBody, responses={200: ClosureAnswer})
    def patch(self, request: Request, hotel_id: UUID, room_id: UUID, closure_id: UUID) -> Response:
        """Change the closure from the hotel's business date on."""
        given = parse_body(closures.ClosureChangesBody, request)
        closure = services.update_closure(
            access=access_of(request), hotel_id=hotel_id, room_id=room_id, closure_id=closure_id, **given
        )
        return Response(closure_view(closure))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, hotel_id: UUID, room_id: UUID, closure_id: UUID) -> Response:
        """End the closure: from the hotel's business date on the room is there again."""
        services.end_closure(access=access_of(request), hotel_id=hotel_id, room_id=room_id, closure_id=closure_id)
        return Response(status=204)

    def example_body(self, request: Request, hotel_id: UUID, room_id: UUID, closure_id: UUID) -> Mapping[str, Any]:
        row = selectors.closures_of(hotel_id, room_id).get(id=closure_id)
        return {"kind": row.kind, "reason": row.reason}


class OverbookedView(APIView):
    """The nights with more rooms sold than there are."""

    @extend_schema(responses={200: Overbooked})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """Whose guests have to be walked: night by night how many rooms too many, and why if somebody has said so."""
        parse_query(bodies.NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        services.get_hotel(hotel_id)
        nights = services.overbooked_nights(access=access_of(request), hotel_id=hotel_id)
        return Response(Overbooked(results=nights))


class ExplainView(APIView):
    """Why a night is sold out, or costs what it costs."""

    @extend_schema(parameters=[closures.ExplainQuery], responses={200: services.Explanation})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """How the counters, the capacity, the restrictions and the price of one night came about."""
        asked = parse_query(closures.ExplainQuery, request)
        return Response(services.explain_night(access=access_of(request), hotel_id=hotel_id, **asked))

    def example_query(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        calendar = services.calendar_of(access=access_of(request), hotel_id=hotel_id)
        room_type_id = calendar.room_types[0].room_type.id if calendar.room_types else None
        return {"room_type_id": room_type_id, "night": calendar.business_date}
