"""Signing up."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.platform.errors import Invalid
from tests.accounts.hashing import CountingHasher
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def body(**changes: Any) -> dict[str, Any]:
    return {"email": "ana@example.com", "password": PASSWORD, "full_name": "Ana Sousa"} | changes


def test_a_new_address_gets_an_account_that_signs_in_at_once(api: APIClient) -> None:
    answer = api.post("/api/v1/auth/signup", body(email="Ana@Example.COM"))

    assert answer.status_code == 201
    assert answer.json() == {"email": "ana@example.com", "full_name": "Ana Sousa"}
    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser, user.email_verified_at) == (
        *("ana@example.com", False, False),
        None,
    )
    assert api.post("/api/v1/auth/token", {"email": "ana@example.com", "password": PASSWORD}).status_code == 200


def test_a_known_address_gets_the_same_answer_and_stays_as_it_is(api: APIClient) -> None:
    UserFactory.create(email="ana@example.com", full_name="Ana the First")

    answer = api.post("/api/v1/auth/signup", body(email="ANA@example.com", password="nine-yellow-doors"))

    assert answer.status_code == 201
    assert answer.json() == {"email": "ana@example.com", "full_name": "Ana Sousa"}
    user = User.objects.get()
    assert user.full_name == "Ana the First"
    assert user.check_password(PASSWORD)


def test_a_known_address_costs_as_many_statements_and_hashes_as_a_new_one(
    api: APIClient, hasher: type[CountingHasher], django_assert_num_queries: Any
) -> None:
    """Statement 15 of docs/security.md."""
    for _ in ("new", "known"):
        hasher.hashed = 0
        with django_assert_num_queries(5):
            api.post("/api/v1/auth/signup", body())

        assert hasher.hashed == 1


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "password_too_short"),
        ("qwerty123456", "password_too_common"),
        ("ana@example.com", "password_too_similar"),
        ("ana-sousa-ana", "password_too_similar"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_at_its_field(api: APIClient, password: str, code: str) -> None:
    """Statement 16 of docs/security.md."""
    answer = api.post("/api/v1/auth/signup", body(password=password))

    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/password"}
    assert {error["code"] for error in answer.json()["errors"]} == {code}
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["Ana\r\nBcc: x@example.com", "Ana\n", "\u2028", "Ana\x1b[2J", "\x85Ana"])
def test_a_name_of_more_than_one_line_is_refused_at_its_field(api: APIClient, name: str) -> None:
    answer = api.post("/api/v1/auth/signup", body(full_name=name))

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/full_name"]
    assert not User.objects.exists()


def test_a_name_in_any_script_is_taken_without_the_spaces_around_it(api: APIClient) -> None:
    answer = api.post("/api/v1/auth/signup", body(full_name="  山田\u3000太郎 "))

    assert answer.json()["full_name"] == "山田\u3000太郎"


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "id", "role"])
def test_nobody_signs_up_as_more_than_a_guest(api: APIClient, field: str) -> None:
    answer = api.post("/api/v1/auth/signup", body(**{field: True}))

    assert answer.status_code == 400
    assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [("unknown_field", f"/{field}")]


def test_an_address_that_grows_too_long_in_lower_case_is_refused() -> None:
    address = "İ" * 200 + "@example.com"

    with pytest.raises(Invalid) as refused:
        accounts.sign_up(email=address, password=PASSWORD, full_name="Ana")

    assert refused.value.items[0]["pointer"] == "/email"
