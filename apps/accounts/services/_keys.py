"""The keys that sign tokens: which one signs now, which are still believed, and putting a new one in place.

JWT_SIGNING_KEY signs until the first rotation. Keys that were made by rotations lie in the database, the private half
encrypted under SECRET_KEY. A process reads them once a minute, and when it meets a name of a key that it does not know.
"""

import hashlib
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from jwt.algorithms import RSAAlgorithm
from rest_framework_simplejwt.settings import api_settings

from apps.accounts.models import SigningKey
from apps.platform import clock
from apps.platform.db import lock_number

ALGORITHM = "RS256"
ACCESS_LIFETIME: timedelta = api_settings.ACCESS_TOKEN_LIFETIME
REFRESH_LIFETIME: timedelta = api_settings.REFRESH_TOKEN_LIFETIME
RING_SECONDS = 60.0
# Anybody can send a token with a name of a key that nobody knows.
_SECONDS_BETWEEN_LOOKS = 1.0
_BITS_OF_KEY = 2048
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key; `private` is None where this process cannot sign with it."""

    kid: str
    private: rsa.RSAPrivateKey | None
    public: rsa.RSAPublicKey
    signs_from: datetime
    believed_until: datetime | None

    def believes_access(self, now: datetime) -> bool:
        """Whether an access token of this key is believed: for one lifetime after the key has ceased to sign."""
        return self.believed_until is None or now < self.believed_until

    def believes_refresh(self, now: datetime) -> bool:
        """Whether a refresh token is. Its session decides, so that a rotation signs nobody out."""
        return self.believed_until is None or now < self.believed_until + REFRESH_LIFETIME


@dataclass(frozen=True, kw_only=True)
class KeyRing:
    """All keys by their names, as they were read at one moment."""

    keys: Mapping[str, Key]

    def signer(self, now: datetime) -> Key:
        """The newest key that may sign by now: of two of one moment, that which has no successor."""
        able = [key for key in self.keys.values() if key.private is not None and key.signs_from <= now]
        return max(able, key=lambda key: (key.signs_from, key.believed_until is None))

    def believed(self, now: datetime) -> list[Key]:
        """The keys whose access tokens are believed, and those that are announced."""
        signer = self.signer(now)
        return [key for key in self.keys.values() if key is signer or key.believes_access(now)]


@dataclass(frozen=True, kw_only=True)
class _Reading:
    pem: str
    ring: KeyRing
    at: float


_last: _Reading | None = None


def key_ring(*, wanted: str | None = None) -> KeyRing:
    """The keys as this process knows them, at most a minute old; read anew where `wanted` is not among them.

    :raises ImproperlyConfigured: if JWT_SIGNING_KEY is no RSA key of at least 2048 bits.
    """
    global _last  # noqa: PLW0603 - the one memory of this module
    reading, now = _last, time.monotonic()
    if reading is not None and reading.pem == settings.JWT_SIGNING_KEY:
        known = wanted is None or wanted in reading.ring.keys
        if now - reading.at < (RING_SECONDS if known else _SECONDS_BETWEEN_LOOKS):
            return reading.ring
    reading = _Reading(pem=settings.JWT_SIGNING_KEY, ring=_read(settings.JWT_SIGNING_KEY), at=now)
    _last = reading
    return reading.ring


def forget_keys() -> None:
    """Read the keys anew at their next use, in this process."""
    global _last  # noqa: PLW0603
    _last = None


def _read(pem: str) -> KeyRing:
    first = _first(pem)
    keys = {first.kid: first}
    for row in SigningKey.objects.all():
        keys[row.kid] = Key(
            kid=row.kid,
            private=first.private if row.kid == first.kid else _opened(row.sealed),
            public=_public(row.public),
            signs_from=row.signs_from,
            believed_until=row.believed_until,
        )
    return KeyRing(keys=keys)


@lru_cache(maxsize=4)
def _first(pem: str) -> Key:
    """The key of the environment, parsed once a process: parsing costs many times more than a signature.

    :raises ImproperlyConfigured: if it is no RSA key of at least 2048 bits.
    """
    try:
        private = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        # Without the cause, which may quote the key.
        raise ImproperlyConfigured("JWT_SIGNING_KEY is not a private key in PEM (PKCS8)") from None
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < _BITS_OF_KEY:
        raise ImproperlyConfigured("JWT_SIGNING_KEY must be an RSA key of at least 2048 bits")
    public = private.public_key()
    return Key(kid=thumbprint(public), private=private, public=public, signs_from=_LONG_AGO, believed_until=None)


def thumbprint(key: rsa.RSAPublicKey) -> str:
    """The name of a key that everybody computes alike (RFC 7638)."""
    canonical = orjson.dumps(public_members(key), option=orjson.OPT_SORT_KEYS)
    return urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def public_members(key: rsa.RSAPublicKey) -> dict[str, Any]:
    """What a JSON Web Key says of a public key."""
    public = RSAAlgorithm.to_jwk(key, as_dict=True)
    return {name: public[name] for name in ("kty", "n", "e")}


def public_keys() -> dict[str, list[dict[str, Any]]]:
    """The JSON Web Key Set (RFC 7517) by which any other service verifies our access tokens."""
    return {
        "keys": [
            {"kid": key.kid, "use": "sig", "alg": ALGORITHM, **public_members(key.public)}
            for key in key_ring().believed(clock.system_now())
        ]
    }


def rotate_signing_key(*, announced: timedelta = timedelta(0), compromised: bool = False) -> str:
    """Make a key that signs from now on, or from the end of `announced`; returns its `kid`.

    The keys before it are believed for one lifetime of an access token after they have ceased to sign; where one is
    compromised, not a moment longer: access tokens of theirs end at once, refresh tokens go on with their sessions.
    """
    first = _first(settings.JWT_SIGNING_KEY)
    private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS_OF_KEY)
    public, now = private.public_key(), clock.system_now()
    signs_from = now if compromised else now + announced
    until = now if compromised else signs_from + ACCESS_LIFETIME
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number("accounts.rotate_signing_key")])
        older = SigningKey(kid=first.kid, sealed="", public=_pem(first.public), signs_from=first.signs_from)
        SigningKey.objects.bulk_create([older], ignore_conflicts=True)
        SigningKey.objects.filter(believed_until__isnull=True).update(believed_until=until)
        SigningKey.objects.filter(believed_until__gt=until).update(believed_until=until)
        SigningKey.objects.create(
            kid=thumbprint(public), sealed=_sealed(private), public=_pem(public), signs_from=signs_from
        )
    forget_keys()
    return thumbprint(public)


def prune_keys() -> int:
    """Remove keys that nothing is believed of any more; returns how many. (That of the environment stays marked.)"""
    over = SigningKey.objects.filter(believed_until__lt=clock.system_now() - REFRESH_LIFETIME).exclude(sealed="")
    removed, _ = over.delete()
    return removed


def _box() -> Fernet:
    digest = salted_hmac("apps.accounts.signing-keys", "", algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(digest))


def _sealed(key: rsa.RSAPrivateKey) -> str:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return _box().encrypt(pem).decode()


@lru_cache(maxsize=16)
def _opened(sealed: str) -> rsa.RSAPrivateKey | None:
    try:
        key = serialization.load_pem_private_key(_box().decrypt(sealed.encode()), password=None)
    except InvalidToken:
        # SECRET_KEY is another one: the key is still believed, and JWT_SIGNING_KEY signs until the next rotation.
        logger.warning("a signing key cannot be opened with this SECRET_KEY")
        return None
    return key if isinstance(key, rsa.RSAPrivateKey) else None


@lru_cache(maxsize=16)
def _public(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("a stored key is no RSA key")
    return key


def _pem(key: rsa.RSAPublicKey) -> str:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
