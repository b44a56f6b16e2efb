"""The command runner: once for a key, retried where PostgreSQL rolled back, honest where the outcome is unknown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import psycopg.errors
import pytest
from django.db import OperationalError

from apps.platform import commands, locks
from apps.platform.commands import Answer, Contention
from apps.platform.errors import Conflict, Invalid, Unavailable
from apps.platform.idempotency import IdempotencyKeyInvalid, IdempotencyKeyRequired, Outcome, require_well_formed
from apps.platform.models import IdempotencyRecord

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, kw_only=True)
class Greet:
    operation: ClassVar[str] = "test.greet"

    name: str


@dataclass(frozen=True, kw_only=True)
class Greeting:
    text: str


class NobodyHome(Conflict):
    """A refusal that is an outcome."""

    code = "test_nobody_home"
    title = "Nobody is home"
    cause = "A test says so."
    remedy = "None."


def greet(core: Callable[[int | None], Answer], **options: Any) -> Outcome:
    return commands.run(Greet(name="Ada"), principal="user:1", key="a-key", core=core, **options)


def failing(times: int, error: Exception) -> tuple[Callable[[int | None], Answer], list[int]]:
    """A core that fails so many times before it succeeds, and the list of its runs."""
    runs: list[int] = []

    def core(_: int | None) -> Answer:
        runs.append(1)
        if len(runs) <= times:
            raise error
        return Answer(code="greeted", view=Greeting(text="hello"))

    return core, runs


def rolled_back(cause: Exception) -> OperationalError:
    error = OperationalError("rolled back")
    error.__cause__ = cause
    return error


def test_a_core_runs_once_and_its_bytes_are_kept() -> None:
    core, runs = failing(0, Exception())

    first, second = greet(core), greet(core)

    assert first.body == second.body == b'{"text":"hello"}'
    assert (len(runs), second.replayed) == (1, True)


@pytest.mark.parametrize("cause", [psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable])
def test_what_postgresql_rolled_back_is_run_again(cause: type[Exception]) -> None:
    core, runs = failing(2, rolled_back(cause()))

    outcome = greet(core)

    assert (outcome.code, len(runs)) == ("greeted", 3)


def test_retries_are_bounded() -> None:
    core, runs = failing(99, rolled_back(psycopg.errors.DeadlockDetected()))

    with pytest.raises(Unavailable):
        greet(core)

    assert len(runs) == commands.TRANSACTION_TRIES
    assert not IdempotencyRecord.objects.exists()


def test_an_unknown_outcome_is_not_retried_but_told() -> None:
    core, runs = failing(99, rolled_back(psycopg.errors.AdminShutdown()))

    with pytest.raises(Unavailable) as refusal:
        greet(core)

    assert refusal.value.retry == "same_key"
    assert len(runs) == 1


def test_a_conflict_is_stored_and_a_fault_of_the_request_is_not() -> None:
    refusing, _ = failing(1, NobodyHome())
    invalid, _ = failing(1, Invalid())

    with pytest.raises(Invalid):
        greet(invalid)
    refused = greet(refusing)
    late = greet(refusing)

    assert (refused.refused, refused.code) == (True, "test_nobody_home")
    assert (late.body, late.replayed) == (refused.body, True)


def test_a_certain_refusal_needs_neither_lock_nor_core() -> None:
    core, runs = failing(0, Exception())

    outcome = greet(core, look_ahead=lambda: Contention(resources=["x"], scarce=True, refusal=NobodyHome()))

    assert (outcome.code, runs) == ("test_nobody_home", [])


def test_a_stale_fence_is_tried_once_more() -> None:
    core, runs = failing(1, locks.StaleFence())

    outcome = greet(core)

    assert (outcome.code, len(runs)) == ("greeted", 2)


@pytest.mark.parametrize("key", ["", "a" * 256, "with space", "with\nnewline", '"', "ü"])
def test_a_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        require_well_formed(key)


def test_a_key_may_be_quoted_and_must_be_there() -> None:
    assert require_well_formed('"abc"') == require_well_formed("abc") == "abc"

    with pytest.raises(IdempotencyKeyRequired):
        require_well_formed(None)
