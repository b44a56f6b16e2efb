"""Signing in with address and password."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import Session, User
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


def test_a_password_that_is_changed_while_it_is_compared_begins_no_session(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statement 10 of docs/security.md."""
    UserFactory.create(email="ana@example.com")
    compare = User.check_password

    def compared(user: User, raw_password: str) -> bool:
        is_right = compare(user, raw_password)
        User.objects.filter(id=user.id).update(password=make_password("nine-yellow-doors"))
        return is_right

    monkeypatch.setattr(User, "check_password", compared)
    answer = api.post(ROUTE, {"email": "ana@example.com", "password": PASSWORD})

    assert answer.status_code == 401
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_waits_for_a_new_password_that_is_not_committed_yet() -> None:
    """Statement 10 of docs/security.md: its session would begin after all sessions have ended."""
    user = UserFactory.create(email="ana@example.com")

    def sign_in() -> bool:
        try:
            return bool(accounts.sign_in(email="ana@example.com", password=PASSWORD).access)
        except accounts.InvalidCredentials:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        User.objects.filter(id=user.id).update(password=make_password("nine-yellow-doors"))
        accounts.end_sessions(user_id=user.id)
        signed_in = threads.submit(sign_in)
        while not signed_in.done() and not somebody_waits():
            pass

    assert not signed_in.result()
    assert not Session.objects.exists()


def somebody_waits() -> bool:
    """Whether somebody waits for a lock. (Of sessions a transaction would only see what it saw first.)"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        row = cursor.fetchone()
    return bool(row and row[0])
