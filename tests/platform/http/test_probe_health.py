"""Alive depends on nothing, ready on the database."""

import json
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connections
from django.test import Client, RequestFactory

from apps.platform.http.health import readyz
from tests.factories.inventory import RoomTypeFactory


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


@pytest.mark.django_db
def test_details_tell_how_many_nights_are_missing_to_the_horizon(client: Client) -> None:
    room_type = RoomTypeFactory.create()
    RoomTypeFactory.create(nights=False)
    last = room_type.roomnight_set.order_by("-night").values_list("night", flat=True)[:3]
    room_type.roomnight_set.filter(night__gte=min(last)).delete()

    answer = client.get("/readyz", {"details": "1"})

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "details": {"nights_missing_to_the_horizon": 503}}


@pytest.mark.django_db
def test_a_detail_that_cannot_be_had_is_no_reason_not_to_be_ready(rf: RequestFactory) -> None:
    def broken() -> int:
        raise DatabaseError

    answer = readyz(rf.get("/readyz", {"details": "1"}), details={"figure": broken})

    assert answer.status_code == 200
    assert json.loads(answer.content) == {"status": "ready", "details": {"figure": None}}
