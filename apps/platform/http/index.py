"""The first page of the API, and what answers at addresses that do not exist."""

from typing import Any, Never

from django.utils.http import urlencode
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.platform.errors import NotFound
from apps.platform.http import routes
from apps.platform.http.browsable import offered


class ApiIndex(APIView):
    """Where to begin: the lists to read, and the addresses that only take a POST."""

    permission_classes = (AllowAny,)
    schema = None

    def get_view_name(self) -> str:
        return "API v1"

    def get(self, request: Request) -> Response:
        plain = [route for route in routes.api_routes() if "<" not in route.pattern]
        return Response(
            {
                "read": {_name(route): self._address(request, route) for route in plain if route.answers("get")},
                "send": {_name(route): self._address(request, route) for route in plain if not route.answers("get")},
                "documentation": request.build_absolute_uri("/api/docs/"),
                "problems": request.build_absolute_uri("/problems/"),
            }
        )

    def _address(self, request: Request, route: routes.Route) -> str:
        """The address, with parameters that give a result where the view needs some."""
        proposed: dict[str, Any] = offered(route.view(), "example_query", request) or {}
        query = f"?{urlencode(proposed, doseq=True)}" if proposed else ""
        return request.build_absolute_uri(f"/{route.pattern}{query}")


class NoSuchAddress(APIView):
    """Nothing is here: as a problem document, also while Django would show its page for developers."""

    permission_classes = (AllowAny,)
    schema = None
    is_place = False
    """No step on the way to another page."""

    def get_view_name(self) -> str:
        return "Not found"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> Never:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is no such address; /api/v1 lists where to begin.")


def _name(route: routes.Route) -> str:
    return route.pattern.removeprefix(f"{routes.ROOT}/")
