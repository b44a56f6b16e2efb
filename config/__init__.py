"""The deployable: settings, routes and processes. Celery loads with it, so that tasks find their application."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
