"""Reviews over HTTP: reading a hotel's, and writing one's own."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.inventory import services as inventory
from apps.platform.http.pagination import ListPagination
from apps.platform.http.requests import StrictSerializer, parse_body, parse_query
from apps.reviews import selectors, services
from apps.reviews.api.serializers import ReviewBody


class HotelReviewsView(APIView):
    """What guests say about a hotel."""

    permission_classes = (AllowAny,)

    @extend_schema(responses={200: list[services.ReviewView]})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """The published reviews, newest first."""
        parse_query(StrictSerializer, request)
        hotel = inventory.get_hotel(hotel_id)
        pagination = ListPagination()
        page = pagination.paginate_queryset(selectors.reviews_of(hotel_id), request, view=self) or []
        return pagination.get_paginated_response(
            [selectors.as_view(review, time_zone=hotel.time_zone) for review in page]
        )


class ReviewStayView(APIView):
    """The review of one room stay."""

    @extend_schema(
        request=ReviewBody,
        responses={201: services.ReviewView, 409: OpenApiResponse(description="Before check-out, or the second time.")},
    )
    def post(self, request: Request, reservation_id: UUID) -> Response:
        """Review a stay of your own, once, after check-out. It is public at once."""
        body = parse_body(ReviewBody, request)
        caller = accounts.caller_for(request.user.pk, credential=request.auth)
        return Response(services.submit_review(caller=caller, reservation_id=reservation_id, **body), status=201)

    def example_body(self, request: Request, reservation_id: UUID) -> dict[str, Any]:
        """A body that would be accepted."""
        return {
            "rating": 5,
            "title": "Quiet and close to everything",
            "text": "We would come again.",
            "scores": {"cleanliness": 5, "service": 4},
        }
