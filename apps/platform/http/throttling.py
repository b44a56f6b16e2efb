"""Limits of requests per class of routes, counted in Redis; without Redis the doors stay open."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class RouteClassThrottle(SimpleRateThrottle):
    """The view names the rate: `write_throttle_scope` for what changes things, else `throttle_scope`, else default.

    The rates of search, book, sign_in and default come from the environment.
    """

    scope = "default"

    def allow_request(self, request: Request, view: Any) -> bool:
        reading = request.method in SAFE_METHODS
        self.scope = getattr(view, "throttle_scope", "default")
        if not reading:
            self.scope = getattr(view, "write_throttle_scope", self.scope)
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: Any) -> str:
        user = request.user
        who = str(user.pk) if user.is_authenticated else self.get_ident(request)
        return f"throttle:{self.scope}:{who}"
