"""A request that shows a token or a key rests on that alone, whatever session its cookies name."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts import services as accounts
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    """Somebody who is signed in by session, in a browser that checks forms."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(UserFactory.create(email="session@example.com"))
    return browser


def bearer() -> str:
    user = UserFactory.create(email="token@example.com")
    return f"Bearer {accounts.sign_in(email=user.email, password=PASSWORD).access}"


def test_a_token_comes_before_the_session_and_leaves_it_unread(browser: Client) -> None:
    header = bearer()
    browser.get("/api/v1/me", headers={"Authorization": header})

    with CaptureQueriesContext(connection) as statements:
        me = browser.get("/api/v1/me", headers={"Authorization": header})

    assert me.json()["email"] == "token@example.com"
    assert not [statement["sql"] for statement in statements if "django_session" in statement["sql"]]
    assert not me.cookies


def test_a_token_writes_without_a_form(browser: Client) -> None:
    answer = browser.patch(
        "/api/v1/me", {"full_name": "Ana"}, content_type="application/json", headers={"Authorization": bearer()}
    )

    assert (answer.status_code, answer.json()["email"]) == (200, "token@example.com")


@pytest.mark.parametrize("credential", ["Bearer no-token", "bearer x.y.z", "Bearer rsv_00000000_ff", "Api-Key no-key"])
@pytest.mark.parametrize("method", ["get", "patch"])
def test_credentials_that_do_not_hold_are_not_made_good_by_the_session(
    browser: Client, method: str, credential: str
) -> None:
    answer = getattr(browser, method)("/api/v1/me", headers={"Authorization": credential})

    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bear er x", "Api-Keyring x", ""])
def test_a_header_that_is_no_credential_leaves_the_session_in_force(browser: Client, header: str) -> None:
    seen = browser.get("/api/v1/me", headers={"Authorization": header})
    forged = browser.patch(
        "/api/v1/me", {"full_name": "Eve"}, content_type="application/json", headers={"Authorization": header}
    )

    expected = 401 if header == "Bearer" else 200
    assert seen.status_code == expected
    assert forged.status_code in {401, 403}


def test_pages_beside_the_api_keep_their_session_and_their_forms(browser: Client) -> None:
    header = {"Authorization": "Bearer whatever"}

    admin = browser.get("/admin/", headers=header)
    sign_in = browser.post("/api-auth/login/", {"username": "a", "password": "b"}, headers=header)

    assert admin.status_code == 302
    assert sign_in.status_code == 403
