"""The Celery tasks of accounts."""

from typing import Any

from celery import shared_task

from apps.accounts import services as accounts


@shared_task(name="accounts.repeat_ended")
def repeat_ended(**_: Any) -> None:
    """Tell Redis which sessions have ended lately, in case it was away when they did."""
    accounts.repeat_ended()


@shared_task(name="accounts.prune")
def prune(**_: Any) -> None:
    """Forget ended sessions, tokens of mails, wrong passwords and keys that have served."""
    accounts.prune()
