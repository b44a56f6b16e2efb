"""The Django app of development: the mailbox page and the demo's commands."""

from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "config.local"
    label = "local"
