"""The calendar that staff keep, over HTTP."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.inventory import services
from apps.inventory.api import calendar_serializers as bodies
from apps.inventory.api.views import access_of
from apps.platform.db import uuid7
from apps.platform.http.requests import parse_body, parse_query


class CalendarView(APIView):
    """The nights of a hotel, as its staff see and set them."""

    @extend_schema(parameters=[bodies.CalendarQuery], responses={200: services.Calendar})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """Counters and prices of each room type on each night."""
        dates = parse_query(bodies.CalendarQuery, request)
        return Response(services.calendar_of(access=access_of(request), hotel_id=hotel_id, **dates))

    @extend_schema(request=bodies.CalendarBody, responses={200: services.CalendarOutcome})
    def patch(self, request: Request, hotel_id: UUID) -> Response:
        """Change prices, restrictions, stop-sell and limits of many nights; all of it or nothing."""
        given = parse_body(bodies.CalendarBody, request)
        return Response(services.change_calendar(access=access_of(request), hotel_id=hotel_id, **given))

    def example_body(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        calendar = services.calendar_of(access=access_of(request), hotel_id=hotel_id)
        room_types = [row.room_type.id for row in calendar.room_types][:1]
        first = calendar.business_date + timedelta(days=7)
        dates = {"from": first, "to": first + timedelta(days=1), "room_type_ids": room_types}
        price = {"amount": {"amount": "150", "currency": calendar.currency}}
        plans = [plan.id for plan in calendar.rate_plans][:1]
        return {
            "changes": [
                {**dates, "rate_plan_ids": plans, "price": price, "restrictions": {"min_stay": 2}},
                {**dates, "weekdays": [], "stop_sell": False, "overbooking_limit": 0},
            ],
            "dry_run": True,
        }


class CalendarUndoView(APIView):
    """The way back from a change of the calendar."""

    @extend_schema(request=bodies.UndoBody, responses={200: services.CalendarOutcome})
    def post(self, request: Request, hotel_id: UUID) -> Response:
        """Put back what the change has changed, as long as nobody has changed it again; all of it or nothing."""
        given = parse_body(bodies.UndoBody, request)
        return Response(services.undo_change(access=access_of(request), hotel_id=hotel_id, **given))

    def example_body(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        services.require_staff(access_of(request), hotel_id)
        return {"change_id": services.last_change(hotel_id) or uuid7(), "dry_run": True}
