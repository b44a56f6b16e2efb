"""What every test may use. Servers are real: they are started by the test settings."""

import pytest
from rest_framework.test import APIClient

# The running platform, for the tests that ask for it: one for them all.
pytest_plugins = ["tests.canaries", "tests.stack"]


@pytest.fixture
def api() -> APIClient:
    """A client of the HTTP interface; sign in with `force_authenticate` or a real token."""
    return APIClient()
