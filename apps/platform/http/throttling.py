"""Limits of requests per class of routes, counted in Redis; without Redis the doors stay open."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from apps.platform.http import rate_limits
from apps.platform.http.rate_limits import RateLimit
from apps.platform.nodes import Node, node_at

TIMEOUT_SECONDS = 0.2


class RouteClassThrottle(SimpleRateThrottle):
    """The view names the rate: `write_throttle_scope` for what changes things, else `throttle_scope`, else default.

    The rates of search, book, sign_in and default come from the environment.
    """

    scope = "default"
    counted: RateLimit | None = None
    """What was counted; a window opens with its first request and has a fixed length. None where Redis is away."""

    def allow_request(self, request: Request, view: Any) -> bool:
        reading = request.method in SAFE_METHODS
        self.scope = getattr(view, "throttle_scope", "default")
        if not reading:
            self.scope = getattr(view, "write_throttle_scope", self.scope)
        limit, seconds = self.parse_rate(self.get_rate())
        # A credential may bring a limit of its own, a minute's, which takes the place of all others.
        own: int | None = getattr(request.auth, "requests_per_minute", None)
        if own is not None:
            self.scope, limit, seconds = "key", own, 60
        if limit is None or seconds is None:
            return True
        answer = _count(self.get_cache_key(request, view), seconds=seconds)
        if answer is None:
            return True
        count, milliseconds_left = answer
        self.counted = RateLimit(
            name=self.scope,
            limit=limit,
            seconds=seconds,
            remaining=max(0, limit - count),
            closes_in_seconds=max(0, milliseconds_left) / 1000,
        )
        rate_limits.remember(request._request, self.counted)  # noqa: SLF001 - DRF's name for Django's request
        return count <= limit

    def get_cache_key(self, request: Request, view: Any) -> str:
        user = request.user
        who = str(user.pk) if user.is_authenticated else self.get_ident(request)
        return f"throttle:{self.scope}:{who}"

    def wait(self) -> float | None:
        return self.counted.closes_in_seconds if self.counted else None


def within_rate(scope: str, who: str) -> bool:
    """Count one more of what has the rate of `scope`, for somebody who has a count of their own: is it still allowed?

    Without Redis it is.
    """
    throttle = RouteClassThrottle()
    throttle.scope = scope
    limit, seconds = throttle.parse_rate(throttle.get_rate())
    if limit is None or seconds is None:
        return True
    answer = _count(f"throttle:{scope}:{who}", seconds=seconds)
    return answer is None or answer[0] <= limit


def _node() -> Node:
    return node_at(settings.CACHES["default"]["LOCATION"], timeout_seconds=TIMEOUT_SECONDS)


def _count(name: str, *, seconds: int) -> tuple[int, int] | None:
    """Count one more request, in one round trip: how many there were, and the milliseconds until they are forgotten."""
    replies = _node().told(("INCR", name), ("EXPIRE", name, seconds, "NX"), ("PTTL", name))
    return (int(replies[0]), int(replies[2])) if replies else None
