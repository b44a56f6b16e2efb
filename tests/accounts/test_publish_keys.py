"""The public keys by which other services trust our tokens."""

import base64
import hashlib
import json

import jwt
import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from tests.factories.accounts import PASSWORD, UserFactory

ROUTE = "/.well-known/jwks.json"


@pytest.mark.django_db
def test_the_published_key_alone_verifies_an_access_token(api: APIClient, settings: Settings) -> None:
    user = UserFactory.create()
    access = accounts.sign_in(email=user.email, password=PASSWORD).access

    keys = jwt.PyJWKSet.from_dict(api.get(ROUTE).json())

    key = keys[jwt.get_unverified_header(access)["kid"]]
    claims = jwt.decode(access, key, algorithms=["RS256"], issuer=settings.JWT_ISSUER, audience=settings.JWT_AUDIENCE)
    assert claims["sub"] == str(user.id)


@pytest.mark.django_db
def test_nothing_private_is_published_and_the_name_of_a_key_is_its_thumbprint(api: APIClient) -> None:
    answer = api.get(ROUTE)

    assert answer.status_code == 200
    assert "max-age" in answer.headers["Cache-Control"]
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
    members = json.dumps({name: key[name] for name in ("e", "kty", "n")}, separators=(",", ":"), sort_keys=True)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()
    assert key["kid"] == thumbprint


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "no PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_without_a_proper_key_nothing_is_signed(settings: Settings, key: str) -> None:
    settings.JWT_SIGNING_KEY = key

    with pytest.raises(ImproperlyConfigured, match="JWT_SIGNING_KEY"):
        accounts.public_keys()
