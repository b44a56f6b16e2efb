"""The command runner: once for a key, retried where PostgreSQL rolled back, honest where the outcome is unknown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID, uuid4

import psycopg.errors
import pytest
from django.db import InternalError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.platform import commands, events, locks
from apps.platform.commands import Answer, Contention
from apps.platform.errors import Conflict, Invalid, Unavailable
from apps.platform.idempotency import IdempotencyKeyInvalid, IdempotencyKeyRequired, Outcome, require_well_formed
from apps.platform.models import IdempotencyRecord, OutboxMessage

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


@pytest.mark.parametrize("cause", [psycopg.errors.TransactionTimeout, psycopg.errors.IdleInTransactionSessionTimeout])
def test_a_transaction_that_took_too_long_is_an_unknown_outcome_and_no_fault(cause: type[Exception]) -> None:
    error = InternalError("ended by PostgreSQL")
    error.__cause__ = cause()
    core, runs = failing(9, error)

    with pytest.raises(Unavailable):
        greet(core)

    assert len(runs) == 1


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

    outcome = greet(core, look_ahead=lambda _: lambda: Contention(resources=["x"], scarce=True, refusal=NobodyHome()))

    assert (outcome.code, runs) == ("test_nobody_home", [])


def test_a_refusal_that_the_look_ahead_meets_is_an_outcome_too() -> None:
    core, runs = failing(0, Exception())
    looks: list[int] = []

    def closed_at_first() -> Contention:
        looks.append(1)
        if len(looks) == 1:
            raise NobodyHome()
        return Contention()

    refused = greet(core, look_ahead=lambda _: closed_at_first)
    late = greet(core, look_ahead=lambda _: closed_at_first)

    assert (refused.code, refused.refused, late.body) == ("test_nobody_home", True, refused.body)
    assert (late.replayed, runs) == (True, [])


@pytest.mark.django_db(transaction=True)
def test_a_command_is_not_part_of_somebody_elses_transaction() -> None:
    core, runs = failing(0, Exception())

    with pytest.raises(RuntimeError, match="never inside"), transaction.atomic():
        greet(core, look_ahead=lambda _: lambda: Contention(refusal=NobodyHome()))

    assert (runs, IdempotencyRecord.objects.count()) == ([], 0)


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


@dataclass(frozen=True, kw_only=True)
class Greeted(events.Event):
    type = "test.greeted"

    def aggregate(self) -> tuple[UUID, int]:
        return uuid4(), 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [None, Invalid()])
def test_a_duplicate_that_was_faster_wins_and_our_effect_is_undone(fault: Exception | None) -> None:
    runs: list[int] = []

    def core(_: int | None) -> Answer:
        runs.append(1)
        if fault and len(runs) > 1:
            raise fault
        events.publish(Greeted())
        return Answer(code="greeted", view=Greeting(text=f"run {len(runs)}"))

    def overtaken() -> Contention:
        """Between the first look of one request and its claim of the key, a duplicate runs from end to end."""
        if not runs:
            greet(core)
        return Contention()

    outcome = greet(core, look_ahead=lambda _: overtaken)

    assert len(runs) == 2
    assert (outcome.replayed, outcome.body) == (True, b'{"text":"run 1"}')
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_command_tells_its_events_with_its_answer() -> None:
    def core(_: int | None) -> Answer:
        events.publish(Greeted())
        events.publish(Greeted())
        return Answer(code="greeted", view=Greeting(text="hello"))

    with CaptureQueriesContext(connection) as statements:
        greet(core)

    assert OutboxMessage.objects.filter(topic="test.greeted").count() == 2
    # First look, BEGIN, claim, settle with both events, COMMIT.
    assert len(statements) == 5
