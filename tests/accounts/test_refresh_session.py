"""Going on with a session by its refresh token."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import jwt
import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import Session, User
from apps.platform import clock
from tests.factories.accounts import PASSWORD, UserFactory

ROUTE = "/api/v1/auth/token/refresh"


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


def sign_in(user: User) -> accounts.TokenPair:
    return accounts.sign_in(email=user.email, password=PASSWORD)


def test_a_refresh_token_gets_the_next_pair_of_the_same_session(api: APIClient, user: User) -> None:
    first = sign_in(user)

    answer = api.post(ROUTE, {"refresh": first.refresh})

    assert answer.status_code == 200
    second = answer.json()
    assert second["refresh"] != first.refresh
    assert api.get("/api/v1/me", headers={"Authorization": f"Bearer {second['access']}"}).status_code == 200
    sessions = {
        jwt.decode(raw, options={"verify_signature": False})["sid"]
        for raw in (*(first.access, first.refresh), *second.values())
    }
    assert sessions == {str(Session.objects.get().id)}
    assert api.post(ROUTE, {"refresh": second["refresh"]}).status_code == 200


def test_a_second_use_is_refused_and_ends_the_session(api: APIClient, user: User) -> None:
    first, other = sign_in(user), sign_in(user)
    second = api.post(ROUTE, {"refresh": first.refresh}).json()

    reuse = api.post(ROUTE, {"refresh": first.refresh})

    assert reuse.status_code == 401
    assert reuse.json()["code"] == "refresh_token_invalid"
    assert api.post(ROUTE, {"refresh": second["refresh"]}).status_code == 401
    assert api.post(ROUTE, {"refresh": other.refresh}).status_code == 200


def test_an_access_token_refreshes_nothing_and_ends_nothing(api: APIClient, user: User) -> None:
    pair = sign_in(user)

    answer = api.post(ROUTE, {"refresh": pair.access})

    assert answer.status_code == 401
    assert api.post(ROUTE, {"refresh": pair.refresh}).status_code == 200


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "x" * 4000])
@pytest.mark.django_db
def test_what_is_no_token_is_401(api: APIClient, token: str) -> None:
    answer = api.post(ROUTE, {"refresh": token})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_is_good_for_seven_days_from_its_own_day(api: APIClient, user: User) -> None:
    start = clock.now().replace(microsecond=0)
    with clock.moved_to(start):
        first = sign_in(user)
    with clock.moved_to(start + timedelta(days=6)):
        second = api.post(ROUTE, {"refresh": first.refresh}).json()
    with clock.moved_to(start + timedelta(days=12)):
        third = api.post(ROUTE, {"refresh": second["refresh"]})

    with clock.moved_to(start + timedelta(days=19)):
        late = api.post(ROUTE, {"refresh": third.json()["refresh"]})

    assert third.status_code == 200
    assert late.status_code == 401


def test_a_closed_account_does_not_go_on(api: APIClient, user: User) -> None:
    pair = sign_in(user)
    User.objects.update(is_active=False)

    assert api.post(ROUTE, {"refresh": pair.refresh}).status_code == 401


def test_a_removed_account_is_401_and_no_fault_of_ours(api: APIClient, user: User) -> None:
    pair = sign_in(user)
    user.delete()

    assert api.post(ROUTE, {"refresh": pair.refresh}).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_of_eight_refreshes_at_once_exactly_one_succeeds() -> None:
    user = UserFactory.create()

    for _ in range(5):
        pair, together = sign_in(user), Barrier(8)

        def refresh(token: str = pair.refresh, together: Barrier = together) -> int:
            connection.ensure_connection()
            together.wait(timeout=30)
            try:
                return APIClient().post(ROUTE, {"refresh": token}).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as threads:
            statuses = [done.result() for done in [threads.submit(refresh) for _ in range(8)]]

        assert sorted(statuses) == [200, *[401] * 7]
