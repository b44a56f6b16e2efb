"""The Celery application of worker and beat processes: `celery -A config.celery worker -Q critical,bulk`."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

app = Celery("reservations")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_the_platforms_logging(**_: Any) -> None:
    """Workers log like the web processes do: without this, Celery would set up a format of its own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
