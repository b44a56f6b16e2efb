"""The site around the API: its start page, signing in for people, and the pages of refusal."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from rest_framework.request import Request

from apps.platform import errors
from apps.platform.http import problems
from apps.platform.http.throttling import RouteClassThrottle


def start(request: HttpRequest, accounts: Sequence[tuple[str, str]] = (), mailbox: bool = False) -> HttpResponse:
    """What this is and where to go on.

    :param accounts: the demo's accounts, each with what it may do.
    :param mailbox: whether the local mailbox is there.
    """
    return render(request, "site/start.html", {"accounts": accounts, "mailbox": mailbox})


class SignIn(LoginView):
    """Signing in by session, for people who click through the API; limited like its JSON twin."""

    template_name = "rest_framework/login.html"
    redirect_authenticated_user = True
    throttle_scope = "sign_in"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        throttle = RouteClassThrottle()
        if throttle.allow_request(Request(request), self):
            return super().post(request, *args, **kwargs)
        wait = max(1, int(throttle.wait() or 1))
        page = render(request, "site/refusal.html", {"kind": errors.TooMany, "status": 429}, status=429)
        page["Retry-After"] = str(wait)
        return page


class RefusalMiddleware:
    """A refusal that a page meets, like the closed door of the sign-in, is a page; the API has a handler of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return _refusal(request, exception) if isinstance(exception, errors.Problem) else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return _refusal(request, errors.Invalid())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return _refusal(request, errors.Denied())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return _refusal(request, errors.NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    return _refusal(request, problems.InternalError())


def _refusal(request: HttpRequest, problem: errors.Problem) -> HttpResponse:
    """A problem document below /api/, a page elsewhere."""
    status = problems.status_of(type(problem))
    if request.path.startswith("/api/"):
        return problems.plain_answer(request.path, problem)
    # Without the request: its user may be what does not work.
    page = render_to_string("site/refusal.html", {"kind": type(problem), "status": status})
    return HttpResponse(page, status=status, headers=problems.headers_of(problem))
