"""The site around the API: its start page, signing in for people, and the pages of refusal."""

from collections.abc import Sequence
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
    return HttpResponse(render_to_string("site/refusal.html", {"kind": type(problem), "status": status}), status=status)
