"""The demo's routes, and a client that speaks the way browsers do."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests.platform.http import demo


@pytest.fixture
def demo_routes(settings: Settings) -> Iterator[None]:
    settings.ROOT_URLCONF = demo.__name__
    demo.ADMISSIONS.clear()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def browser() -> Client:
    """Asks for HTML, and has to prove its forms."""
    return Client(headers={"Accept": "text/html"}, enforce_csrf_checks=True)
