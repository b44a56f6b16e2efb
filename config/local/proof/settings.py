"""Settings of the platform under proof: those of the tests, with a broker of its own and shorter waits.

Here alone can a process be armed (see arms.py): no other settings have the app that does it.
"""

from config.env import env
from config.settings.schedules import CELERY_BEAT_SCHEDULE as _SCHEDULE
from config.settings.test import *  # noqa: F403
from config.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "config.local.proof"]

CELERY_BROKER_URL = env.str("PROOF_BROKER_URL")
_OFTEN = {"bookings: expire overdue holds", "notifications: send what is due", "bookings: ask what became of payments"}
CELERY_BEAT_SCHEDULE = _SCHEDULE | {name: _SCHEDULE[name] | {"schedule": 3.0} for name in _OFTEN}
