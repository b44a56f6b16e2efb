"""What was sent to oneself, over HTTP."""

from dataclasses import dataclass

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.notifications import selectors
from apps.platform.errors import NotFound
from apps.platform.http.pagination import ListPagination
from apps.platform.http.requests import StrictSerializer, parse_query


@dataclass(frozen=True, kw_only=True)
class NotificationPage:
    """Some notifications, newest first, and where the others are."""

    next: str | None
    previous: str | None
    results: list[selectors.Notification]


class NotificationsView(APIView):
    """One's own notifications."""

    @extend_schema(
        operation_id="list_notifications",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses={200: NotificationPage},
    )
    def get(self, request: Request) -> Response:
        """What was sent to you, or is about to be, newest first."""
        parse_query(StrictSerializer, request)
        caller = accounts.caller_for(request.user.pk)
        if caller.user_id is None:
            raise NotFound()
        pagination = ListPagination()
        page = pagination.paginate_queryset(selectors.notifications_of(caller.user_id), request, view=self) or []
        return pagination.get_paginated_response([selectors.as_notification(row) for row in page])
