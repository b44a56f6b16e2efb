"""What happened, told to whoever cares: one outbox row in the transaction of the effect, nothing else."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
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


@dataclass(frozen=True, kw_only=True)
class Row:
    """An outbox row that is to be written."""

    id: UUID
    topic: str
    payload: orjson.Fragment
    aggregate_id: UUID
    sequence: int
    request_id: str
    created_at: datetime


_collected: ContextVar[list[Row] | None] = ContextVar("collected_events", default=None)


def publish(event: Event) -> UUID:
    """Write one outbox row; the relay does the rest after the commit. Returns the id of the event.

    Within a command the row is written together with the command's answer, in one statement.

    :raises RuntimeError: outside a transaction, where the event could be told without being true.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event is published in the transaction that makes it true")
    row = _row(event)
    collected = _collected.get()
    if collected is None:
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO platform_outboxmessage {INSERTED_ROWS}", parameters_of([row]))
    else:
        collected.append(row)
    return row.id


@contextmanager
def collected() -> Iterator[list[Row]]:
    """Within the block published events are only collected: whoever opens it writes them, in the same transaction."""
    rows: list[Row] = []
    token = _collected.set(rows)
    try:
        yield rows
    finally:
        _collected.reset(token)


INSERTED_ROWS = """(id, topic, payload, aggregate_id, sequence, request_id, created_at, attempts)
    SELECT id, topic, payload, aggregate_id, sequence, request_id, created_at, 0
      FROM jsonb_to_recordset(%(told)s::jsonb)
           AS told (id uuid, topic text, payload jsonb, aggregate_id uuid, sequence bigint, request_id text,
                    created_at timestamptz)"""
"""Columns and source of an INSERT of outbox rows; the parameters are those of `parameters_of`."""


def parameters_of(rows: Sequence[Row]) -> dict[str, Any]:
    """The rows as the document that INSERTED_ROWS reads."""
    return {"told": orjson.dumps(list(rows)).decode()}


def _row(event: Event) -> Row:
    event_id = uuid7()
    aggregate_id, sequence = event.aggregate()
    fields: dict[str, Any] = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    return Row(
        id=event_id,
        topic=event.type,
        payload=orjson.Fragment(
            canonical.encode({"id": event_id, "type": event.type, "timestamp": clock.now(), **fields})
        ),
        aggregate_id=aggregate_id,
        sequence=sequence,
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
        created_at=clock.system_now(),
    )
