"""An event of the tests' own, and a handler that remembers what it has seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from apps.platform import events, outbox


@dataclass(frozen=True, kw_only=True)
class Happened(events.Event):
    type = "test.happened"

    subject: UUID

    def aggregate(self) -> tuple[UUID, int]:
        return self.subject, 1


def happened() -> UUID:
    """Let it happen; the id of the event."""
    with transaction.atomic():
        return events.publish(Happened(subject=uuid4()))


@contextmanager
def remembered() -> Iterator[list[outbox.Message]]:
    """What the handler `test.remember` has seen within the block."""
    messages: list[outbox.Message] = []

    def remember(message: outbox.Message) -> None:
        messages.append(message)

    remember.__module__ = "apps.test.handlers"
    outbox.handles(Happened.type)(remember)
    yield messages
    outbox._handlers.pop(Happened.type)
