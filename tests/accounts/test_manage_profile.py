"""Reading and changing oneself, and how other apps look people up."""

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.platform.db import uuid7
from apps.platform.errors import NotFound
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory

pytestmark = pytest.mark.django_db

ROUTE = "/api/v1/me"


def signed_in(api: APIClient, user: User) -> APIClient:
    pair = accounts.sign_in(email=user.email, password=PASSWORD)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    return api


def test_one_sees_oneself_with_ones_roles(api: APIClient) -> None:
    user = UserFactory.create(email="ana@example.com", full_name="Ana Sousa")
    hotel = HotelFactory.create(plan=False)
    MembershipFactory.create(user=user, scope_id=hotel.id)

    answer = signed_in(api, user).get(ROUTE)

    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(user.id),
        "email": "ana@example.com",
        "full_name": "Ana Sousa",
        "email_verified": False,
        "roles": [{"role": "front_desk", "hotel_id": str(hotel.id)}],
    }


def test_one_may_change_ones_name(api: APIClient) -> None:
    user = UserFactory.create()

    answer = signed_in(api, user).patch(ROUTE, {"full_name": "Ana Costa"})

    assert (answer.status_code, answer.json()["full_name"]) == (200, "Ana Costa")
    assert User.objects.get().full_name == "Ana Costa"


@pytest.mark.parametrize(
    "change",
    [{"full_name": "Ana\nCosta"}, {"full_name": ""}, {}, {"email": "b@example.com"}, {"is_staff": True}],
)
def test_one_may_change_nothing_else(api: APIClient, change: dict[str, Any]) -> None:
    user = UserFactory.create()

    answer = signed_in(api, user).patch(ROUTE, change)

    assert answer.status_code == 400
    unchanged = User.objects.get()
    assert (unchanged.full_name, unchanged.email, unchanged.is_staff) == (user.full_name, user.email, False)


def test_without_a_token_one_is_told_to_sign_in(api: APIClient) -> None:
    answer = api.get(ROUTE)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("method", ["get", "patch"])
def test_a_closed_account_shows_nothing(api: APIClient, method: str) -> None:
    user = UserFactory.create()
    client = signed_in(api, user)
    User.objects.update(is_active=False)

    answer = getattr(client, method)(ROUTE, {"full_name": "Ana"} if method == "patch" else None)

    assert answer.status_code == 404
    assert User.objects.get().full_name == user.full_name


def test_people_are_looked_up_by_many_in_one_statement(django_assert_num_queries: Any) -> None:
    users = UserFactory.create_batch(3)
    unknown = uuid7()

    with django_assert_num_queries(1):
        found = accounts.get_accounts([*(user.id for user in users), unknown])

    assert found == {
        user.id: accounts.Account(id=user.id, email=user.email, full_name=user.full_name) for user in users
    }
    assert accounts.get_account(users[0].id) == found[users[0].id]
    with pytest.raises(NotFound):
        accounts.get_account(UUID(int=0))
