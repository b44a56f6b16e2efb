"""The Celery tasks of notifications."""

from typing import Any

from celery import shared_task

from apps.notifications import services


@shared_task(name="notifications.send_due")
def send_due(**_: Any) -> None:
    """Send what is due: lost hand-overs, retries, and the mails of senders that died."""
    services.send_due()
