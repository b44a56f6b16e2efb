"""The audit log: who of the staff changed what, written in the transaction of the change and never changed itself.

An app that owns a change calls `record` beside its own write; nobody writes here for another. Entries hold ids, states
and figures, never names or addresses. (A trigger of the database refuses to update or delete them.)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import connection
from django.db.models import QuerySet

from apps.platform import clock
from apps.platform.db import fetch_all, uuid7
from apps.platform.models import AuditEntry

LONGEST_REASON = 500

_reason: ContextVar[str] = ContextVar("audit_reason", default="")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that somebody changed: what it was before, and what it is now; only what differs is kept.

    :param operation: `<app>.<verb>_<noun>`, like `inventory.set_price`.
    :param scope_id: the hotel whose staff may read of it; None: administrators alone.
    """

    operation: str
    kind: str
    object_id: UUID | str
    scope_id: UUID | None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def because(reason: str) -> Iterator[None]:
    """Within the block, what is recorded carries this reason, in the words of whoever makes the change."""
    token = _reason.set(reason.strip()[:LONGEST_REASON])
    try:
        yield
    finally:
        _reason.reset(token)


def reason() -> str:
    """The words of whoever makes the change, empty if there are none."""
    return _reason.get()


def record(changes: Iterable[Change], *, actor: str, batch: UUID | None = None) -> None:
    """Write changes down, in one statement however many; a change in which nothing differs is none.

    :param actor: the principal of who made them.
    :param batch: what tells the changes of one save from all others, where they belong together.
    :raises RuntimeError: outside a transaction, where it could be told without being true.
    :raises ValueError: without an actor.
    """
    rows = [row for change in changes if (row := _row(change))]
    if not rows:
        return
    if not actor:
        raise ValueError("a change has somebody who made it")
    if not connection.in_atomic_block:
        raise RuntimeError("a change is recorded in the transaction that makes it true")
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "rows": orjson.dumps(rows, default=str).decode(),
                "at": clock.system_now(),
                "actor": actor,
                "reason": _reason.get(),
                "batch": batch,
                "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
            },
        )


_INSERT = """
INSERT INTO platform_auditentry
       (id, at, actor, scope_id, operation, object_kind, object_id, before, after, reason, request_id, batch)
SELECT row.id, %(at)s, %(actor)s, row.scope_id, row.operation, row.object_kind, row.object_id, row.before, row.after,
       %(reason)s, %(request_id)s, %(batch)s::uuid
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row
       (id uuid, scope_id uuid, operation text, object_kind text, object_id text, before jsonb, after jsonb)
 ORDER BY row.id
"""


def entries_of(
    scope_id: UUID,
    *,
    operation: str | None = None,
    object_id: str | None = None,
    actor: str | None = None,
    batch: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """What was changed in one scope, to which every filter that is given applies; `object_id` may be how it begins."""
    filters = {
        "operation": operation,
        "object_id__startswith": object_id,
        "actor": actor,
        "batch": batch,
        "at__gte": since,
        "at__lt": until,
    }
    given = {name: value for name, value in filters.items() if value is not None}
    return AuditEntry.objects.filter(scope_id=scope_id, **given)


def entries_about(object_ids: Sequence[str], *, most: int) -> list[AuditEntry]:
    """The last entries about any of these things, by their ids, in the order of time. One statement."""
    return list(AuditEntry.objects.filter(object_id__in=object_ids).order_by("-id")[:most])[::-1]


def last_of(operation: str, object_ids: Sequence[str]) -> dict[str, AuditEntry]:
    """The last entry of this operation about each of these things, by their ids. One statement."""
    rows = AuditEntry.objects.filter(operation=operation, object_id__in=object_ids).order_by("id")
    return {row.object_id: row for row in rows} if object_ids else {}


def _row(change: Change) -> dict[str, Any] | None:
    before, after = dict(change.before), dict(change.after)
    same = {name for name in before.keys() & after.keys() if before[name] == after[name]}
    if (before or after) and before.keys() == after.keys() == same:
        return None
    return {
        "id": uuid7(),
        "scope_id": change.scope_id,
        "operation": change.operation,
        "object_kind": change.kind,
        "object_id": str(change.object_id),
        "before": {name: value for name, value in before.items() if name not in same},
        "after": {name: value for name, value in after.items() if name not in same},
    }


# The saves that changed several things together ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one save has changed. Its entries are counted up to a thousand; one more stands for more.

    :param places: where ids of objects are paths, each path but its last step; `first` and `last`: the least and the
        greatest of the last steps.
    """

    id: UUID
    at: datetime
    actor: str
    reason: str
    operations: tuple[str, ...]
    places: tuple[str, ...]
    first: str
    last: str
    entries: int


_COUNTED_ENTRIES = 1_000
# From the youngest entry to the youngest that is older than its whole batch, and so on: by indexes, not by the log.
_LAST_BATCHES = """
WITH RECURSIVE found (batch, at, actor, reason, place) AS (
    (SELECT batch, at, actor, reason, 1 FROM platform_auditentry
      WHERE scope_id = %(scope)s AND batch IS NOT NULL AND operation = ANY(%(operations)s) ORDER BY id DESC LIMIT 1)
    UNION ALL
    SELECT older.*, found.place + 1
      FROM found,
           LATERAL (SELECT id FROM platform_auditentry WHERE batch = found.batch ORDER BY id LIMIT 1) AS first,
           LATERAL (SELECT batch, at, actor, reason FROM platform_auditentry
                     WHERE scope_id = %(scope)s AND batch IS NOT NULL AND operation = ANY(%(operations)s)
                       AND id < first.id
                     ORDER BY id DESC LIMIT 1) AS older
     WHERE found.place < %(limit)s
)
SELECT found.batch AS id, found.at, found.actor, found.reason, counted.*
  FROM found,
       LATERAL (SELECT array_agg(DISTINCT operation) AS operations, count(*)::int AS entries,
                       array_agg(DISTINCT regexp_replace(object_id, '/[^/]*$', '')) AS places,
                       min(regexp_replace(object_id, '^.*/', '')) AS first,
                       max(regexp_replace(object_id, '^.*/', '')) AS last
                  FROM (SELECT operation, object_id FROM platform_auditentry
                         WHERE batch = found.batch AND operation = ANY(%(operations)s)
                         LIMIT %(counted)s) AS first_ones) AS counted
 ORDER BY found.place
"""


def last_batches(scope_id: UUID, *, operations: Sequence[str], limit: int) -> tuple[Batch, ...]:
    """The last saves of these operations in one scope, the newest first. One statement."""
    parameters = {"scope": scope_id, "operations": list(operations), "limit": limit, "counted": _COUNTED_ENTRIES + 1}
    rows = fetch_all(_LAST_BATCHES, parameters)
    lists = ("operations", "places")
    return tuple(Batch(**{**row, **{name: tuple(row[name]) for name in lists}}) for row in rows)
