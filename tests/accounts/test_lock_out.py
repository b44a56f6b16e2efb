"""Wrong passwords: who is kept out for how long, and who never is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from apps.accounts import policies
from apps.accounts import services as accounts
from apps.accounts.models import FailedSignIn, Session, User
from apps.platform import clock
from config.settings.base import redis_settings
from tests.accounts.hashing import CountingHasher
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

ROUTE = "/api/v1/auth/token"
EMAIL = "ana@example.com"


@pytest.fixture
def start() -> Iterator[datetime]:
    """A moment that stands still."""
    moment = clock.now()
    with clock.moved_to(moment):
        yield moment


@pytest.fixture
def user() -> User:
    return UserFactory.create(email=EMAIL)


def sign_in(api: APIClient, password: str = "a-wrong-password", email: str = EMAIL, **where: Any) -> Any:
    return api.post(ROUTE, {"email": email, "password": password}, **where)


def statuses(api: APIClient, tries: int, **how: Any) -> list[int]:
    return [sign_in(api, **how).status_code for _ in range(tries)]


def test_the_sixth_wrong_password_within_15_minutes_has_to_wait(api: APIClient, user: User, start: datetime) -> None:
    """Statement 13 of docs/security.md."""
    first_five = statuses(api, 5)

    sixth = sign_in(api)

    assert first_five == [401] * 5
    assert sixth.status_code == 429
    assert sixth.json()["code"] == "too_many_tries"
    assert 0 < int(sixth.headers["Retry-After"]) <= 15 * 60 + 1


def test_after_too_many_the_right_password_has_to_wait_too(api: APIClient, user: User, start: datetime) -> None:
    statuses(api, 5)

    assert sign_in(api, PASSWORD).status_code == 429
    with clock.moved_to(start + timedelta(minutes=15, seconds=1)):
        assert sign_in(api, PASSWORD).status_code == 200


def test_the_wait_is_what_retry_after_says(api: APIClient, user: User, start: datetime) -> None:
    for minutes in range(5):
        with clock.moved_to(start + timedelta(minutes=minutes)):
            sign_in(api)

    with clock.moved_to(start + timedelta(minutes=5)):
        wait = int(sign_in(api).headers["Retry-After"])
    with clock.moved_to(start + timedelta(minutes=5, seconds=wait)):
        after = sign_in(api, PASSWORD)

    assert 10 * 60 <= wait <= 10 * 60 + 1
    assert after.status_code == 200


def test_a_try_that_is_refused_costs_no_hash_and_prolongs_nothing(
    api: APIClient, user: User, start: datetime, hasher: type[CountingHasher]
) -> None:
    statuses(api, 5)
    hasher.hashed = 0

    statuses(api, 5)

    assert hasher.hashed == 0
    assert FailedSignIn.objects.count() == 5


def test_an_address_that_nobody_has_is_counted_alike(api: APIClient, start: datetime) -> None:
    """Statements 13 and 15 of docs/security.md."""
    assert statuses(api, 6, email="nobody@example.com") == [401] * 5 + [429]


def test_a_right_password_forgets_the_wrong_ones(api: APIClient, user: User, start: datetime) -> None:
    assert statuses(api, 4) == [401] * 4
    assert sign_in(api, PASSWORD).status_code == 200
    assert statuses(api, 5) == [401] * 5


def test_nobody_locks_a_person_out_from_another_address(api: APIClient, user: User, start: datetime) -> None:
    """Statement 13 of docs/security.md."""
    for number in range(60):
        statuses(api, 2, REMOTE_ADDR=f"198.51.100.{number}")

    answer = sign_in(api, PASSWORD, REMOTE_ADDR="203.0.113.7")

    assert answer.status_code == 200


def test_tries_from_many_addresses_leave_each_of_them_one(api: APIClient, user: User, start: datetime) -> None:
    """Statement 13 of docs/security.md."""
    for number in range(10):
        assert statuses(api, 5, REMOTE_ADDR=f"198.51.100.{number}") == [401] * 5

    assert statuses(api, 3, REMOTE_ADDR="203.0.113.8") == [401, 429, 429]


def test_one_account_under_attack_does_not_touch_another(api: APIClient, user: User, start: datetime) -> None:
    UserFactory.create(email="bea@example.com")
    statuses(api, 6)

    assert sign_in(api, PASSWORD, email="bea@example.com").status_code == 200


def test_a_household_of_ipv6_is_one_address(api: APIClient, user: User, start: datetime) -> None:
    tries = [sign_in(api, REMOTE_ADDR=f"2001:db8:7:7::{number:x}").status_code for number in range(1, 7)]

    assert tries == [401] * 5 + [429]
    assert sign_in(api, PASSWORD, REMOTE_ADDR="2001:db8:7:8::1").status_code == 200


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_what_an_address_is_counted_as(given: str, counted: str) -> None:
    assert policies.network_of(given) == counted


def test_a_made_up_forwarded_address_changes_nothing(api: APIClient, user: User, start: datetime) -> None:
    """Statement 14 of docs/security.md: without a proxy of ours the header is the client's."""
    tries = [sign_in(api, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}").status_code for number in range(6)]

    assert tries == [401] * 5 + [429]


def test_behind_a_proxy_only_what_it_added_counts(
    api: APIClient, user: User, start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statement 14 of docs/security.md: with one proxy of ours the last entry is true, the others are the client's."""
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)

    spoofed = [
        sign_in(api, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 198.51.100.9").status_code for number in range(6)
    ]
    other = sign_in(api, PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.9, 198.51.100.10")

    assert spoofed == [401] * 5 + [429]
    assert other.status_code == 200


@pytest.mark.parametrize("page", ["/admin/login/", "/api-auth/login/"])
def test_the_sixth_wrong_password_at_the_pages_has_to_wait(page: str, start: datetime) -> None:
    """Statement 13 of docs/security.md."""
    staff = MembershipFactory.create(role=accounts.Role.PLATFORM_ADMIN).user
    browser = Client()

    tries = [browser.post(page, {"username": staff.email, "password": "a-wrong-password"}) for _ in range(6)]
    right = browser.post(page, {"username": staff.email, "password": PASSWORD})

    assert [answer.status_code for answer in tries] == [200] * 5 + [429]
    assert int(tries[-1].headers["Retry-After"]) > 0
    assert "Too many wrong passwords" in tries[-1].content.decode()
    assert right.status_code == 429
    assert "_auth_user_id" not in browser.session


def test_pages_and_tokens_count_together(api: APIClient, start: datetime) -> None:
    staff = MembershipFactory.create(role=accounts.Role.PLATFORM_ADMIN).user
    for _ in range(3):
        Client().post("/admin/login/", {"username": staff.email.upper(), "password": "a-wrong-password"})

    assert statuses(api, 3, email=staff.email) == [401, 401, 429]


def test_a_reset_by_mail_opens_the_door(api: APIClient, user: User, start: datetime) -> None:
    from tests.accounts.test_reset_password import NEW, asked

    statuses(api, 6)
    api.post("/api/v1/auth/password-reset/confirm", {"token": asked(api, user), "password": NEW})

    assert sign_in(api, NEW).status_code == 200


def test_without_redis_the_door_closes_all_the_same(
    api: APIClient, user: User, start: datetime, settings: Settings
) -> None:
    """Statement 13 of docs/security.md: the counters never fail open."""
    nobody = "redis://127.0.0.1:1/0"
    settings.CACHES = redis_settings(cache_url=nobody, broker_url=nobody, lock_urls=[nobody])["CACHES"]

    assert statuses(api, 6) == [401] * 5 + [429]


@pytest.mark.django_db(transaction=True)
def test_wrong_and_right_passwords_at_once_let_nobody_guess_more_than_five() -> None:
    """Statement 13 of docs/security.md: the door closes on what is under way."""
    user = UserFactory.create(email=EMAIL)
    door_closed = Barrier(2)

    def right() -> int:
        connection.ensure_connection()
        try:
            return _signed_in_late(user, door_closed)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(right)
        door_closed.wait(timeout=30)
        tries = statuses(APIClient(), 6)
        door_closed.wait(timeout=30)

    assert tries == [401] * 5 + [429]
    assert late.result() == 429
    assert not Session.objects.exists()


def _signed_in_late(user: User, door_closed: Barrier) -> int:
    """The status of a right password whose hash was being computed while others failed at the same door."""

    class Slow(CountingHasher):
        """Takes so long for the right password that others fail meanwhile."""

        def verify(self, password: str, encoded: str) -> bool:
            if password == PASSWORD:
                door_closed.wait(timeout=30)
                door_closed.wait(timeout=30)
            return super().verify(password, encoded)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.contrib.auth.hashers.identify_hasher", lambda encoded: Slow())
        return int(APIClient().post(ROUTE, {"email": user.email, "password": PASSWORD}).status_code)


@pytest.mark.django_db(transaction=True)
def test_of_twelve_wrong_passwords_at_once_five_are_told_to_be_wrong() -> None:
    """Statement 13 of docs/security.md."""
    UserFactory.create(email=EMAIL)
    together = Barrier(12)

    def guess(number: int) -> int:
        connection.ensure_connection()
        together.wait(timeout=30)
        try:
            return int(sign_in(APIClient(), f"wrong-guess-{number}").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        tries = list(threads.map(guess, range(12)))

    assert tries.count(401) <= 5
    assert set(tries) <= {401, 429}
