"""A forgotten password: a code by mail, and a new password with it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import MailedToken, User
from apps.accounts.types import MailPurpose
from apps.platform import clock
from apps.platform.models import OutboxMessage
from tests.accounts.hashing import CountingHasher
from tests.accounts.mailed import codes, newest_code
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

ASK = "/api/v1/auth/password-reset"
SET = "/api/v1/auth/password-reset/confirm"
PURPOSE = MailPurpose.RESET_PASSWORD
NEW = "nine-yellow-doors"


@pytest.fixture
def user() -> User:
    return UserFactory.create(email="ana@example.com", full_name="Ana Margarida Sousa")


def asked(api: APIClient, user: User) -> str:
    """The code, after asking for it."""
    assert api.post(ASK, {"email": user.email}).status_code == 202
    return newest_code(user, PURPOSE)


def signs_in(api: APIClient, user: User, password: str) -> bool:
    return api.post("/api/v1/auth/token", {"email": user.email, "password": password}).status_code == 200


def test_the_mailed_code_sets_a_new_password(api: APIClient, user: User) -> None:
    code = asked(api, user)

    answer = api.post(SET, {"token": code, "password": NEW})

    assert answer.status_code == 204
    assert [signs_in(api, user, password) for password in (PASSWORD, NEW)] == [False, True]
    user.refresh_from_db()
    assert user.email_verified_at is not None


def test_a_reset_ends_every_token_at_once(api: APIClient, user: User) -> None:
    """Statement 10 of docs/security.md."""
    pairs = [accounts.sign_in(email=user.email, password=PASSWORD) for _ in range(2)]

    api.post(SET, {"token": asked(api, user), "password": NEW})

    for pair in pairs:
        assert api.get("/api/v1/me", headers={"Authorization": f"Bearer {pair.access}"}).status_code == 401
        assert api.post("/api/v1/auth/token/refresh", {"refresh": pair.refresh}).status_code == 401


def test_a_reset_ends_the_sessions_of_browsers_too(api: APIClient) -> None:
    """Statement 10 of docs/security.md."""
    staff = MembershipFactory.create(role=accounts.Role.PLATFORM_ADMIN).user
    browser = Client()
    browser.force_login(staff)
    before = browser.get("/admin/accounts/user/").status_code

    api.post(SET, {"token": asked(api, staff), "password": NEW})

    assert (before, browser.get("/admin/accounts/user/").status_code) == (200, 302)


def test_a_code_sets_a_password_once(api: APIClient, user: User) -> None:
    """Statement 16 of docs/security.md."""
    code = asked(api, user)

    answers = [api.post(SET, {"token": code, "password": password}) for password in (NEW, "eleven-blue-chairs")]

    assert [answer.status_code for answer in answers] == [204, 400]
    assert signs_in(api, user, NEW)


@pytest.mark.django_db(transaction=True)
def test_of_eight_uses_of_a_code_at_once_one_succeeds() -> None:
    """Statement 16 of docs/security.md."""
    user = UserFactory.create()
    accounts.request_password_reset(email=user.email)
    code, together = newest_code(user, PURPOSE), Barrier(8)

    def use(number: int) -> int:
        connection.ensure_connection()
        together.wait(timeout=30)
        try:
            return APIClient().post(SET, {"token": code, "password": f"{NEW}-{number}"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(use, range(8)))

    assert sorted(statuses) == [204, *[400] * 7]


def test_a_code_works_for_an_hour(api: APIClient, user: User) -> None:
    """Statement 16 of docs/security.md."""
    start = clock.now()
    with clock.moved_to(start):
        code = asked(api, user)

    with clock.moved_to(start + timedelta(hours=1)):
        late = api.post(SET, {"token": code, "password": NEW})
    with clock.moved_to(start + timedelta(minutes=59)):
        in_time = api.post(SET, {"token": code, "password": NEW})

    assert [late.status_code, in_time.status_code] == [400, 204]


def test_a_new_password_voids_the_other_codes(api: APIClient, user: User) -> None:
    older, newer = asked(api, user), asked(api, user)

    api.post(SET, {"token": newer, "password": NEW})

    assert api.post(SET, {"token": older, "password": PASSWORD}).status_code == 400


@pytest.mark.parametrize("password", ["elevenchars", "qwerty123456", "margarida-sousa"])
def test_a_weak_password_is_refused_and_the_code_still_works(api: APIClient, user: User, password: str) -> None:
    """Statement 16 of docs/security.md."""
    code = asked(api, user)

    weak = api.post(SET, {"token": code, "password": password})
    strong = api.post(SET, {"token": code, "password": NEW})

    assert weak.status_code == 400
    assert [error["pointer"] for error in weak.json()["errors"]] == ["/password"]
    assert strong.status_code == 204


def test_known_unknown_and_closed_addresses_answer_alike_at_the_same_cost(
    api: APIClient, user: User, hasher: type[CountingHasher], django_assert_num_queries: Any
) -> None:
    """Statement 15 of docs/security.md."""
    UserFactory.create(email="closed@example.com", is_active=False)
    hasher.hashed = 0
    answers = []

    for email in (user.email, "unknown@example.com", "closed@example.com"):
        with django_assert_num_queries(4):  # (savepoint, token, event, release)
            answers.append(api.post(ASK, {"email": email}))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert hasher.hashed == 0
    assert list(MailedToken.objects.values_list("user__email", flat=True)) == [user.email]


def test_a_closed_account_sets_no_password(api: APIClient, user: User) -> None:
    code = asked(api, user)
    accounts.deactivate(user_id=user.id)

    answer = api.post(SET, {"token": code, "password": NEW})

    assert answer.status_code == 400


def test_an_account_gets_five_mails_an_hour(api: APIClient, user: User) -> None:
    start = clock.now()
    for minutes in range(8):
        with clock.moved_to(start + timedelta(minutes=minutes)):
            api.post(ASK, {"email": user.email})
    with clock.moved_to(start + timedelta(minutes=61)):
        api.post(ASK, {"email": user.email})

    assert len(codes(user, PURPOSE)) == 6


def test_the_code_is_in_no_table_event_or_log(
    api: APIClient, user: User, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Statement 16 of docs/security.md."""
    code = asked(api, user)
    api.post(SET, {"token": code[:-4], "password": NEW})
    api.post(SET, {"token": code, "password": NEW})

    kept = [*MailedToken.objects.values_list(), *OutboxMessage.objects.values_list()]

    said = caplog.text + "".join(capfd.readouterr()) + repr(kept)
    assert "password-reset" in said
    assert code[24:40] not in said
    assert NEW not in said


def test_the_pages_for_people_do_the_same(api: APIClient, user: User) -> None:
    asked_there = api.post("/account/forgotten", {"email": user.email}, format="multipart")
    code = newest_code(user, PURPOSE)
    weak = api.post("/account/password", {"token": code, "password": "short"}, format="multipart")

    done = api.post("/account/password", {"token": code, "password": NEW}, format="multipart")

    assert [asked_there.status_code, weak.status_code, done.status_code] == [200, 400, 200]
    assert "too short" in weak.content.decode()
    assert signs_in(api, user, NEW)
