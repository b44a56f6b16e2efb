"""The Celery application of worker and beat processes: `celery -A config.celery worker -Q critical,bulk`."""

import logging.config
import os
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging, task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

app = Celery("reservations")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Celery closes the connection to the database before and after each task, which costs as much as a short task itself.
# It is kept for so many of them instead, and asked before each whether it is still good.
app.conf["CELERY_DB_REUSE_MAX"] = 1_000


@task_prerun.connect
def keep_only_good_connections(sender: Task, **_: Any) -> None:
    """A task begins, like a request does, on a connection that works; one that is called in place is part of more."""
    if not sender.request.is_eager:
        close_old_connections()


@setup_logging.connect
def use_the_platforms_logging(**_: Any) -> None:
    """Workers log like the web processes do: without this, Celery would set up a format of its own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
