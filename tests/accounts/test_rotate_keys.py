"""A new key signs; the old ones are believed for a while. Statement 6 of docs/security.md."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import SigningKey, User
from apps.accounts.services import _keys
from apps.platform import clock
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

JWKS = "/.well-known/jwks.json"


@pytest.fixture(autouse=True)
def _keys_of_this_test_alone() -> Iterator[None]:
    _keys.forget_keys()
    yield
    _keys.forget_keys()


@pytest.fixture
def start() -> Iterator[datetime]:
    moment = clock.now().replace(microsecond=0)
    with clock.moved_to(moment):
        yield moment


@pytest.fixture
def user(start: datetime) -> User:
    return UserFactory.create()


def sign_in(user: User) -> accounts.TokenPair:
    return accounts.sign_in(email=user.email, password=PASSWORD)


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def published(api: APIClient) -> set[str]:
    return {key["kid"] for key in api.get(JWKS).json()["keys"]}


def status(api: APIClient, pair: accounts.TokenPair) -> int:
    return api.get("/api/v1/me", headers={"Authorization": f"Bearer {pair.access}"}).status_code


def test_after_a_rotation_a_new_key_signs_and_the_old_one_is_believed(api: APIClient, user: User) -> None:
    """Statement 6 of docs/security.md."""
    old = sign_in(user)

    call_command("rotate_signing_key", verbosity=0)
    new = sign_in(user)

    assert kid(old.access) != kid(new.access)
    assert [status(api, old), status(api, new)] == [200, 200]
    assert published(api) == {kid(old.access), kid(new.access)}


def test_an_old_key_is_honoured_for_one_access_lifetime(api: APIClient, user: User, start: datetime) -> None:
    """Statement 6 of docs/security.md."""
    old = sign_in(user)
    accounts.rotate_signing_key()
    forged_later = signed_again(old.access, iat=start + timedelta(minutes=14), lives=timedelta(minutes=15))

    with clock.moved_to(start + timedelta(minutes=14, seconds=59)):
        in_time = get_me(api, forged_later)
    with clock.moved_to(start + timedelta(minutes=15)):
        late, listed = get_me(api, forged_later), published(api)

    assert [in_time, late] == [200, 401]
    assert kid(old.access) not in listed


def test_a_rotation_signs_nobody_out(api: APIClient, user: User, start: datetime) -> None:
    old = sign_in(user)
    accounts.rotate_signing_key()

    with clock.moved_to(start + timedelta(days=6)):
        answer = api.post("/api/v1/auth/token/refresh", {"refresh": old.refresh})

    assert answer.status_code == 200
    assert kid(answer.json()["refresh"]) != kid(old.refresh)


def test_an_announced_key_is_published_at_once_and_signs_later(api: APIClient, user: User, start: datetime) -> None:
    old = sign_in(user)

    new = accounts.rotate_signing_key(announced=timedelta(minutes=10))

    assert new in published(api)
    assert kid(sign_in(user).access) == kid(old.access)
    with clock.moved_to(start + timedelta(minutes=10)):
        assert kid(sign_in(user).access) == new
    with clock.moved_to(start + timedelta(minutes=24)):
        assert kid(old.access) in published(api)


def test_a_compromised_key_is_refused_at_once(api: APIClient, user: User) -> None:
    old = sign_in(user)

    accounts.rotate_signing_key(compromised=True)

    assert status(api, old) == 401
    assert kid(old.access) not in published(api)
    assert api.post("/api/v1/auth/token/refresh", {"refresh": old.refresh}).status_code == 200


def test_a_compromised_key_of_an_earlier_rotation_is_refused_too(api: APIClient, user: User) -> None:
    accounts.rotate_signing_key()
    second = sign_in(user)

    accounts.rotate_signing_key(compromised=True)

    assert status(api, second) == 401
    assert published(api) == {kid(sign_in(user).access)}


def test_another_process_learns_of_the_new_key_by_its_name(
    api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(user)
    earlier = _keys._last
    accounts.rotate_signing_key()
    new = sign_in(user)
    # This process is that other one: it read the keys before the rotation, some seconds ago.
    assert earlier is not None
    monkeypatch.setattr(_keys, "_last", _keys._Reading(pem=earlier.pem, ring=earlier.ring, at=earlier.at - 5))

    assert status(api, new) == 200


def test_names_that_nobody_knows_do_not_read_the_keys_each_time(user: User, django_assert_num_queries: Any) -> None:
    sign_in(user)
    _keys.key_ring()

    with django_assert_num_queries(0):
        for number in range(10):
            _keys.key_ring(wanted=f"unknown-{number}")


def test_the_stored_private_key_is_not_readable(user: User) -> None:
    accounts.rotate_signing_key()

    sealed = SigningKey.objects.exclude(sealed="").get().sealed

    assert "PRIVATE" not in sealed
    assert "MII" not in sealed


def test_where_stored_keys_cannot_be_opened_that_of_the_environment_signs(
    api: APIClient, user: User, settings: Settings
) -> None:
    first = sign_in(user)
    accounts.rotate_signing_key()
    settings.SECRET_KEY = "another one, as long as it has to be for a secret of this kind"
    _keys._opened.cache_clear()
    _keys.forget_keys()

    again = sign_in(user)

    assert kid(again.access) == kid(first.access)
    assert status(api, again) == 200


def test_the_signing_key_is_not_the_secret_key(user: User) -> None:
    """Statement 6 of docs/security.md."""
    pair = sign_in(user)
    claims = jwt.decode(pair.access, options={"verify_signature": False})

    token = jwt.encode(claims, django_settings.SECRET_KEY, algorithm="HS256", headers={"kid": kid(pair.access)})

    assert jwt.get_unverified_header(pair.access)["alg"] == "RS256"
    with pytest.raises(accounts.TokenRefused):
        accounts.read_access_token(token)


def test_keys_are_removed_when_their_last_refresh_token_is_over(user: User, start: datetime) -> None:
    for _ in range(2):
        accounts.rotate_signing_key()

    with clock.moved_to(start + timedelta(days=7, minutes=16)):
        accounts.prune()

    assert SigningKey.objects.exclude(sealed="").count() == 1
    assert SigningKey.objects.filter(sealed="").exists(), "the key of the environment must stay retired"


@pytest.mark.parametrize("arguments", [["--announce", "-1"], ["--announce", "5", "--compromised"]])
def test_the_command_refuses_what_makes_no_sense(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("rotate_signing_key", *arguments)


def signed_again(access: str, *, iat: datetime, lives: timedelta) -> str:
    """The token anew with the key of the environment, as who has stolen it could: for any time."""
    claims = jwt.decode(access, options={"verify_signature": False})
    claims |= {"iat": int(iat.timestamp()), "exp": int((iat + lives).timestamp())}
    return jwt.encode(claims, django_settings.JWT_SIGNING_KEY, algorithm="RS256", headers={"kid": kid(access)})


def get_me(api: APIClient, access: str) -> int:
    return api.get("/api/v1/me", headers={"Authorization": f"Bearer {access}"}).status_code
