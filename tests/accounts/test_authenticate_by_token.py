"""What a bearer token must be to be believed."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from apps.accounts import services as accounts
from apps.accounts.api.authentication import BearerAuthentication
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.http.throttling import RouteClassThrottle
from tests.factories.accounts import PASSWORD, UserFactory


@pytest.fixture
def pair(db: None) -> accounts.TokenPair:
    user = UserFactory.create()
    return accounts.sign_in(email=user.email, password=PASSWORD)


def get_me(api: APIClient, header: str) -> Any:
    return api.get("/api/v1/me", headers={"Authorization": header})


def our_key() -> str:
    return str(settings.JWT_SIGNING_KEY)


def another_key() -> str:
    return (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def forged(
    pair: accounts.TokenPair, *, key: str | None = None, header: dict[str, Any] | None = None, **changes: Any
) -> str:
    """The access token with some claims changed (None: left out), signed anew."""
    claims = jwt.decode(pair.access, options={"verify_signature": False}) | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = {"kid": jwt.get_unverified_header(pair.access)["kid"]} | (header or {})
    return jwt.encode(claims, key or our_key(), algorithm="RS256", headers=headers)


def unsigned(pair: accounts.TokenPair) -> str:
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    kid = jwt.get_unverified_header(pair.access)["kid"]
    return jwt.encode(claims, "", algorithm="none", headers={"kid": kid})


def signed_with_the_public_key_as_a_secret(pair: accounts.TokenPair) -> str:
    """The HS/RS confusion, put together by hand: libraries refuse to make such a token."""
    private = serialization.load_pem_private_key(our_key().encode(), password=None)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = {"alg": "HS256", "typ": "JWT", "kid": jwt.get_unverified_header(pair.access)["kid"]}
    signed = b".".join([encoded(head), pair.access.split(".")[1].encode()])
    signature = jwt.get_algorithm_by_name("HS256").sign(signed, public)
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def encoded(part: Any) -> bytes:
    raw = part.encode() if isinstance(part, str) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def test_the_token_as_it_was_given_is_believed(api: APIClient, pair: accounts.TokenPair) -> None:
    for token in (pair.access, forged(pair)):
        assert get_me(api, f"bearer {token}").status_code == 200


# Statements 1 (not signed), 2 (another key, or another way to use it), 3 (a refresh token) and 5 (who for, by whom).
FORGERIES: dict[str, Callable[[accounts.TokenPair], str]] = {
    "not signed": unsigned,
    "signed with our public key as a secret": signed_with_the_public_key_as_a_secret,
    "signed by another key under our kid": lambda pair: forged(pair, key=another_key()),
    "signed by us under an unknown kid": lambda pair: forged(pair, header={"kid": "unknown"}),
    "a refresh token": lambda pair: pair.refresh,
    "another issuer": lambda pair: forged(pair, iss="https://elsewhere.example"),
    "no issuer": lambda pair: forged(pair, iss=None),
    "another audience": lambda pair: forged(pair, aud="elsewhere"),
    "no audience": lambda pair: forged(pair, aud=None),
    "no expiry": lambda pair: forged(pair, exp=None),
    "no subject": lambda pair: forged(pair, sub=None),
    "no type": lambda pair: forged(pair, token_type=None),
    "no session": lambda pair: forged(pair, sid=None),
    "no id": lambda pair: forged(pair, jti=None),
    "changed claims": lambda pair: ".".join(
        [pair.access.split(".")[0], forged(pair, sub=str(uuid7())).split(".")[1], pair.access.split(".")[2]]
    ),
    "cut off": lambda pair: pair.access[:-20],
    "a header of a thousand lists": lambda pair: b".".join([encoded("[" * 1500), b"e30", b"x"]).decode(),
    "a kid that is no text": lambda pair: b".".join([encoded({"alg": "RS256", "kid": [1]}), b"e30", b"x"]).decode(),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_any_other_token_is_refused(
    api: APIClient, pair: accounts.TokenPair, forge: Callable[[accounts.TokenPair], str]
) -> None:
    """Statements 1, 2, 3 and 5 of docs/security.md."""
    answer = get_me(api, f"Bearer {forge(pair)}")

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_invalid"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Bearer", "token_invalid"),
        ("Bearer ", "token_invalid"),
        ("Bearer a b", "token_invalid"),
        ("Bearer é", "token_invalid"),
        ("Bearer ....", "token_invalid"),
        ("", "not_authenticated"),
        ("Basic YTpi", "not_authenticated"),
        ("nonsense", "not_authenticated"),
    ],
)
@pytest.mark.django_db
def test_a_malformed_header_is_401(api: APIClient, header: str, code: str) -> None:
    answer = get_me(api, header)

    assert answer.status_code == 401
    assert answer.json()["code"] == code
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db
def test_a_token_holds_to_the_last_second_and_not_one_more(api: APIClient) -> None:
    """Statement 4 of docs/security.md."""
    user = UserFactory.create()
    start = clock.now().replace(microsecond=0)
    with clock.moved_to(start):
        pair = accounts.sign_in(email=user.email, password=PASSWORD)

    with clock.moved_to(start + timedelta(minutes=15, seconds=-1)):
        last = get_me(api, f"Bearer {pair.access}")
    with clock.moved_to(start + timedelta(minutes=15)):
        late = get_me(api, f"Bearer {pair.access}")

    assert last.status_code == 200
    assert late.status_code == 401
    assert late.json()["code"] == "token_expired"
    assert "refresh" in late.headers["WWW-Authenticate"]


def test_tokens_live_for_15_minutes_and_7_days(pair: accounts.TokenPair) -> None:
    """Statement 4 of docs/security.md."""
    lives = [
        claims["exp"] - claims["iat"]
        for claims in (jwt.decode(raw, options={"verify_signature": False}) for raw in (pair.access, pair.refresh))
    ]

    assert lives == [15 * 60, 7 * 24 * 3600]


def test_a_believed_token_asks_the_database_nothing(pair: accounts.TokenPair, django_assert_num_queries: Any) -> None:
    request = Request(APIRequestFactory().get("/", headers={"Authorization": f"Bearer {pair.access}"}))

    with django_assert_num_queries(0):
        found = BearerAuthentication().authenticate(request)

    assert found is not None
    user, claims = found
    assert user.pk == claims.user_id
    assert accounts.caller_for(user.pk).principal == f"user:{user.pk}"


def test_the_holder_of_a_token_passes_for_a_user_and_for_no_staff(pair: accounts.TokenPair) -> None:
    request = Request(APIRequestFactory().get("/", headers={"Authorization": f"Bearer {pair.access}"}))
    found = BearerAuthentication().authenticate(request)
    assert found is not None
    request.user = found[0]  # type: ignore[assignment] # the stubs know model users only

    assert IsAuthenticated().has_permission(request, None)  # type: ignore[arg-type]
    assert RouteClassThrottle().get_cache_key(request, None) == f"throttle:default:{found[0].pk}"
    assert (found[0].is_staff, found[0].is_superuser, str(found[0].pk) in str(found[0])) == (False, False, True)
