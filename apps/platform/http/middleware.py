"""Middleware that does no business: the request id, and addresses with or without a trailing slash."""

import logging
import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from apps.platform.db import uuid7
from apps.platform.http import rate_limits

GetResponse = Callable[[HttpRequest], HttpResponse]

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")

logger = logging.getLogger("http")


class RequestContextMiddleware:
    """Accept or make a request id, echo it, and let every log line and event of the request carry it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid7())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            started = time.perf_counter()
            response = self.get_response(request)
            response["X-Request-Id"] = request_id
            rate_limits.tell(request, response)
            if not request.path.startswith(("/static/", "/livez", "/readyz")):
                milliseconds = (time.perf_counter() - started) * 1000
                logger.info(
                    "%s %s %s %.0fms", request.method, _without_secrets(request), response.status_code, milliseconds
                )
        return response


def _without_secrets(request: HttpRequest) -> str:
    """The route rather than the address: an address may carry what somebody typed."""
    match = request.resolver_match
    return f"/{match.route}" if match else "(no route)"


class OptionalSlashMiddleware:
    """Serve the routes of the API with or without a trailing slash, without a redirect that loses the body."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/v1/") and request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        return self.get_response(request)


def current_request_id() -> str:
    """The id of the request at work, or an empty text outside one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
