"""Signed tokens: who may sign, how they are read, and the public keys by which others trust them.

RS256 is the asymmetric choice that is cheapest to verify. Nothing here reads the database: a token says all that a
request needs. `exp` is judged by the platform's clock, like all other time.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from jwt.algorithms import RSAAlgorithm
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenBackendError, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token

from apps.accounts.types import AccessClaims
from apps.platform import clock
from apps.platform.db import uuid7

ALGORITHM = "RS256"
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid", "jti"]
_DIGITS_OF_KEY = 2048


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


@dataclass(frozen=True, kw_only=True)
class _KeyRing:
    """The key that signs, and the public keys that are believed, each by its `kid`."""

    kid: str
    signing_key: rsa.RSAPrivateKey
    public_keys: Mapping[str, rsa.RSAPublicKey]


@lru_cache(maxsize=4)
def _key_ring(pem: str) -> _KeyRing:
    """The keys of a PEM, parsed once a process: parsing costs many times more than a signature.

    :raises ImproperlyConfigured: if it is no RSA key of at least 2048 bits.
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        # Without the cause, which may quote the key.
        raise ImproperlyConfigured("JWT_SIGNING_KEY is not a private key in PEM (PKCS8)") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _DIGITS_OF_KEY:
        raise ImproperlyConfigured("JWT_SIGNING_KEY must be an RSA key of at least 2048 bits")
    kid = _thumbprint(key.public_key())
    return _KeyRing(kid=kid, signing_key=key, public_keys={kid: key.public_key()})


def _thumbprint(key: rsa.RSAPublicKey) -> str:
    """The name of a key that everybody computes alike (RFC 7638)."""
    canonical = orjson.dumps(_public_members(key), option=orjson.OPT_SORT_KEYS)
    return urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _public_members(key: rsa.RSAPublicKey) -> dict[str, Any]:
    public = RSAAlgorithm.to_jwk(key, as_dict=True)
    return {name: public[name] for name in ("kty", "n", "e")}


class _Backend(TokenBackend):
    """Names the signing key in each token, and asks more of a token than the library does."""

    def encode(self, payload: dict[str, Any]) -> str:
        ring = _key_ring(settings.JWT_SIGNING_KEY)
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, ring.signing_key, algorithm=self.algorithm, headers={"kid": ring.kid})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        ring = _key_ring(settings.JWT_SIGNING_KEY)
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            if kid not in ring.public_keys:
                raise TokenBackendError("signed by a key that is not ours")
            return jwt.decode(
                token,
                ring.public_keys[kid],
                algorithms=[self.algorithm],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("not accepted") from error


@lru_cache(maxsize=4)
def _backend(issuer: str, audience: str) -> _Backend:
    return _Backend(ALGORITHM, issuer=issuer, audience=audience)


class _SignedToken(Token):
    """A token of a session; the clock is the platform's."""

    @classmethod
    def issue(cls, *, user_id: UUID, session_id: UUID, token_id: UUID) -> Self:
        now = clock.now()
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
        if self.payload[claim] <= (current_time or clock.now()).timestamp():
            raise ExpiredTokenError("expired")


class _Access(_SignedToken):
    token_type = "access"  # noqa: S105 - its kind, no secret
    lifetime = api_settings.ACCESS_TOKEN_LIFETIME


class _Refresh(_SignedToken):
    token_type = "refresh"  # noqa: S105 - its kind, no secret
    lifetime = api_settings.REFRESH_TOKEN_LIFETIME


REFRESH_LIFETIME = _Refresh.lifetime


def sign_access(*, user_id: UUID, session_id: UUID) -> str:
    """An access token for some minutes."""
    return str(_Access.issue(user_id=user_id, session_id=session_id, token_id=uuid7()))


def sign_refresh(*, user_id: UUID, session_id: UUID, token_id: UUID) -> str:
    """The refresh token `token_id` of a session."""
    return str(_Refresh.issue(user_id=user_id, session_id=session_id, token_id=token_id))


def read_access_token(raw: str) -> AccessClaims:
    """What an access token says, without asking the database.

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


def public_keys() -> dict[str, list[dict[str, Any]]]:
    """The JSON Web Key Set (RFC 7517) by which any other service verifies our access tokens."""
    ring = _key_ring(settings.JWT_SIGNING_KEY)
    return {
        "keys": [
            {"kid": kid, "use": "sig", "alg": ALGORITHM, **_public_members(key)}
            for kid, key in ring.public_keys.items()
        ]
    }
