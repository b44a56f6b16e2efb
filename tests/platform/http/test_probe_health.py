"""Alive depends on nothing, ready on the database."""

from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import Client


@pytest.fixture
def database_away(db: None) -> Iterator[None]:
    """A connection to a port where nobody listens, in the place of the real one."""
    real = connections["default"]
    elsewhere = connections.create_connection("default")
    elsewhere.settings_dict = {**real.settings_dict, "HOST": "127.0.0.1", "PORT": "1"}
    connections["default"] = elsewhere
    yield
    connections["default"] = real


def test_the_process_is_alive_without_a_database(client: Client) -> None:
    # (Without a mark, pytest-django lets no test near the database.)
    address = "/livez"

    answer = client.get(address)

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.django_db
def test_the_process_is_ready_when_the_database_is_migrated(client: Client) -> None:
    address = "/readyz"

    answer = client.get(address)

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.usefixtures("database_away")
def test_the_process_is_alive_but_not_ready_when_the_database_is_away(client: Client) -> None:
    alive, ready = client.get("/livez"), client.get("/readyz")

    assert alive.status_code == 200
    assert (ready.status_code, ready.json()) == (503, {"status": "not ready", "missing": "database"})
