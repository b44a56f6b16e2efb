"""Locks in Redis: exclusive while held, released after the commit, and never the reason that a sale fails."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from apps.platform import commands, locks, quorum
from apps.platform.commands import Answer, Contention
from apps.platform.errors import Unavailable
from apps.platform.nodes import node_at
from config.local.ports import free_port
from tests.platform.test_run_commands import Greet, Greeting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def patient_clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A busy machine is not taken for a silent node."""
    monkeypatch.setattr(quorum, "NODE_TIMEOUT_SECONDS", 5.0)
    node_at.cache_clear()
    yield
    node_at.cache_clear()


@pytest.fixture
def resource() -> str:
    return f"room-type:{uuid4()}"


@pytest.fixture
def no_redis(settings: Any) -> None:
    settings.LOCK_REDIS_URLS = [f"redis://127.0.0.1:{free_port()}/0"]


def greeted_under_lock(resource: str) -> tuple[str, list[int | None]]:
    tokens: list[int | None] = []

    def core(fence: int | None) -> Answer:
        tokens.append(fence)
        return Answer(code="greeted", view=Greeting(text="hello"))

    outcome = commands.run(
        Greet(name="Ada"),
        principal="user:1",
        key=uuid4().hex,
        core=core,
        look_ahead=lambda _: lambda: Contention(resources=[resource], scarce=True),
    )
    return outcome.code, tokens


def test_one_holder_at_a_time(resource: str) -> None:
    with locks.hold([resource]) as held, pytest.raises(locks.Busy), locks.hold([resource]):
        pass

    assert held
    with locks.hold([resource]) as again:
        assert again


def test_all_or_none_of_several(resource: str) -> None:
    other = f"{resource}-b"
    with locks.hold([other]), pytest.raises(locks.Busy), locks.hold([resource, other]):
        pass

    with locks.hold([resource]) as free_again:
        assert free_again


def test_a_holder_gets_ever_growing_tokens(resource: str) -> None:
    (_, [first]), (_, [second]) = greeted_under_lock(resource), greeted_under_lock(resource)

    assert first is not None
    assert second is not None
    assert second > first


def test_locks_are_not_taken_inside_a_transaction(resource: str) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError), locks.hold([resource]):
        pass


def test_a_holder_that_died_delays_a_sale_but_does_not_refuse_it(resource: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(commands, "LOCK_WAIT_SECONDS", 0.3)

    with locks.hold([resource]):
        code, tokens = greeted_under_lock(resource)

    assert (code, tokens) == ("greeted", [None])


def test_without_redis_the_sale_goes_on(resource: str, no_redis: None) -> None:
    assert greeted_under_lock(resource) == ("greeted", [None])


def test_a_setting_refuses_instead(resource: str, no_redis: None, settings: Any) -> None:
    settings.LOCK_WHEN_UNAVAILABLE = "refuse"

    with pytest.raises(Unavailable):
        greeted_under_lock(resource)


@pytest.mark.parametrize(("policy", "locked"), [("always", True), ("never", False), ("scarce", False)])
def test_the_policy_decides_who_locks(policy: str, locked: bool, resource: str, settings: Any) -> None:
    settings.LOCK_POLICY = policy
    tokens: list[int | None] = []

    def core(fence: int | None) -> Answer:
        tokens.append(fence)
        return Answer(code="greeted", view=Greeting(text="hello"))

    commands.run(
        Greet(name="Ada"),
        principal="user:1",
        key=uuid4().hex,
        core=core,
        look_ahead=lambda _: lambda: Contention(resources=[resource], scarce=False),
    )

    assert [token is not None for token in tokens] == [locked]
