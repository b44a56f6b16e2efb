"""Making sure that an account is there, for the demo and for administrators."""

from typing import Any

import pytest

from apps.accounts import services as accounts
from apps.accounts.models import Session, User
from apps.accounts.services import InvalidCredentials, Role
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def test_the_account_is_made_once_and_kept(mailoutbox: list[object]) -> None:
    wanted: dict[str, Any] = {"email": "Desk@Demo.example", "full_name": "Front Desk", "password": "x1"}

    first = accounts.ensure_account(**wanted, is_staff=True, verified=True)
    second = accounts.ensure_account(**wanted)

    assert first == second
    user = User.objects.get()
    assert (user.email, user.is_staff, user.email_verified_at is not None) == ("desk@demo.example", True, True)
    assert accounts.sign_in(email="desk@demo.example", password="x1").access
    assert mailoutbox == []


def test_an_account_that_is_there_is_brought_up_and_keeps_its_roles() -> None:
    user = UserFactory.create(email="admin@demo.example", full_name="Old")
    accounts.grant_role(user_id=user.id, role=Role.PLATFORM_ADMIN)

    account = accounts.ensure_account(email="admin@demo.example", full_name="Administrator", password="another")

    assert (account.id, account.full_name) == (user.id, "Administrator")
    assert accounts.access_of(user.id).is_administrator
    assert accounts.sign_in(email="admin@demo.example", password="another").access
    with pytest.raises(InvalidCredentials):
        accounts.sign_in(email="admin@demo.example", password=PASSWORD)


def test_without_a_password_nobody_signs_in_and_an_old_password_stays() -> None:
    UserFactory.create(email="old@demo.example")

    for email in ("old@demo.example", "new@demo.example"):
        accounts.ensure_account(email=email, full_name="Somebody")

    assert accounts.sign_in(email="old@demo.example", password=PASSWORD).access
    for password in ("", "!", PASSWORD):
        with pytest.raises(InvalidCredentials):
            accounts.sign_in(email="new@demo.example", password=password)


def test_closing_an_account_ends_its_sessions_and_opening_it_lets_one_sign_in_again() -> None:
    user = UserFactory.create()
    accounts.sign_in(email=user.email, password=PASSWORD)

    accounts.deactivate(user_id=user.id)

    assert not Session.objects.filter(revoked_at__isnull=True).exists()
    with pytest.raises(InvalidCredentials):
        accounts.sign_in(email=user.email, password=PASSWORD)
    accounts.reactivate(user_id=user.id)
    assert accounts.sign_in(email=user.email, password=PASSWORD).access
