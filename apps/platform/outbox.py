"""From the commit to the handler: the relay's two steps and the delivery that happens once.

Nothing in a request touches the Celery broker. The relay claims committed messages with a lease, hands one task per
(message, handler) to Celery outside any transaction, and hands over again what the broker has lost.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import connection, transaction

from apps.platform import clock
from apps.platform.db import fetch_all, fetch_one, stream
from apps.platform.models import HandledEvent, OutboxMessage, RepeatedRun

LEASE = timedelta(seconds=10)
KEPT_FOR = timedelta(days=14)
MAX_RUNS = 4
# What is not handled is lost, or waits in a long queue that copies would make longer. So each wait is twice the last,
# and as long as so many tasks stand in a queue, nothing is taken for lost before the longest wait is over.
_DOUBLINGS = 4
_LONG_QUEUE = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Message:
    """A committed event as a handler sees it; `payload` is the envelope of docs/events.md, ids as text."""

    id: UUID
    topic: str
    payload: Mapping[str, Any]
    aggregate_id: UUID
    sequence: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Handler:
    """Who listens to a topic.

    A `transactional` handler runs in one transaction with the mark that it has run. One that talks to the outside
    world is not: it keeps its own record of what is done and may be called again.
    """

    name: str
    function: Callable[[Message], None]
    queue: str
    transactional: bool


_handlers: dict[str, list[Handler]] = {}


def handles(
    *topics: str, queue: str = "bulk", transactional: bool = True
) -> Callable[[Callable[[Message], None]], Callable[[Message], None]]:
    """Register a function of some app's `handlers.py` for these topics, by its app and name."""

    def register(function: Callable[[Message], None]) -> Callable[[Message], None]:
        name = f"{function.__module__.split('.')[-2]}.{function.__name__}"
        handler = Handler(name=name, function=function, queue=queue, transactional=transactional)
        for topic in topics:
            _handlers.setdefault(topic, []).append(handler)
        return function

    return register


def handlers_of(topic: str) -> list[Handler]:
    """Everybody who listens to `topic`."""
    return _handlers.get(topic, [])


def relay(limit: int = 100) -> int:
    """Hand at most `limit` committed or lost messages to Celery; returns how many were handed over.

    Killed half-way, it leaves a lease that runs out: the next relay hands the same messages over again, and the mark
    of each handler makes the second delivery a no-op. While the broker does not answer nothing is claimed.
    """
    claimed = _claim(limit, least_doublings=_DOUBLINGS if _tasks_waiting() > _LONG_QUEUE else 0)
    for message in claimed:
        for handler in handlers_of(message["topic"]):
            current_app.send_task(
                "platform.deliver",
                args=[str(message["id"]), handler.name],
                kwargs={"request_id": message["request_id"]},
                queue=handler.queue,
            )
    if claimed:
        _mark_published([message["id"] for message in claimed if handlers_of(message["topic"])], done=False)
        _mark_published([message["id"] for message in claimed if not handlers_of(message["topic"])], done=True)
    return len(claimed)


def _tasks_waiting() -> int:
    """How many tasks stand in the queues of handlers and are not in a worker's hands."""
    queues = {handler.queue for handlers in _handlers.values() for handler in handlers}
    with current_app.pool.acquire(block=True) as broker:
        return sum(int(broker.default_channel.queue_declare(queue).message_count) for queue in queues)


def _claim(limit: int, *, least_doublings: int) -> list[dict[str, Any]]:
    now = clock.system_now()
    return fetch_all(
        """
        UPDATE platform_outboxmessage AS message
           SET claimed_until = %(lease)s, attempts = attempts + 1
          FROM (SELECT id FROM platform_outboxmessage
                 WHERE done_at IS NULL
                   AND (published_at IS NULL
                        OR published_at < %(now)s - %(lost_after)s
                           * (1 << greatest(%(least)s, least(attempts - 1, %(most)s))))
                   AND (claimed_until IS NULL OR claimed_until < %(now)s)
                 ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
         WHERE message.id = due.id
        RETURNING message.id, message.topic, message.request_id, message.created_at
        """,
        {
            "now": now,
            "lease": now + LEASE,
            "lost_after": timedelta(seconds=settings.OUTBOX_LOST_AFTER_SECONDS),
            "least": least_doublings,
            "most": _DOUBLINGS,
            "limit": limit,
        },
    )


def _mark_published(ids: list[UUID], *, done: bool) -> None:
    now = clock.system_now()
    OutboxMessage.objects.filter(id__in=ids).update(
        published_at=now, claimed_until=None, **({"done_at": now} if done else {})
    )


def deliver(message_id: UUID, handler_name: str, *, is_retry: bool = False) -> None:
    """Let one handler handle one message, once: a second delivery finds the mark and does nothing.

    A message that comes again and again without ever getting its mark ends the workers that handle it: it is given up
    after MAX_RUNS, like one at which its handler fails.
    """
    row = fetch_one(_MESSAGE, {"message": message_id, "handler": handler_name})
    handler = next((h for h in handlers_of(row["topic"]) if h.name == handler_name), None) if row else None
    if row is None or handler is None:
        # Pruned long ago, or a handler that newer code no longer has.
        logger.warning("nothing to deliver", extra={"handler": handler_name})
        return
    topic, attempts, is_handled = row.pop("topic"), row.pop("attempts"), row.pop("is_handled")
    if is_handled:
        # Whoever handled it may have died before this last step: the message would be handed over for ever.
        _finish(message_id, topic)
        return
    if (is_retry or attempts > 1) and _note_run(handler_name, message_id) > MAX_RUNS:
        bury(message_id, handler_name, "TooManyRuns")
        return
    message = Message(topic=topic, **row)
    if handler.transactional:
        with transaction.atomic():
            if _mark_handled(handler_name, message_id):
                handler.function(message)
    else:
        handler.function(message)
        _mark_handled(handler_name, message_id)
    _finish(message_id, topic)


_MESSAGE = """
SELECT id, topic, payload, aggregate_id, sequence, created_at, attempts,
       EXISTS (SELECT 1 FROM platform_handledevent AS mark
                WHERE mark.handler = %(handler)s AND mark.message_id = message.id) AS is_handled
  FROM platform_outboxmessage AS message WHERE id = %(message)s
"""


def _note_run(handler: str, message_id: UUID) -> int:
    """Note before the handler begins that it does; which run this is, the first one counted though not noted."""
    row = fetch_one(
        """
        INSERT INTO platform_repeatedrun AS run (handler, message_id, runs) VALUES (%(handler)s, %(message)s, 2)
            ON CONFLICT (handler, message_id) DO UPDATE SET runs = run.runs + 1
        RETURNING runs
        """,
        {"handler": handler, "message": message_id},
    )
    return int(row["runs"]) if row else 0


def bury(message_id: UUID, handler_name: str, error: str) -> None:
    """Give a message up for one handler after MAX_RUNS failures, so that the queue behind it flows."""
    row = OutboxMessage.objects.filter(id=message_id).only("topic").first()
    if row is not None and _mark_handled(handler_name, message_id, dead=True, error=error):
        logger.error("dead letter", extra={"handler": handler_name, "topic": row.topic, "message_id": str(message_id)})
        _finish(message_id, row.topic)


def _mark_handled(handler: str, message_id: UUID, *, dead: bool = False, error: str = "") -> bool:
    """Whether this call is the first; concurrent second ones wait for the first to commit or to roll back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO platform_handledevent (handler, message_id, handled_at, dead, error)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [handler, message_id, clock.system_now(), dead, error],
        )
        return bool(cursor.rowcount == 1)


def _finish(message_id: UUID, topic: str) -> None:
    """Close the message once each of its handlers is through."""
    names = [handler.name for handler in handlers_of(topic)]
    with connection.cursor() as cursor:
        cursor.execute(
            _FINISH, {"message": message_id, "handlers": names, "number": len(names), "now": clock.system_now()}
        )


_FINISH = """
UPDATE platform_outboxmessage SET done_at = %(now)s
 WHERE id = %(message)s AND done_at IS NULL
   AND %(number)s = (SELECT count(*) FROM platform_handledevent
                      WHERE message_id = %(message)s AND handler = ANY(%(handlers)s))
"""


def mute(aggregate_ids: Collection[UUID]) -> int:
    """Close the messages about these things that no handler has had yet: for demonstration data. Returns how many."""
    waiting = OutboxMessage.objects.filter(aggregate_id__in=aggregate_ids, done_at__isnull=True)
    return waiting.update(done_at=clock.system_now())


def published(*topics: str) -> Iterator[tuple[UUID, Sequence[str]]]:
    """What messages of these topics are about, in the order of its id, each with the topic of every one of them.

    Those that are pruned count no more. Inside the caller's transaction.
    """
    rows = stream(
        "SELECT aggregate_id, array_agg(topic) AS topics FROM platform_outboxmessage WHERE topic = ANY(%s)"
        " GROUP BY aggregate_id ORDER BY aggregate_id",
        [list(topics)],
    )
    return ((row["aggregate_id"], row["topics"]) for row in rows)


def prune() -> int:
    """Remove messages that were done long ago, with their marks; returns how many messages."""
    old = OutboxMessage.objects.filter(done_at__lt=clock.system_now() - KEPT_FOR)
    for marks in (HandledEvent, RepeatedRun):
        marks.objects.filter(message_id__in=old.values("id")).delete()
    removed, _ = old.delete()
    return removed
