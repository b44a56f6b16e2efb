"""How much is left, in the headers of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy` and `RateLimit`."""

import math
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

_ATTRIBUTE = "_rate_limit"


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """What was counted for a request: so many of a class in so many seconds, of which some are left."""

    name: str
    limit: int
    seconds: int
    remaining: int
    closes_in_seconds: float


def remember(request: HttpRequest, limit: RateLimit) -> None:
    """Let the answer to this request say what is left."""
    setattr(request, _ATTRIBUTE, limit)


def tell(request: HttpRequest, response: HttpResponse) -> None:
    """Say it. Where nothing was counted, because Redis is away, nothing is said."""
    limit: RateLimit | None = getattr(request, _ATTRIBUTE, None)
    if limit is not None:
        response["RateLimit-Policy"] = f'"{limit.name}";q={limit.limit};w={limit.seconds}'
        response["RateLimit"] = f'"{limit.name}";r={limit.remaining};t={math.ceil(limit.closes_in_seconds)}'
