"""Forward authentication: what a reverse proxy is told about whoever asks it for another service."""

from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.services import Role, Verb
from apps.inventory.models import Hotel
from config.settings.base import redis_settings
from tests.accounts.test_use_api_keys import issued, manager_of
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory

pytestmark = pytest.mark.django_db

VERIFY = "/api/v1/auth/verify"


def token_of(user: Any) -> APIClient:
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {accounts.sign_in(email=user.email, password=PASSWORD).access}")
    return api


def clerk_of(hotel: Hotel) -> Any:
    return MembershipFactory.create(role=Role.FRONT_DESK, scope_id=hotel.id).user


def test_a_token_is_answered_by_who_it_is_and_nothing_in_the_body() -> None:
    hotel = HotelFactory.create()
    user = clerk_of(hotel)

    answer = token_of(user).get(VERIFY)

    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["X-User-Id"] == str(user.id)
    assert answer.headers["X-Principal"] == f"user:{user.id}"
    assert answer.headers["X-User-Roles"] == f"front_desk@{hotel.id}"
    assert answer.headers["X-Hotel-Ids"] == str(hotel.id)
    assert answer.headers["X-Key-Id"] == ""
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_key_is_answered_by_its_verbs_and_hotels() -> None:
    hotel = HotelFactory.create()
    key = issued(hotel, verbs=(Verb.READ, Verb.BOOK))
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Api-Key {key.secret}")

    answer = api.get(VERIFY)

    assert answer.status_code == 204
    assert answer.headers["X-Principal"] == f"key:{key.key.id}"
    assert answer.headers["X-Key-Verbs"] == "book,read"
    assert answer.headers["X-User-Id"] == answer.headers["X-User-Roles"] == ""
    assert api.get(VERIFY, {"hotel": str(hotel.id)}).status_code == 204
    assert api.get(VERIFY, {"role": "front_desk"}).status_code == 403


def test_nobody_and_a_session_cookie_are_401() -> None:
    browser = APIClient()
    browser.force_login(manager_of(HotelFactory.create()))
    by_query = APIClient().get(f"{VERIFY}?access_token=anything")

    answers = [APIClient().get(VERIFY), browser.get(VERIFY)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert by_query.status_code in {400, 401}
    assert all("X-User-Id" not in answer.headers for answer in answers)


def test_a_closed_account_is_nobody() -> None:
    user = UserFactory.create()
    api = token_of(user)
    assert api.get(VERIFY).status_code == 204

    accounts.deactivate(user_id=user.id)

    assert api.get(VERIFY).status_code == 401


@pytest.mark.parametrize("by_header", [False, True])
def test_a_required_role_or_hotel_is_403_for_others(by_header: bool) -> None:
    hotel, elsewhere = HotelFactory.create(), HotelFactory.create()
    clerk, guest = token_of(clerk_of(hotel)), token_of(UserFactory.create())
    administrator = token_of(MembershipFactory.create(role=Role.PLATFORM_ADMIN).user)

    def ask(api: APIClient, **required: str) -> int:
        headers = {f"X-Require-{name.title()}": value for name, value in required.items()}
        answer = api.get(VERIFY, headers=headers) if by_header else api.get(VERIFY, required)
        return answer.status_code

    wanted: tuple[dict[str, str], ...] = (
        {"role": "front_desk"},
        {"role": "front_desk", "hotel": str(hotel.id)},
        {"role": "front_desk", "hotel": str(elsewhere.id)},
        {"role": "hotel_admin", "hotel": str(hotel.id)},
        {"hotel": str(hotel.id)},
        {"hotel": str(elsewhere.id)},
    )

    assert [ask(clerk, **required) for required in wanted] == [204, 204, 403, 403, 204, 403]
    assert [ask(guest, **required) for required in wanted] == [403] * 6
    assert [ask(administrator, **required) for required in wanted] == [204] * 6


def test_a_requirement_of_the_client_adds_to_that_of_the_proxy() -> None:
    hotel, elsewhere = HotelFactory.create(), HotelFactory.create()

    answer = token_of(clerk_of(hotel)).get(f"{VERIFY}?hotel={elsewhere.id}", headers={"X-Require-Hotel": str(hotel.id)})

    assert answer.status_code == 403


def test_what_is_no_role_or_hotel_is_400_and_never_let_through() -> None:
    api = token_of(UserFactory.create())

    answers = [
        api.get(VERIFY, {"role": "king"}),
        api.get(VERIFY, {"hotel": "Grand"}),
        api.get(VERIFY, {"rolle": "front_desk"}),
        api.get(VERIFY, headers={"X-Require-Role": "king"}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 4


def test_a_role_that_is_taken_away_is_gone_at_the_next_question() -> None:
    hotel = HotelFactory.create()
    clerk = clerk_of(hotel)
    api = token_of(clerk)
    before = api.get(VERIFY, {"role": "front_desk"})

    accounts.revoke_role(user_id=clerk.id, role=Role.FRONT_DESK, scope_id=hotel.id)

    assert (before.status_code, api.get(VERIFY, {"role": "front_desk"}).status_code) == (204, 403)


def test_asking_again_takes_no_statement_while_redis_is_there(
    django_assert_num_queries: Any,
) -> None:
    hotel = HotelFactory.create()
    clerk, partner = token_of(clerk_of(hotel)), APIClient()
    partner.credentials(HTTP_AUTHORIZATION=f"Api-Key {issued(hotel).secret}")
    cache.clear()  # the clerk's role is new: for the minute after a change nothing is remembered
    assert [api.get(VERIFY).status_code for api in (clerk, partner)] == [204, 204]

    with django_assert_num_queries(0):
        again = [api.get(VERIFY, {"hotel": str(hotel.id)}).status_code for api in (clerk, partner)]

    assert again == [204, 204]


def test_without_redis_postgresql_is_asked(settings: Settings) -> None:
    hotel = HotelFactory.create()
    clerk = token_of(clerk_of(hotel))
    nobody = "redis://127.0.0.1:1/0"
    settings.CACHES = redis_settings(cache_url=nobody, broker_url=nobody, lock_urls=[nobody])["CACHES"]

    answers = [clerk.get(VERIFY, {"role": role}).status_code for role in ("front_desk", "hotel_admin")]

    assert answers == [204, 403]
