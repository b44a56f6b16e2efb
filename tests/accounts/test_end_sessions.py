"""Signing out, here and elsewhere, and seeing where one is signed in."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import Session, User
from apps.platform import clock
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

LOGOUT = "/api/v1/auth/logout"
SESSIONS = "/api/v1/me/sessions"


def sign_in(user: User) -> accounts.TokenPair:
    return accounts.sign_in(email=user.email, password=PASSWORD)


def signed_in(api: APIClient, pair: accounts.TokenPair) -> APIClient:
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    return api


def goes_on(api: APIClient, pair: accounts.TokenPair) -> bool:
    return api.post("/api/v1/auth/token/refresh", {"refresh": pair.refresh}).status_code == 200


def test_signing_out_ends_this_session_and_no_other(api: APIClient) -> None:
    """Statements 9 and 12 of docs/security.md."""
    user = UserFactory.create()
    here, there = sign_in(user), sign_in(user)

    answers = [api.post(LOGOUT, {"refresh": here.refresh}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert not goes_on(api, here)
    assert goes_on(api, there)


def test_signing_out_with_an_older_token_of_the_session_ends_it_too(api: APIClient) -> None:
    first = sign_in(UserFactory.create())
    second = accounts.refresh(token=first.refresh)

    answer = api.post(LOGOUT, {"refresh": first.refresh})

    assert answer.status_code == 204
    assert not goes_on(api, second)


def test_signing_out_with_no_token_of_ours_is_401(api: APIClient) -> None:
    pair = sign_in(UserFactory.create())

    answer = api.post(LOGOUT, {"refresh": pair.access})

    assert answer.status_code == 401
    assert goes_on(api, pair)


def test_one_sees_ones_own_living_sessions_newest_first(api: APIClient) -> None:
    user = UserFactory.create()
    with clock.moved_to(clock.now() - timedelta(days=8)):
        sign_in(user)
    accounts.sign_out(token=sign_in(user).refresh)
    there, here = sign_in(user), sign_in(user)
    sign_in(UserFactory.create())

    answer = signed_in(api, here).get(SESSIONS)

    assert answer.status_code == 200
    ids = {row["id"]: row["current"] for row in answer.json()["results"]}
    assert list(ids.values()) == [True, False]
    assert len(ids) == 2
    assert goes_on(api, there)


def test_signing_out_everywhere_ends_all_ones_own_sessions_only(api: APIClient) -> None:
    user, other = UserFactory.create(), UserFactory.create()
    here, there, others = sign_in(user), sign_in(user), sign_in(other)

    answer = signed_in(api, here).delete(SESSIONS)

    assert answer.status_code == 204
    assert [goes_on(api, pair) for pair in (here, there, others)] == [False, False, True]


def test_one_session_is_ended_by_its_owner_and_by_nobody_else(api: APIClient) -> None:
    user, other = UserFactory.create(), UserFactory.create()
    pair, others = sign_in(user), sign_in(other)
    route = f"{SESSIONS}/{Session.objects.get(user=user).id}"

    by_another = signed_in(api, others).delete(route)
    by_owner = signed_in(api, pair).delete(route)

    assert [answer.status_code for answer in (by_another, by_owner)] == [404, 204]
    assert not goes_on(api, pair)


def test_a_session_that_has_ended_is_not_ended_again(api: APIClient) -> None:
    user = UserFactory.create()
    here, there = sign_in(user), sign_in(user)
    over = Session.objects.filter(user=user).earliest("created_at")
    accounts.sign_out(token=here.refresh)

    answer = signed_in(api, there).delete(f"{SESSIONS}/{over.id}")

    assert answer.status_code == 404


def test_a_person_signed_in_by_browser_sees_their_sessions_too(api: APIClient) -> None:
    user = UserFactory.create()
    sign_in(user)
    api.force_login(get_user_model().objects.get(id=user.id))

    answer = api.get(SESSIONS)

    assert [row["current"] for row in answer.json()["results"]] == [False]


def test_signing_out_everywhere_ends_the_sessions_of_browsers_too(api: APIClient, client: Client) -> None:
    user, other = UserFactory.create(), UserFactory.create()
    elsewhere = Client()
    client.force_login(user)
    elsewhere.force_login(other)
    assert client.get("/api/v1/me").status_code == 200

    answer = signed_in(api, sign_in(user)).delete(SESSIONS)

    assert answer.status_code == 204
    assert client.get("/api/v1/me").status_code == 401
    assert elsewhere.get("/api/v1/me").status_code == 200
    client.force_login(User.objects.get(id=user.id))
    assert client.get("/api/v1/me").status_code == 200
