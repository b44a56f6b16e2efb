"""What has served is forgotten."""

from datetime import timedelta

import pytest

from apps.accounts import services as accounts
from apps.accounts.models import FailedSignIn, MailedToken, Session
from apps.accounts.tasks import prune, repeat_ended
from apps.platform import clock
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def test_sessions_go_a_day_after_their_end_and_living_ones_stay() -> None:
    user, now = UserFactory.create(), clock.now()
    with clock.moved_to(now - timedelta(days=9)):
        accounts.sign_in(email=user.email, password=PASSWORD)
    for hours in (25, 23):
        with clock.moved_to(now - timedelta(hours=hours)):
            accounts.sign_out(token=accounts.sign_in(email=user.email, password=PASSWORD).refresh)
    with clock.moved_to(now - timedelta(days=6)):
        living = accounts.sign_in(email=user.email, password=PASSWORD)

    prune()

    assert Session.objects.count() == 2
    assert accounts.refresh(token=living.refresh).access


def test_codes_and_wrong_passwords_go_after_a_day() -> None:
    user, now = UserFactory.create(), clock.now()
    for days in (2, 0):
        with clock.moved_to(now - timedelta(days=days)):
            accounts.request_password_reset(email=user.email)
            with pytest.raises(accounts.InvalidCredentials):
                accounts.sign_in(email=user.email, password="wrong")

    prune()

    assert MailedToken.objects.count() == 1
    assert FailedSignIn.objects.count() == 1


def test_the_tasks_take_arguments_that_they_do_not_know() -> None:
    prune(added_later=True)
    repeat_ended(added_later=True)
