"""The addresses of the platform, and one more: what a validated request costs that does nothing."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.bookings.api.serializers import PlaceBookingBody
from apps.platform.http.requests import idempotency_key, parse_body, user_id
from config import urls
from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class Nothing(APIView):
    """All that a booking goes through before its service is called, and no service."""

    write_throttle_scope = "book"
    requires_key = True

    def post(self, request: Request) -> Response:
        body = parse_body(PlaceBookingBody, request)
        caller = accounts.caller_for(user_id(request))
        return Response(
            {"arrival": body["arrival"], "principal": caller.principal, "key": idempotency_key(request)}, status=200
        )


urlpatterns = [path("api/v1/bench/nothing", Nothing.as_view()), *urls.urlpatterns]
