"""Limits of requests per class of routes, counted in Redis; without Redis the doors stay open."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import redis
from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from apps.platform.http import rate_limits
from apps.platform.http.rate_limits import RateLimit
from apps.platform.nodes import node_at

TIMEOUT_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Window:
    """The requests of one caller in one class: a window opens with the first one and closes after a fixed time."""

    limit: int
    count: int
    closes_in_seconds: float

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.count)


class RouteClassThrottle(SimpleRateThrottle):
    """The view names the rate: `write_throttle_scope` for what changes things, else `throttle_scope`, else default.

    The rates of search, book, sign_in and default come from the environment.
    """

    scope = "default"
    window: Window | None = None
    """What was counted for the request; None where Redis is away."""

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
        self.window = _counted(self.get_cache_key(request, view), limit=limit, seconds=seconds)
        if self.window is None:
            return True
        rate_limits.remember(
            request._request,  # noqa: SLF001 - DRF's name for Django's request
            RateLimit(
                name=self.scope,
                limit=limit,
                seconds=seconds,
                remaining=self.window.remaining,
                closes_in_seconds=self.window.closes_in_seconds,
            ),
        )
        return self.window.count <= limit

    def get_cache_key(self, request: Request, view: Any) -> str:
        user = request.user
        who = str(user.pk) if user.is_authenticated else self.get_ident(request)
        return f"throttle:{self.scope}:{who}"

    def wait(self) -> float | None:
        return self.window.closes_in_seconds if self.window else None


def _counted(name: str, *, limit: int, seconds: int) -> Window | None:
    """Count one more request, in one round trip to the cache's Redis."""
    node = node_at(settings.CACHES["default"]["LOCATION"], timeout_seconds=TIMEOUT_SECONDS)
    answer = node.asked(partial(_count, name=name, seconds=seconds))
    if answer is None:
        return None
    count, milliseconds_left = answer
    return Window(limit=limit, count=count, closes_in_seconds=max(0, milliseconds_left) / 1000)


def _count(client: redis.Redis, *, name: str, seconds: int) -> tuple[int, int]:
    with client.pipeline(transaction=False) as pipeline:
        pipeline.incr(name)
        pipeline.expire(name, seconds, nx=True)
        pipeline.pttl(name)
        count, _, milliseconds_left = pipeline.execute()
    return int(count), int(milliseconds_left)
