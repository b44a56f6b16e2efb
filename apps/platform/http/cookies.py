"""Django's middleware for who comes with a cookie, out of the way of who shows a token or a key to the API.

Such a request rests on its `Authorization` alone: the API's authentication accepts it or refuses it, and looks at no
session. So it needs none. (What guards forms stays in front of everybody.)
"""

from typing import Any

from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

_SCHEMES = ("bearer ", "api-key ")


def shows_credentials(request: HttpRequest) -> bool:
    """Whether a request to the API shows a token or a key, which then decides."""
    given: str = request.META.get("HTTP_AUTHORIZATION", "")
    return given[:8].lower().startswith(_SCHEMES) and request.path_info.startswith("/api/")


class _ForCookies(MiddlewareMixin):
    def __call__(self, request: HttpRequest) -> Any:
        go_on = self.get_response if shows_credentials(request) else super().__call__
        return go_on(request)


class SessionMiddleware(_ForCookies, sessions.SessionMiddleware):
    """The session that a cookie names."""


class AuthenticationMiddleware(_ForCookies, auth.AuthenticationMiddleware):
    """Whom the session belongs to."""


class MessageMiddleware(_ForCookies, messages.MessageMiddleware):
    """What the next page of the session has to say."""
