"""Refusals as problem+json (RFC 9457), and the offline page that each one's `type` points to."""

import logging
import traceback
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework import exceptions
from rest_framework.response import Response

from apps.platform import errors
from apps.platform.db import is_outage
from apps.platform.http.middleware import current_request_id

CONTENT_TYPE = "application/problem+json"

logger = logging.getLogger(__name__)


class NotSignedIn(errors.Problem):
    """The request carries no credentials."""

    code = "not_authenticated"
    title = "Not signed in"
    cause = "This address needs to know who you are, and the request carries no access token."
    remedy = "Get a token with `POST /api/v1/auth/token` and send it as `Authorization: Bearer <access>`."


class TokenExpired(errors.Problem):
    """The access token is too old."""

    code = "token_expired"
    title = "The access token has expired"
    cause = "Access tokens live for a few minutes only."
    remedy = "Get a new pair with `POST /api/v1/auth/token/refresh` and send the request again, with the same key."
    retry = "same_key"


class TokenInvalid(errors.Problem):
    """The credentials are not ours, or not for this."""

    code = "token_invalid"
    title = "The credentials are not accepted"
    cause = "The token is malformed, not signed by this service, not meant for it, or has been revoked."
    remedy = "Sign in again with `POST /api/v1/auth/token`."


class Malformed(errors.Problem):
    """The body cannot be read at all."""

    code = "malformed_request"
    title = "The body cannot be read"
    cause = "The body is not well-formed JSON in UTF-8, or is nested too deeply."
    remedy = "Correct the body at the place that `detail` names. Nothing was stored."
    retry = "same_key"


class BodyTooLarge(errors.Problem):
    """More than any request of this API needs."""

    code = "body_too_large"
    title = "The body is too large"
    cause = "The body is larger than any request of this API can be; it was not read to its end."
    remedy = "Send less. A list of bookings is sent one booking at a time, each with its own key."


class MethodNotAllowed(errors.Problem):
    """The address does not know the method."""

    code = "method_not_allowed"
    title = "Method not allowed"
    cause = "This address exists, but does not answer to this method; `Allow` lists those it knows."
    remedy = "Use one of the methods in `Allow`; /api/docs/ shows them all."


class NotAcceptable(errors.Problem):
    """The wanted representation does not exist."""

    code = "not_acceptable"
    title = "Not available in this format"
    cause = "The `Accept` header names no format that this address can write."
    remedy = "Ask for `application/json`."


class UnsupportedMediaType(errors.Problem):
    """The body is in a format that nobody reads here."""

    code = "unsupported_media_type"
    title = "Unsupported media type"
    cause = "The body is not declared as JSON."
    remedy = "Send JSON with `Content-Type: application/json`."


class PreconditionRequired(errors.Problem):
    """The change needs to say which revision it was made for."""

    code = "precondition_required"
    title = "If-Match is required"
    cause = "This change must name the revision that you have seen, so that it cannot overwrite another's change."
    remedy = "Read the resource, take its `ETag`, and send it as `If-Match`."


class InternalError(errors.Problem):
    """Our fault."""

    code = "internal_error"
    title = "Something went wrong on our side"
    cause = "The service met an error that it did not expect. Your request was rolled back or its outcome is stored."
    remedy = "Send the same request with the same key; if it fails again, tell us the `request_id`."
    retry = "same_key"


_STATUS_BY_CODE = {
    "idempotency_key_reused": 422,
    "request_in_progress": 409,
    "idempotency_key_expired": 409,
    "not_authenticated": 401,
    "token_expired": 401,
    "token_invalid": 401,
    "invalid_credentials": 401,
    "refresh_token_invalid": 401,
    "webhook_not_accepted": 401,
    "malformed_request": 400,
    "body_too_large": 413,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "unsupported_media_type": 415,
    "precondition_required": 428,
    "internal_error": 500,
}
_STATUS_BY_KIND: tuple[tuple[type[errors.Problem], int], ...] = (
    (errors.NotFound, 404),
    (errors.Denied, 403),
    (errors.Invalid, 400),
    (errors.Conflict, 409),
    (errors.Stale, 412),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
)
_BY_DRF: tuple[tuple[type[Exception], type[errors.Problem]], ...] = (
    (exceptions.NotAuthenticated, NotSignedIn),
    (exceptions.AuthenticationFailed, TokenInvalid),
    (exceptions.PermissionDenied, errors.Denied),
    (PermissionDenied, errors.Denied),
    (exceptions.NotFound, errors.NotFound),
    (Http404, errors.NotFound),
    (exceptions.MethodNotAllowed, MethodNotAllowed),
    (exceptions.NotAcceptable, NotAcceptable),
    (exceptions.UnsupportedMediaType, UnsupportedMediaType),
    (exceptions.ParseError, Malformed),
    (exceptions.Throttled, errors.TooMany),
)


def status_of(kind: type[errors.Problem]) -> int:
    """The HTTP status of a kind of problem."""
    by_code = _STATUS_BY_CODE.get(kind.code)
    if by_code:
        return by_code
    return next((status for base, status in _STATUS_BY_KIND if issubclass(kind, base)), 500)


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: whatever was raised, the caller gets a problem document."""
    request = context["request"]
    problem = _as_problem(error)
    status = status_of(type(problem))
    response = Response(_document(problem, request.path), status=status, headers=_headers(error, problem))
    renderer = getattr(request, "accepted_renderer", None)
    if renderer is None or renderer.format == "json":
        response.content_type = CONTENT_TYPE
    return response


def plain_answer(path: str, problem: errors.Problem) -> HttpResponse:
    """The problem document where no view of the API is at work: a body that Django refused, an error outside."""
    body = orjson.dumps(_document(problem, path), default=str)
    return HttpResponse(
        body, status=status_of(type(problem)), content_type=CONTENT_TYPE, headers=_headers(problem, problem)
    )


def _document(problem: errors.Problem, path: str) -> dict[str, Any]:
    return {
        "type": f"/problems/{problem.code}",
        "status": status_of(type(problem)),
        **problem.members(),
        "instance": path,
        "request_id": current_request_id(),
    }


def stored_document(code: str, body: bytes) -> tuple[int, bytes]:
    """Status and bytes of a stored refusal: the stored members after `type` and `status`, the same at every replay."""
    status = status_of(errors.by_code(code) or InternalError)
    head = orjson.dumps({"type": f"/problems/{code}", "status": status})
    return status, head[:-1] + b"," + body[1:]


def headers_of(problem: errors.Problem) -> dict[str, str]:
    """The headers that a refusal carries whatever shape it has: when to come back, how to sign in, where it lies."""
    return _headers(problem, problem)


def _headers(error: Exception, problem: errors.Problem) -> dict[str, str]:
    headers: dict[str, str] = {}
    wait = getattr(error, "wait", None) or problem.retry_after
    if wait:
        headers["Retry-After"] = str(max(1, int(wait)))
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    elif status_of(type(problem)) == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if problem.code == TokenExpired.code:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token", error_description="expired", scope="refresh"'
    if isinstance(location := problem.extra.get("location"), str):
        headers["Location"] = location
    return headers


def _as_problem(error: Exception) -> errors.Problem:
    if isinstance(error, errors.Problem):
        return error
    if isinstance(error, exceptions.ValidationError):
        return errors.Invalid("Some fields are not valid.", items=list(_items(error.detail, "")))
    if isinstance(error, DatabaseError) and is_outage(error):
        logger.warning("database unavailable: %s", type(error.__cause__).__name__)
        return errors.Unavailable("The database does not answer.")
    for kind, problem in _BY_DRF:
        if isinstance(error, kind):
            detail = error.detail if isinstance(error, exceptions.APIException) else ""
            if getattr(detail, "code", "") == TokenExpired.code:
                return TokenExpired()
            return problem(str(detail))
    # The trace without the message: messages of the database repeat what somebody typed.
    logger.error("unexpected %s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return InternalError()


def _items(detail: Any, pointer: str) -> Iterator[dict[str, Any]]:
    """DRF's nested details as a flat list with JSON pointers (RFC 6901)."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from _items(inner, pointer + step)
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _items(inner, f"{pointer}/{position}" if nested else pointer)
    else:
        yield {"code": getattr(detail, "code", "invalid"), "detail": str(detail), "pointer": pointer}


_RETRY_ADVICE: dict[errors.Retry | None, str] = {
    "same_key": "Send the request again with the same key: whatever became of it, it happens once.",
    "new_key": "This key has its answer. A new try is a new intention: give it a fresh key.",
    "never": "Trying again cannot help.",
    None: "The same request gives the same answer until its cause is gone.",
}


def page(request: HttpRequest, code: str) -> HttpResponse:
    """The page behind a problem's `type`: cause, remedy and an example, without anything from outside."""
    kind = errors.by_code(code)
    if kind is None:
        raise Http404
    status = status_of(kind)
    example: dict[str, Any] = {"type": f"/problems/{code}", "status": status, **kind().members(), **kind.example}
    if not kind.stored:
        example |= {"instance": "/api/v1/...", "request_id": "0199f3a2-7c1e-7d3a-9a52-3f6b8f1c2d4e"}
    rendered = orjson.dumps(example, option=orjson.OPT_INDENT_2, default=str).decode()
    context = {"kind": kind, "status": HTTPStatus(status), "example": rendered, "retry": _RETRY_ADVICE[kind.retry]}
    return render(request, "problems/page.html", context)


def index(request: HttpRequest) -> HttpResponse:
    """All the problems there are, on one page."""
    kinds = [(kind, status_of(kind)) for kind in errors.all_codes().values()]
    return render(request, "problems/index.html", {"kinds": kinds})
