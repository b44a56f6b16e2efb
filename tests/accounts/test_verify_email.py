"""Proving that an address is one's own."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.accounts.types import MailPurpose
from apps.platform import clock
from tests.accounts.mailed import codes, newest_code
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

ROUTE = "/api/v1/auth/verify-email"
AGAIN = "/api/v1/me/verify-email"
PURPOSE = MailPurpose.VERIFY_EMAIL


@pytest.fixture
def user() -> User:
    accounts.sign_up(email="ana@example.com", password=PASSWORD, full_name="Ana")
    return User.objects.get()


def as_user(api: APIClient, user: User) -> APIClient:
    pair = accounts.sign_in(email=user.email, password=PASSWORD)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    return api


def is_verified(api: APIClient, user: User) -> bool:
    return bool(as_user(api, user).get("/api/v1/me").json()["email_verified"])


def test_the_code_that_a_sign_up_mails_verifies_the_address(api: APIClient, user: User) -> None:
    before = is_verified(api, user)

    answer = api.post(ROUTE, {"token": newest_code(user, PURPOSE)})

    assert answer.status_code == 204
    assert (before, is_verified(api, user)) == (False, True)


def test_a_code_verifies_once(api: APIClient, user: User) -> None:
    """Statement 16 of docs/security.md."""
    code = newest_code(user, PURPOSE)

    answers = [api.post(ROUTE, {"token": code}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 400]
    assert answers[1].json()["code"] == "mailed_token_invalid"


def test_a_code_verifies_for_an_hour(api: APIClient) -> None:
    """Statement 16 of docs/security.md."""
    start = clock.now()
    with clock.moved_to(start):
        for name in ("ana", "bea"):
            accounts.sign_up(email=f"{name}@example.com", password=PASSWORD, full_name=name)
    ana, bea = (newest_code(User.objects.get(email=f"{name}@example.com"), PURPOSE) for name in ("ana", "bea"))

    with clock.moved_to(start + timedelta(minutes=59)):
        in_time = api.post(ROUTE, {"token": ana})
    with clock.moved_to(start + timedelta(hours=1)):
        late = api.post(ROUTE, {"token": bea})

    assert [in_time.status_code, late.status_code] == [204, 400]


def test_a_code_for_a_password_verifies_nothing(api: APIClient, user: User) -> None:
    accounts.request_password_reset(email=user.email)

    answer = api.post(ROUTE, {"token": newest_code(user, MailPurpose.RESET_PASSWORD)})

    assert answer.status_code == 400
    assert not is_verified(api, user)


@pytest.mark.parametrize(
    "spoil", ["", "x", "é", "A" * 64, "A" * 65], ids=["empty", "short", "not ascii", "made", "odd"]
)
def test_what_is_no_code_of_ours_is_refused(api: APIClient, user: User, spoil: str) -> None:
    assert api.post(ROUTE, {"token": spoil}).status_code == 400
    assert not is_verified(api, user)


def test_a_code_with_another_proof_is_refused(api: APIClient, user: User) -> None:
    accounts.request_password_reset(email=user.email)
    verifying, resetting = newest_code(user, PURPOSE), newest_code(user, MailPurpose.RESET_PASSWORD)

    mixed = verifying[:24] + resetting[24:]

    assert api.post(ROUTE, {"token": mixed}).status_code == 400


def test_another_mail_brings_another_code_and_the_older_ones_work_until_one_is_used(api: APIClient, user: User) -> None:
    answer = as_user(api, user).post(AGAIN)
    older, newer = codes(user, PURPOSE)

    used = [api.post(ROUTE, {"token": code}).status_code for code in (older, newer)]

    assert answer.status_code == 202
    assert used == [204, 400]


def test_a_verified_address_gets_no_further_mail(api: APIClient, user: User) -> None:
    api.post(ROUTE, {"token": newest_code(user, PURPOSE)})

    answer = as_user(api, user).post(AGAIN)

    assert answer.status_code == 202
    assert len(codes(user, PURPOSE)) == 1


def test_nobody_floods_a_mailbox(api: APIClient, user: User) -> None:
    answers = [as_user(api, user).post(AGAIN) for _ in range(8)]

    assert {answer.status_code for answer in answers} == {202}
    assert len(codes(user, PURPOSE)) == 5


def test_the_page_for_people_takes_the_code_too(api: APIClient, user: User) -> None:
    form = api.get("/account/verify")
    wrong = api.post("/account/verify", {"token": "x"}, format="multipart")

    right = api.post("/account/verify", {"token": newest_code(user, PURPOSE)}, format="multipart")

    assert [form.status_code, wrong.status_code, right.status_code] == [200, 400, 200]
    assert "is verified" in right.content.decode()
    assert is_verified(api, user)
