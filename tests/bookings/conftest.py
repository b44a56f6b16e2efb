"""The payment provider, for the tests that pay."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.bookings.provider import SECRET, LocalProvider, local_provider


@pytest.fixture(scope="session")
def provider_process() -> Iterator[LocalProvider]:
    with local_provider() as running:
        yield running


@pytest.fixture
def provider(provider_process: LocalProvider, settings: Any) -> LocalProvider:
    """The running provider, which the platform knows."""
    settings.PAYMENT_PROVIDER_URL = provider_process.url
    settings.PAYMENT_PROVIDER_SECRET = SECRET
    return provider_process
