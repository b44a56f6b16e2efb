"""What the tests of accounts share: a client, and hashing that counts."""

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.accounts.hashing import CountingHasher


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def hasher(settings: Settings) -> type[CountingHasher]:
    settings.PASSWORD_HASHERS = [f"{CountingHasher.__module__}.{CountingHasher.__qualname__}"]
    CountingHasher.hashed = 0
    return CountingHasher
