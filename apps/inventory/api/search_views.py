"""Looking for a room, over HTTP. Anybody may."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from apps.accounts.services import Permission
from apps.inventory import selectors, services
from apps.inventory.api import serializers as bodies
from apps.inventory.api.representations import AvailableHotelView, available_hotel_view
from apps.inventory.api.views import access_of
from apps.platform import clock
from apps.platform.http.requests import parse_query


class AvailabilityView(APIView):
    """Hotels with room for a party."""

    permission_classes = (AllowAny,)
    throttle_scope = "search"

    @extend_schema(parameters=[bodies.AvailabilityQueryParameters], responses={200: list[AvailableHotelView]})
    def get(self, request: Request) -> Response:
        """Each hotel in the city or around the place that can house the party, with its cheapest way to do so."""
        given = parse_query(bodies.AvailabilityQueryParameters, request)
        query = services.AvailabilityQuery(party=given.pop("occupancy"), **given)
        page = services.search_availability(query)
        return Response(
            {
                "next": _link(request, page.next_cursor),
                "previous": _link(request, page.previous_cursor),
                "results": [available_hotel_view(found) for found in page.results],
            }
        )

    def example_query(self, request: Request) -> Mapping[str, Any]:
        hotel = selectors.hotels().order_by("-id").first()
        arrival = clock.now().date() + timedelta(days=7)
        return {
            "city": hotel.city if hotel else "Lisbon",
            "arrival": arrival,
            "departure": arrival + timedelta(days=3),
            "occupancy": "2",
            "ordering": "rating",
        }


def _link(request: Request, cursor: str | None) -> str | None:
    return None if cursor is None else str(replace_query_param(request.build_absolute_uri(), "cursor", cursor))


class OffersView(APIView):
    """The products of a hotel for a stay."""

    permission_classes = (AllowAny,)
    throttle_scope = "search"

    @extend_schema(parameters=[bodies.OffersQuery], responses={200: services.ExplainedOffers})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """Every product that is free for the whole stay and fits a room of the party, the cheapest first.

        With `explain=1` also what is not offered, with the reasons, and what could be booked instead. Staff of the
        hotel also see the plans that only staff sell.
        """
        given = parse_query(bodies.OffersQuery, request)
        find = services.explained_offers_of if given.pop("explain") else services.offers_of
        staff = access_of(request).allows(Permission.VIEW_HOTEL, hotel_id)
        return Response(find(hotel_id=hotel_id, party=given.pop("occupancy"), staff=staff, **given))

    def example_query(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        hotel = services.get_hotel(hotel_id)
        arrival = services.business_date(hotel, clock.now()) + timedelta(days=7)
        return {"arrival": arrival, "departure": arrival + timedelta(days=3), "occupancy": "2"}


class LowestPricesView(APIView):
    """When a stay is cheapest."""

    permission_classes = (AllowAny,)
    throttle_scope = "search"

    @extend_schema(parameters=[bodies.LowestPricesQuery], responses={200: services.LowestPrices})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """The cheapest total for the party for each arrival date, or why there is none."""
        given = parse_query(bodies.LowestPricesQuery, request)
        return Response(services.lowest_prices(hotel_id=hotel_id, party=given.pop("occupancy"), **given))

    def example_query(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        first = services.business_date(services.get_hotel(hotel_id), clock.now()) + timedelta(days=7)
        return {"from": first, "nights": 3, "occupancy": "2"}
