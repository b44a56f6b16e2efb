"""Celery tasks of this app: each makes one service call."""

from typing import Any

from celery import shared_task

from apps.bookings import services

BATCH = 100


@shared_task(name="bookings.expire_overdue_holds")
def expire_overdue_holds(**_: Any) -> None:
    """Expire every hold that is over, a batch a transaction; at sandboxes by their own clocks."""
    while services.expire_overdue_holds(limit=BATCH) == BATCH:
        pass
    services.catch_up_everywhere()


@shared_task(name="bookings.check_invariants")
def check_invariants(**_: Any) -> None:
    """Look for what must not be, and say so in the log."""
    services.audit_invariants()


@shared_task(name="bookings.reconcile_payments")
def reconcile_payments(**_: Any) -> None:
    """Ask the provider for payments of which nobody has told us the end."""
    services.reconcile_payments()


@shared_task(name="bookings.settle_no_shows")
def settle_no_shows(**_: Any) -> None:
    """Record who did not come, where a job does so, and free the nights that nobody waits for any more."""
    services.record_due_no_shows()
    services.free_kept_nights()
