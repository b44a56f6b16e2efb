"""Signing in with address and password."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import Session
from tests.accounts.hashing import CountingHasher
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

ROUTE = "/api/v1/auth/token"


def test_address_and_password_get_a_pair_whose_access_token_says_who_one_is(api: APIClient) -> None:
    user = UserFactory.create(email="ana@example.com")

    pair = api.post(ROUTE, {"email": "Ana@Example.com", "password": PASSWORD})

    assert pair.status_code == 200
    assert set(pair.json()) == {"access", "refresh"}
    me = api.get("/api/v1/me", headers={"Authorization": f"Bearer {pair.json()['access']}"})
    assert me.status_code == 200
    assert me.json()["id"] == str(user.id)


def test_unknown_address_wrong_password_and_closed_account_are_refused_alike(api: APIClient) -> None:
    """Statement 15 of docs/security.md."""
    UserFactory.create(email="known@example.com")
    UserFactory.create(email="closed@example.com", is_active=False)

    answers = [
        api.post(ROUTE, {"email": "unknown@example.com", "password": PASSWORD}),
        api.post(ROUTE, {"email": "known@example.com", "password": "not-the-password"}),
        api.post(ROUTE, {"email": "closed@example.com", "password": PASSWORD}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert [answer.headers["WWW-Authenticate"] for answer in answers] == ['Bearer realm="api"'] * 3
    unlike = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in answers]
    assert unlike[0] == unlike[1] == unlike[2]
    assert unlike[0]["code"] == "invalid_credentials"
    assert not Session.objects.exists()


@pytest.mark.parametrize("email", ["known@example.com", "unknown@example.com"])
def test_a_refusal_costs_one_hash_whether_or_not_the_address_is_known(
    api: APIClient, hasher: type[CountingHasher], django_assert_num_queries: Any, email: str
) -> None:
    """Statement 15 of docs/security.md."""
    UserFactory.create(email="known@example.com")
    hasher.hashed = 0

    with django_assert_num_queries(4):
        api.post(ROUTE, {"email": email, "password": "not-the-password"})

    assert hasher.hashed == 1


def test_signing_in_takes_three_statements(api: APIClient, django_assert_num_queries: Any) -> None:
    UserFactory.create(email="ana@example.com")
    accounts.public_keys()  # (read once a minute)

    with django_assert_num_queries(3):
        answer = api.post(ROUTE, {"email": "ana@example.com", "password": PASSWORD})

    assert answer.status_code == 200


def test_an_old_token_in_the_header_does_not_keep_anybody_from_signing_in(api: APIClient) -> None:
    UserFactory.create(email="ana@example.com")

    answer = api.post(
        ROUTE, {"email": "ana@example.com", "password": PASSWORD}, headers={"Authorization": "Bearer stale"}
    )

    assert answer.status_code == 200


def test_a_body_that_is_no_credentials_is_refused_field_by_field(api: APIClient) -> None:
    answer = api.post(ROUTE, {"email": "nobody", "otp": "1"})

    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} >= {"/otp"}
