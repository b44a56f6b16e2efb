"""The deployable: settings, routes and processes. The Celery application loads with it, so that tasks find their app."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
