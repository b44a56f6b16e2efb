"""What happened, told to whoever cares: one outbox row in the transaction of the effect, nothing else."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import structlog
from django.db import connection

from apps.platform import canonical, clock
from apps.platform.db import uuid7


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact in the past tense. Its fields are the payload; fields are only ever added.

    The envelope (id, type, timestamp) is the same inside and outside the platform.
    """

    type: ClassVar[str]

    def aggregate(self) -> tuple[UUID, int]:
        """The thing it happened to, and the revision of that thing: its events are in that order."""
        raise NotImplementedError


def publish(event: Event) -> UUID:
    """Write one outbox row; the relay does the rest after the commit. Returns the id of the event.

    :raises RuntimeError: outside a transaction, where the event could be told without being true.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event is published in the transaction that makes it true")
    event_id, now = uuid7(), clock.now()
    aggregate_id, sequence = event.aggregate()
    fields: dict[str, Any] = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    payload = {"id": event_id, "type": event.type, "timestamp": now, **fields}
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO platform_outboxmessage"
            " (id, topic, payload, aggregate_id, sequence, request_id, created_at, attempts)"
            " VALUES (%s, %s, %s::jsonb, %s, %s, %s, %s, 0)",
            [
                *(event_id, event.type, canonical.encode(payload).decode(), aggregate_id, sequence),
                *(request_id, now),
            ],
        )
    return event_id
