"""Going on with a session by its refresh token."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import jwt
import pytest
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import Session, User
from apps.platform import clock
from apps.platform.http.throttling import RouteClassThrottle
from tests.factories.accounts import PASSWORD, UserFactory

ROUTE = "/api/v1/auth/token/refresh"


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


def sign_in(user: User) -> accounts.TokenPair:
    return accounts.sign_in(email=user.email, password=PASSWORD)


def test_a_refresh_token_gets_the_next_pair_of_the_same_session(api: APIClient, user: User) -> None:
    """Statement 9 of docs/security.md."""
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
    """Statement 7 of docs/security.md."""
    first, other = sign_in(user), sign_in(user)
    second = api.post(ROUTE, {"refresh": first.refresh}).json()

    reuse = api.post(ROUTE, {"refresh": first.refresh})

    assert reuse.status_code == 401
    assert reuse.json()["code"] == "refresh_token_invalid"
    assert api.post(ROUTE, {"refresh": second["refresh"]}).status_code == 401
    assert api.post(ROUTE, {"refresh": other.refresh}).status_code == 200


def test_an_access_token_refreshes_nothing_and_ends_nothing(api: APIClient, user: User) -> None:
    """Statement 3 of docs/security.md."""
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
    """Statement 11 of docs/security.md."""
    pair = sign_in(user)
    User.objects.update(is_active=False)

    assert api.post(ROUTE, {"refresh": pair.refresh}).status_code == 401


def test_a_removed_account_is_401_and_no_fault_of_ours(api: APIClient, user: User) -> None:
    """Statement 11 of docs/security.md."""
    pair = sign_in(user)
    user.delete()

    assert api.post(ROUTE, {"refresh": pair.refresh}).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_of_eight_refreshes_at_once_exactly_one_succeeds() -> None:
    """Statement 8 of docs/security.md."""
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


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_arrived_together_the_one_goes_on_and_its_session_lives() -> None:
    """Statements 7 and 8 of docs/security.md: who had arrived before the first use is no thief."""
    user = UserFactory.create()
    pair, together = sign_in(user), Barrier(8)

    def refresh(_: int) -> accounts.TokenPair | None:
        connection.ensure_connection()
        arrived_at = clock.now()
        together.wait(timeout=30)
        try:
            return accounts.refresh(token=pair.refresh, arrived_at=arrived_at)
        except accounts.RefreshTokenInvalid:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        (winner,) = [found for found in threads.map(refresh, range(8)) if found is not None]

    assert accounts.read_access_token(winner.access).user_id == user.id
    assert accounts.refresh(token=winner.refresh).access


def test_one_that_arrives_after_the_first_use_ends_the_session(user: User) -> None:
    """Statement 7 of docs/security.md."""
    pair = sign_in(user)
    start = clock.now()
    with clock.moved_to(start):
        winner = accounts.refresh(token=pair.refresh)

    with pytest.raises(accounts.RefreshTokenInvalid):
        accounts.refresh(token=pair.refresh, arrived_at=start + timedelta(milliseconds=1))

    with pytest.raises(accounts.RefreshTokenInvalid):
        accounts.refresh(token=winner.refresh)


def test_who_arrives_before_the_answer_leaves_is_in_the_race(user: User, settings: Settings) -> None:
    """Statement 8 of docs/security.md."""
    settings.REFRESH_RACE_MILLISECONDS = 50
    pair, start = sign_in(user), clock.now()
    with clock.moved_to(start):
        winner = accounts.refresh(token=pair.refresh)

    with pytest.raises(accounts.RefreshTokenInvalid):
        accounts.refresh(token=pair.refresh, arrived_at=start + timedelta(milliseconds=50))
    lives = accounts.read_access_token(winner.access)
    with pytest.raises(accounts.RefreshTokenInvalid):
        accounts.refresh(token=pair.refresh, arrived_at=start + timedelta(milliseconds=51))

    assert lives.user_id == user.id
    with pytest.raises(accounts.TokenRefused):
        accounts.read_access_token(winner.access)


def test_the_answer_does_not_leave_while_others_are_in_the_race(
    user: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statement 7 of docs/security.md: nobody in the race has read it."""
    settings.REFRESH_RACE_MILLISECONDS = 50
    pair = sign_in(user)
    waits: list[float] = []
    monkeypatch.setattr("apps.accounts.services._sessions.time.sleep", waits.append)

    accounts.refresh(token=pair.refresh)

    assert waits == [0.05]


def test_a_token_of_two_generations_ago_is_no_race(user: User) -> None:
    """Statement 7 of docs/security.md."""
    first = sign_in(user)
    early = clock.now()
    second = accounts.refresh(token=first.refresh)
    third = accounts.refresh(token=second.refresh)

    with pytest.raises(accounts.RefreshTokenInvalid):
        accounts.refresh(token=first.refresh, arrived_at=early)

    with pytest.raises(accounts.RefreshTokenInvalid):
        accounts.refresh(token=third.refresh)


def test_a_request_has_arrived_before_anything_is_waited_for(
    api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statement 8 of docs/security.md: a request that waits for its throttle meanwhile is in the race all the same."""
    pair = sign_in(user)
    winners: list[accounts.TokenPair] = []

    def another_is_faster(*_: object) -> bool:
        winners.append(accounts.refresh(token=pair.refresh))
        return True

    monkeypatch.setattr(RouteClassThrottle, "allow_request", another_is_faster)
    loser = api.post(ROUTE, {"refresh": pair.refresh})
    monkeypatch.undo()

    assert loser.status_code == 401
    assert accounts.refresh(token=winners[0].refresh).access
