"""How passwords are stored. Statement 16 of docs/security.md."""

import pytest
from django.contrib.auth.hashers import check_password, make_password
from pytest_django import Settings

from config.settings import base


@pytest.fixture
def as_in_production(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS


@pytest.mark.usefixtures("as_in_production")
def test_a_password_is_stored_as_an_argon2_hash() -> None:
    stored = make_password("seven-green-parrots")

    assert stored.startswith("argon2$argon2id$")
    assert check_password("seven-green-parrots", stored)
    assert not check_password("seven-green-parrot", stored)
