"""Bearer tokens: who asks is read from the signed token alone, without a look at the database."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts import services as accounts

_REALM = 'Bearer realm="api"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Somebody who holds credentials that hold. What they may do is asked of `accounts.rights_of`, never of this."""

    pk: UUID
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True
    is_staff: ClassVar[bool] = False
    is_superuser: ClassVar[bool] = False

    @property
    def id(self) -> UUID:
        """The same as `pk`."""
        return self.pk


class TokenUser(Holder):
    """Whoever holds a valid access token; `pk` is the id of the account."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"account {self.pk}"


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; any other scheme is left to others."""

    def authenticate(self, request: Request) -> tuple[TokenUser, accounts.AccessClaims] | None:
        """The holder of the token and its claims, or None without a bearer token.

        :raises AuthenticationFailed: if there is a bearer token that does not hold.
        """
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            claims = accounts.read_access_token(token.strip())
        except accounts.TokenRefused as refused:
            if refused.expired:
                raise AuthenticationFailed("The access token has expired.", "token_expired") from None
            raise AuthenticationFailed("The access token is not accepted.", "token_invalid") from None
        return TokenUser(pk=claims.user_id), claims

    def authenticate_header(self, request: Request) -> str:
        """What a 401 tells the client to send."""
        return _REALM
