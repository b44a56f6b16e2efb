"""A new password with the old one."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.accounts.types import MailPurpose
from tests.accounts.mailed import newest_code
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

ROUTE = "/api/v1/me/password"
NEW = "nine-yellow-doors"


@pytest.fixture
def user() -> User:
    return UserFactory.create(email="ana@example.com", full_name="Ana Margarida Sousa")


@pytest.fixture
def pair(user: User) -> accounts.TokenPair:
    return accounts.sign_in(email=user.email, password=PASSWORD)


def bearer(access: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access}"}


def change(api: APIClient, pair: accounts.TokenPair, old: str = PASSWORD, new: str = NEW) -> Any:
    return api.post(ROUTE, {"current_password": old, "new_password": new}, headers=bearer(pair.access))


def test_the_new_password_signs_in_and_the_old_one_does_not(
    api: APIClient, user: User, pair: accounts.TokenPair
) -> None:
    answer = change(api, pair)

    assert answer.status_code == 200
    assert accounts.sign_in(email=user.email, password=NEW).access
    with pytest.raises(accounts.InvalidCredentials):
        accounts.sign_in(email=user.email, password=PASSWORD)


def test_every_token_ends_at_once_but_those_of_the_answer(api: APIClient, user: User, pair: accounts.TokenPair) -> None:
    """Statement 10 of docs/security.md."""
    elsewhere = accounts.sign_in(email=user.email, password=PASSWORD)

    fresh = change(api, pair).json()

    for old in (pair, elsewhere):
        assert api.get("/api/v1/me", headers=bearer(old.access)).status_code == 401
        assert api.post("/api/v1/auth/token/refresh", {"refresh": old.refresh}).status_code == 401
    assert api.get("/api/v1/me", headers=bearer(fresh["access"])).status_code == 200
    assert api.post("/api/v1/auth/token/refresh", {"refresh": fresh["refresh"]}).status_code == 200


def test_a_password_changed_in_the_admin_ends_every_token_too(api: APIClient) -> None:
    """Statement 10 of docs/security.md."""
    staff = MembershipFactory.create(role=accounts.Role.PLATFORM_ADMIN).user
    pair = accounts.sign_in(email=staff.email, password=PASSWORD)
    browser = Client()
    browser.force_login(staff)

    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    answer = browser.post("/admin/password_change/", form)

    assert answer.status_code == 302
    assert api.get("/api/v1/me", headers=bearer(pair.access)).status_code == 401
    assert api.post("/api/v1/auth/token/refresh", {"refresh": pair.refresh}).status_code == 401


def test_a_password_whose_hash_is_brought_up_to_date_ends_nothing(
    api: APIClient, user: User, pair: accounts.TokenPair, settings: Settings
) -> None:
    newer = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    settings.PASSWORD_HASHERS = [newer, *settings.PASSWORD_HASHERS]

    accounts.sign_in(email=user.email, password=PASSWORD)

    user.refresh_from_db()
    assert user.password.startswith("pbkdf2")
    assert api.get("/api/v1/me", headers=bearer(pair.access)).status_code == 200


def test_a_wrong_old_password_changes_nothing(api: APIClient, user: User, pair: accounts.TokenPair) -> None:
    answer = change(api, pair, old="not-the-password")

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/current_password"]
    assert accounts.sign_in(email=user.email, password=PASSWORD).access


def test_guessing_the_old_password_closes_the_door(api: APIClient, pair: accounts.TokenPair) -> None:
    """Statement 13 of docs/security.md."""
    guesses = [change(api, pair, old=f"wrong-guess-{number}").status_code for number in range(6)]

    assert guesses == [400] * 5 + [429]


@pytest.mark.parametrize("password", ["elevenchars", "qwerty123456", "margarida-sousa"])
def test_a_weak_password_is_refused_at_its_field(api: APIClient, pair: accounts.TokenPair, password: str) -> None:
    """Statement 16 of docs/security.md."""
    answer = change(api, pair, new=password)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/new_password"]


def test_a_changed_password_voids_the_codes_that_were_mailed(
    api: APIClient, user: User, pair: accounts.TokenPair
) -> None:
    accounts.request_password_reset(email=user.email)

    change(api, pair)

    with pytest.raises(accounts.MailedTokenInvalid):
        accounts.reset_password(token=newest_code(user, MailPurpose.RESET_PASSWORD), password="eleven-blue-chairs")
