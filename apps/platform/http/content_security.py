"""What a page of ours may load and run: nothing from outside, no script that stands in the page itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_HEADER = "Content-Security-Policy"
_EVERYWHERE = (
    "default-src 'self'; img-src 'self' data:; font-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# The admin's Alpine evaluates the expressions in its pages.
_ADMIN = f"{_EVERYWHERE}; script-src 'self' 'unsafe-eval'"


class ContentSecurityMiddleware:
    """Send the policy with each answer that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(_HEADER, _ADMIN if request.path.startswith("/admin/") else _EVERYWHERE)
        return response
