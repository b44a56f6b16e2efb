"""From the outbox to the handler: once each, whatever is lost on the way."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import current_app

from apps.platform import clock, events, outbox, tasks
from apps.platform.models import HandledEvent, OutboxMessage
from tests.platform.happenings import Happened, happened, remembered

pytestmark = pytest.mark.django_db

Sent = list[tuple[str, str]]


@pytest.fixture
def seen() -> Iterator[list[outbox.Message]]:
    """What a handler of the event has seen."""
    with remembered() as messages:
        yield messages


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What was handed to Celery: (message id, handler). The broker itself is real in the journeys."""
    sent: Sent = []
    monkeypatch.setattr(
        current_app._get_current_object(), "send_task", lambda name, args, **_: sent.append((args[0], args[1]))
    )
    return sent


def test_an_event_cannot_be_published_outside_a_transaction(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        events.publish(Happened(subject=uuid4()))


def test_a_message_is_handed_over_once_for_each_handler(seen: Any, broker: Sent) -> None:
    message_id = happened()

    counts = [outbox.relay(), outbox.relay()]

    assert counts == [1, 0]
    assert broker == [(str(message_id), "test.remember")]


def test_a_message_nobody_listens_to_is_done_at_once(broker: Sent) -> None:
    happened()

    outbox.relay()

    assert OutboxMessage.objects.filter(done_at__isnull=False).count() == 1
    assert broker == []


def test_a_second_delivery_does_nothing(seen: list[outbox.Message], broker: Sent) -> None:
    message_id = happened()

    for _ in range(2):
        outbox.deliver(message_id, "test.remember")

    assert [message.id for message in seen] == [message_id]
    assert OutboxMessage.objects.get().done_at is not None


def test_what_the_broker_lost_is_handed_over_again(seen: Any, broker: Sent, settings: Any) -> None:
    happened()
    outbox.relay()

    with clock.moved_to(clock.now() + timedelta(seconds=settings.OUTBOX_LOST_AFTER_SECONDS + 1)):
        again = outbox.relay()

    assert again == 1
    assert len(broker) == 2


def test_what_waits_in_a_long_queue_is_handed_over_ever_more_seldom(seen: Any, broker: Sent, settings: Any) -> None:
    happened()
    began, lost_after = clock.now(), settings.OUTBOX_LOST_AFTER_SECONDS

    handed_over = []
    for waits in range(40):
        with clock.moved_to(began + timedelta(seconds=waits * (lost_after + 1))):
            handed_over += [waits] * outbox.relay()

    assert handed_over == [0, 1, 3, 7, 15, 31]


def test_as_long_as_a_long_queue_waits_nothing_in_it_is_taken_for_lost(seen: Any, settings: Any) -> None:
    happened()
    outbox.relay()
    later = clock.now() + timedelta(seconds=settings.OUTBOX_LOST_AFTER_SECONDS + 1)
    for _ in range(outbox._LONG_QUEUE):
        current_app.send_task("platform.prune", queue="bulk")

    with clock.moved_to(later):
        while_it_waits = outbox.relay()
        current_app.control.purge()
        when_it_is_gone = outbox.relay()

    assert (while_it_waits, when_it_is_gone) == (0, 1)
    current_app.control.purge()


def test_what_was_handled_is_not_handed_over_again(seen: Any, broker: Sent, settings: Any) -> None:
    message_id = happened()
    outbox.relay()
    outbox.deliver(message_id, "test.remember")

    with clock.moved_to(clock.now() + timedelta(hours=1)):
        again = outbox.relay()

    assert again == 0


def test_a_worker_that_dies_before_the_last_step_leaves_it_to_the_next_delivery(seen: Any) -> None:
    message_id = happened()
    outbox.deliver(message_id, "test.remember")
    OutboxMessage.objects.filter(id=message_id).update(done_at=None)

    outbox.deliver(message_id, "test.remember")

    assert OutboxMessage.objects.get(id=message_id).done_at is not None
    assert len(seen) == 1


def test_a_relay_that_dies_half_way_leaves_its_messages_to_the_next(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    happened()

    def die(*_: Any, **__: Any) -> None:
        raise OSError("the broker is away")

    monkeypatch.setattr(current_app._get_current_object(), "send_task", die)
    with pytest.raises(OSError, match="away"):
        outbox.relay()
    within_the_lease = outbox.relay()
    sent: Sent = []
    monkeypatch.setattr(
        current_app._get_current_object(), "send_task", lambda name, args, **_: sent.append((args[0], args[1]))
    )
    with clock.moved_to(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        after_the_lease = outbox.relay()

    assert (within_the_lease, after_the_lease, len(sent)) == (0, 1, 1)


def test_a_handler_that_always_fails_becomes_a_dead_letter() -> None:
    runs: list[UUID] = []

    def poison(message: outbox.Message) -> None:
        runs.append(message.id)
        raise ValueError("somebody@example.com")

    poison.__module__ = "apps.test.handlers"
    outbox.handles("test.happened")(poison)
    try:
        # Eagerly, a task runs its own retries, without the pauses between them.
        tasks.deliver.apply(args=[str(happened()), "test.poison"])
    finally:
        outbox._handlers.pop("test.happened")

    mark = HandledEvent.objects.get()
    assert len(runs) == outbox.MAX_RUNS
    assert (mark.dead, mark.error) == (True, "ValueError")
    assert OutboxMessage.objects.get().done_at is not None


def test_a_handler_that_ends_its_worker_becomes_a_dead_letter() -> None:
    runs: list[UUID] = []

    class WorkerEnds(BaseException):
        """What no code of a worker survives, least of all its retries."""

    def poison(message: outbox.Message) -> None:
        runs.append(message.id)
        raise WorkerEnds

    poison.__module__ = "apps.test.handlers"
    outbox.handles("test.happened", transactional=False)(poison)
    message_id = happened()
    try:
        for handed_over in range(1, 8):
            OutboxMessage.objects.filter(id=message_id).update(attempts=handed_over)
            with suppress(WorkerEnds):
                tasks.deliver(str(message_id), "test.poison")
    finally:
        outbox._handlers.pop("test.happened")

    assert len(runs) == outbox.MAX_RUNS
    assert HandledEvent.objects.get().dead
    assert OutboxMessage.objects.get().done_at is not None


def test_old_messages_are_pruned_with_their_marks(seen: Any, broker: Sent) -> None:
    message_id = happened()
    outbox.deliver(message_id, "test.remember")

    with clock.moved_to(clock.now() + outbox.KEPT_FOR + timedelta(days=1)):
        removed = outbox.prune()

    assert removed == 1
    assert not HandledEvent.objects.exists()
