"""Signed tokens: how they are made and how they are read.

RS256 is the asymmetric choice that is cheapest to verify (`manage.py bench auth`). Nothing here asks whether a session
still lives: that is `_liveness`. `exp` is judged by the platform's clock, like all other time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenBackendError, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token

from apps.accounts.services import _keys
from apps.accounts.types import AccessClaims
from apps.platform import clock
from apps.platform.db import uuid7

_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid", "jti"]


class TokenRefused(Exception):
    """A token is not accepted: `expired` tells a genuine one that is too old from all others."""

    def __init__(self, *, expired: bool = False) -> None:
        super().__init__("expired" if expired else "not accepted")
        self.expired = expired


@dataclass(frozen=True, kw_only=True)
class RefreshClaims:
    """What a genuine refresh token says; whether it still works is the session's to know."""

    user_id: UUID
    session_id: UUID
    token_id: UUID


class _Backend(TokenBackend):
    """Names the signing key in each token, and asks more of a token than the library does."""

    def encode(self, payload: dict[str, Any]) -> str:
        signer = _keys.key_ring().signer(clock.system_now())
        if signer.private is None:
            raise RuntimeError("a signer has a private key")
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, signer.private, algorithm=self.algorithm, headers={"kid": signer.kid})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        try:
            kid, claims = _genuine(token, issuer=str(self.issuer), audience=str(self.audience))
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("not accepted") from error
        now = clock.system_now()
        ring = _keys.key_ring(wanted=kid)
        key = ring.keys.get(kid)
        is_refresh = claims.get(api_settings.TOKEN_TYPE_CLAIM) == _Refresh.token_type
        if key is None or not (
            key is ring.signer(now) or (key.believes_refresh(now) if is_refresh else key.believes_access(now))
        ):
            raise TokenBackendError("signed by a key that is no longer believed")
        return dict(claims)


@lru_cache(maxsize=4_096)
def _genuine(token: str, *, issuer: str, audience: str) -> tuple[str, Mapping[str, Any]]:
    """The claims of a token that a key of ours has signed, and the key's name. What time changes is not judged here.

    A client sends the same token for minutes, and no second look at the same bytes comes to another signature.

    :raises InvalidTokenError: otherwise; that is found out anew each time.
    """
    kid = jwt.get_unverified_header(token).get("kid", "")
    key = _keys.key_ring(wanted=kid).keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise jwt.InvalidTokenError("signed by a key that is not ours")
    claims: Mapping[str, Any] = jwt.decode(
        token,
        key.public,
        algorithms=[_keys.ALGORITHM],
        audience=audience,
        issuer=issuer,
        options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
    )
    return kid, claims


@lru_cache(maxsize=4)
def _backend(issuer: str, audience: str) -> _Backend:
    return _Backend(_keys.ALGORITHM, issuer=issuer, audience=audience)


class _SignedToken(Token):
    """A token of a session; the clock is the platform's."""

    @classmethod
    def issue(cls, *, user_id: UUID, session_id: UUID, token_id: UUID) -> Self:
        now = clock.system_now()
        token = cls()
        token.set_iat(at_time=now)
        token.set_exp(from_time=now)
        token.payload |= {
            api_settings.USER_ID_CLAIM: str(user_id),
            "sid": str(session_id),
            api_settings.JTI_CLAIM: str(token_id),
        }
        return token

    def get_token_backend(self) -> TokenBackend:
        return _backend(settings.JWT_ISSUER, settings.JWT_AUDIENCE)

    def check_exp(self, claim: str = "exp", current_time: Any = None) -> None:
        if self.payload[claim] <= (current_time or clock.system_now()).timestamp():
            raise ExpiredTokenError("expired")


class _Access(_SignedToken):
    token_type = "access"  # noqa: S105 - its kind, no secret
    lifetime = _keys.ACCESS_LIFETIME


class _Refresh(_SignedToken):
    token_type = "refresh"  # noqa: S105 - its kind, no secret
    lifetime = _keys.REFRESH_LIFETIME


def sign_access(*, user_id: UUID, session_id: UUID) -> str:
    """An access token for some minutes."""
    return str(_Access.issue(user_id=user_id, session_id=session_id, token_id=uuid7()))


def sign_refresh(*, user_id: UUID, session_id: UUID, token_id: UUID) -> str:
    """The refresh token `token_id` of a session."""
    return str(_Refresh.issue(user_id=user_id, session_id=session_id, token_id=token_id))


def read_access(raw: str) -> AccessClaims:
    """What an access token says. Whether its session still lives is not asked here.

    :raises TokenRefused: unless it is a genuine access token of ours that has not expired.
    """
    payload = _payload(_Access, raw)
    return AccessClaims(user_id=UUID(payload[api_settings.USER_ID_CLAIM]), session_id=UUID(payload["sid"]))


def read_refresh(raw: str) -> RefreshClaims:
    """What a refresh token says.

    :raises TokenRefused: unless it is a genuine refresh token of ours that has not expired.
    """
    payload = _payload(_Refresh, raw)
    return RefreshClaims(
        user_id=UUID(payload[api_settings.USER_ID_CLAIM]),
        session_id=UUID(payload["sid"]),
        token_id=UUID(payload[api_settings.JTI_CLAIM]),
    )


def _payload(kind: type[_SignedToken], raw: str) -> dict[str, Any]:
    try:
        return kind(raw).payload  # type: ignore[arg-type] # the library calls its input a Token
    except ExpiredTokenError:
        raise TokenRefused(expired=True) from None
    except TokenError:
        raise TokenRefused from None
