"""What a hotel sells, over HTTP, for its staff."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.bookings import services
from apps.platform.http.requests import StrictSerializer, parse_query, user_id


class ReportQuery(StrictSerializer):
    """Which nights; those of the running month unless told."""

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word that Python keeps for itself.
        dates = {
            "from": serializers.DateField(required=False, source="first"),
            "to": serializers.DateField(required=False, source="last", help_text="Included."),
        }
        return dates | super().get_fields()


class ReportView(APIView):
    """Occupancy, ADR, RevPAR and pick-up of a hotel."""

    @extend_schema(parameters=[ReportQuery], responses={200: services.Report})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """Night by night and in all, beside the same days of the week a year before."""
        dates = parse_query(ReportQuery, request)
        caller = accounts.caller_for(user_id(request), credential=request.auth)
        return Response(services.read_report(access=accounts.rights_of(caller), hotel_id=hotel_id, **dates))

    def example_query(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        return {}
