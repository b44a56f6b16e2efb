"""Access tokens end with their session: at once, at every process, with Redis and without."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from apps.accounts import services as accounts
from apps.accounts.api.authentication import BearerAuthentication
from apps.accounts.models import Session, User
from apps.platform import clock
from config.settings.base import redis_settings
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return UserFactory.create()


def sign_in(user: User) -> accounts.TokenPair:
    return accounts.sign_in(email=user.email, password=PASSWORD)


def status(api: APIClient, pair: accounts.TokenPair) -> int:
    return api.get("/api/v1/me", headers={"Authorization": f"Bearer {pair.access}"}).status_code


def authenticate(pair: accounts.TokenPair) -> Any:
    headers = {"Authorization": f"Bearer {pair.access}"}
    return BearerAuthentication().authenticate(Request(APIRequestFactory().get("/", headers=headers)))


@pytest.fixture
def without_redis(settings: Settings) -> Callable[[], None]:
    """From the call on nobody answers where Redis was."""

    def leave() -> None:
        nobody = "redis://127.0.0.1:1/0"
        settings.CACHES = redis_settings(cache_url=nobody, broker_url=nobody, lock_urls=[nobody])["CACHES"]

    return leave


@pytest.fixture
def emptied_redis(settings: Settings) -> Callable[[], None]:
    def empty() -> None:
        client = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
        for name in client.scan_iter("session:*"):
            client.delete(name)
        client.close()

    return empty


ENDS: dict[str, Callable[[User, accounts.TokenPair], Any]] = {
    "signing out": lambda user, pair: accounts.sign_out(token=pair.refresh),
    "signing out everywhere": lambda user, pair: accounts.end_sessions(user_id=user.id),
    "ending the session from elsewhere": lambda user, pair: accounts.end_session(
        user_id=user.id, session_id=Session.objects.get(user=user).id
    ),
    "closing the account": lambda user, pair: accounts.deactivate(user_id=user.id),
    "a password that is set by an administrator": lambda user, pair: accounts.ensure_account(
        email=user.email, full_name="Ana", password="nine-yellow-doors"
    ),
    "a refresh token that comes a second time": lambda user, pair: twice(pair),
}


def twice(pair: accounts.TokenPair) -> None:
    accounts.refresh(token=pair.refresh)
    with pytest.raises(accounts.RefreshTokenInvalid):
        accounts.refresh(token=pair.refresh)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_what_ends_a_session_ends_its_access_tokens(
    api: APIClient, user: User, end: Callable[[User, accounts.TokenPair], Any]
) -> None:
    """Statements 10, 11 and 12 of docs/security.md."""
    pair = sign_in(user)
    before = status(api, pair)

    end(user, pair)

    assert (before, status(api, pair)) == (200, 401)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_so_it_is_without_redis(
    api: APIClient,
    user: User,
    end: Callable[[User, accounts.TokenPair], Any],
    without_redis: Callable[[], None],
) -> None:
    """Statement 10 of docs/security.md."""
    without_redis()
    pair = sign_in(user)
    before = status(api, pair)

    end(user, pair)

    assert (before, status(api, pair)) == (200, 401)


def test_signing_out_here_leaves_other_sessions_alone(api: APIClient, user: User) -> None:
    """Statement 12 of docs/security.md."""
    here, there = sign_in(user), sign_in(user)

    accounts.sign_out(token=here.refresh)

    assert [status(api, here), status(api, there)] == [401, 200]


def test_a_removed_account_is_401_and_not_500(api: APIClient, user: User, emptied_redis: Callable[[], None]) -> None:
    """Statement 11 of docs/security.md."""
    pair = sign_in(user)
    user.delete()
    emptied_redis()

    assert status(api, pair) == 401
    assert api.post("/api/v1/auth/token/refresh", {"refresh": pair.refresh}).status_code == 401


def test_a_redis_that_was_emptied_lets_nobody_in(api: APIClient, user: User, emptied_redis: Callable[[], None]) -> None:
    """Statement 10 of docs/security.md."""
    over, alive = sign_in(user), sign_in(user)
    accounts.sign_out(token=over.refresh)

    emptied_redis()

    assert [status(api, over), status(api, alive)] == [401, 200]


def test_what_redis_was_not_told_it_is_told_later(
    api: APIClient, user: User, settings: Settings, without_redis: Callable[[], None]
) -> None:
    """Statement 10 of docs/security.md."""
    pair, with_redis = sign_in(user), settings.CACHES
    without_redis()
    accounts.sign_out(token=pair.refresh)
    settings.CACHES = with_redis

    told = accounts.repeat_ended()

    assert told >= 1
    assert status(api, pair) == 401


def test_a_session_that_was_read_before_its_end_is_not_noted_as_alive_after_it(user: User) -> None:
    from apps.accounts.services import _liveness

    sign_in(user)
    session_id = Session.objects.get().id
    accounts.end_sessions(user_id=user.id)

    _liveness.note_issued(session_id)

    assert not _liveness._lives(accounts.AccessClaims(user_id=user.id, session_id=session_id))


def test_verifying_a_token_takes_no_statement_while_redis_answers(user: User, django_assert_num_queries: Any) -> None:
    """Statement 10 of docs/security.md."""
    start = clock.now()
    with clock.moved_to(start):
        pair = sign_in(user)
    with clock.moved_to(start + timedelta(minutes=14)):
        pair = accounts.refresh(token=pair.refresh)

    with django_assert_num_queries(0):
        found = authenticate(pair)

    assert found is not None


def test_verifying_a_token_takes_one_statement_while_redis_is_away(
    user: User, django_assert_num_queries: Any, without_redis: Callable[[], None]
) -> None:
    """Statement 10 of docs/security.md."""
    pair = sign_in(user)
    without_redis()

    for _ in range(2):
        with django_assert_num_queries(1):
            assert authenticate(pair) is not None


def test_a_session_that_redis_forgot_is_looked_up_once(
    user: User, django_assert_num_queries: Any, emptied_redis: Callable[[], None]
) -> None:
    pair = sign_in(user)
    emptied_redis()

    with django_assert_num_queries(1):
        authenticate(pair)
    with django_assert_num_queries(0):
        authenticate(pair)


def test_a_note_outlives_every_access_token_it_is_for(user: User, settings: Settings) -> None:
    pair = sign_in(user)
    client = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
    name = f"session:{Session.objects.get().id}"
    client.expire(name, 10)

    accounts.refresh(token=pair.refresh)

    left = int(client.ttl(name))
    client.close()
    assert left > 15 * 60
