"""What was sent to oneself, over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.notifications import selectors
from apps.platform.http.pagination import ListPagination
from apps.platform.http.requests import StrictSerializer, parse_query, user_id


class NotificationsView(APIView):
    """One's own notifications."""

    @extend_schema(responses={200: list[selectors.Notification]})
    def get(self, request: Request) -> Response:
        """What was sent to you, or is about to be, newest first."""
        parse_query(StrictSerializer, request)
        pagination = ListPagination()
        page = pagination.paginate_queryset(selectors.notifications_of(user_id(request)), request, view=self) or []
        return pagination.get_paginated_response([selectors.as_notification(row) for row in page])
