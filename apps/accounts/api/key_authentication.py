"""API keys: `Authorization: Api-Key <secret>`, or as a bearer token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts import services as accounts
from apps.accounts.api.authentication import Holder

_REALM = 'Bearer realm="api"'


class KeyHolder(Holder):
    """Whoever holds a valid API key: no account, no staff. `pk` is the id of the key."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"API key {self.pk}"


class ApiKeyAuthentication(BaseAuthentication):
    """Comes before the bearer tokens and takes those that are secrets of keys; everything else is left to others."""

    def authenticate(self, request: Request) -> tuple[KeyHolder, accounts.KeyClaims] | None:
        """The holder of the key and what it may do, or None where no key is shown.

        :raises AuthenticationFailed: if a key is shown that does not work.
        """
        scheme, _, secret = request.headers.get("Authorization", "").strip().partition(" ")
        secret = secret.strip()
        is_key = scheme.lower() == "api-key" or (scheme.lower() == "bearer" and secret.startswith(accounts.KEY_MARK))
        if not is_key:
            return None
        try:
            claims = accounts.read_key(secret)
        except accounts.TokenRefused:
            raise AuthenticationFailed("The API key is not accepted.", "token_invalid") from None
        return KeyHolder(pk=claims.key_id), claims

    def authenticate_header(self, request: Request) -> str:
        """What a 401 tells the client to send."""
        return _REALM


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """API keys in the description of the API."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key <secret>`, with the secret of `POST /api/v1/api-keys`.",
        }
