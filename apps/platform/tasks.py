"""The kernel's Celery tasks: delivering one message to one handler, and pruning."""

from typing import Any
from uuid import UUID

import structlog
from celery import Task, shared_task

from apps.platform import idempotency, outbox, privacy


class HandlerFailed(Exception):
    """A handler failed, by an error of this class; what it said is not for the log."""


# (The delay is that of a retry after the worker was lost; a failing handler has its own.)
@shared_task(name="platform.deliver", bind=True, max_retries=outbox.MAX_RUNS - 1, default_retry_delay=10)
def deliver(self: Task, message_id: str, handler: str, request_id: str = "", **_: Any) -> None:
    """Deliver; a failing handler runs at most MAX_RUNS times, then its message is a dead letter."""
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        try:
            outbox.deliver(UUID(message_id), handler, is_retry=self.request.retries > 0)
        except Exception as error:
            if self.request.retries + 1 >= outbox.MAX_RUNS:
                # The class alone: messages of errors carry addresses.
                outbox.bury(UUID(message_id), handler, type(error).__name__)
                return
            # Celery writes the reason of a retry into the log as well.
            raise self.retry(exc=HandlerFailed(type(error).__name__), countdown=2**self.request.retries) from None


@shared_task(name="platform.prune")
def prune(**_: Any) -> None:
    """Forget answers and messages whose time is over."""
    idempotency.prune()
    outbox.prune()


@shared_task(name="platform.erase_old")
def erase_old(**_: Any) -> None:
    """Forget guests whose stays are long over."""
    privacy.erase_old()
