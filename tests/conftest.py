"""What every test may use. Servers are real: they are started by the test settings."""

import pytest
from rest_framework.test import APIClient


@pytest.fixture
def api() -> APIClient:
    """A client of the HTTP interface; sign in with `force_authenticate` or a real token."""
    return APIClient()
