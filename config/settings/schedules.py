"""Every periodic job of the platform on one page. Each is idempotent and safe to run late, twice or in two places."""

from typing import Any

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "inventory: keep every future night generated": {
        "task": "inventory.generate",
        "schedule": 600.0,
        "options": {"queue": "bulk", "expires": 600},
    },
    "inventory: heal gaps between nights": {
        "task": "inventory.heal_gaps",
        "schedule": 3600.0,
        "options": {"queue": "bulk", "expires": 3600},
    },
    "bookings: expire overdue holds": {
        "task": "bookings.expire_overdue_holds",
        "schedule": 30.0,
        "options": {"queue": "critical", "expires": 30},
    },
    "bookings: ask what became of payments": {
        "task": "bookings.reconcile_payments",
        "schedule": 30.0,
        "options": {"queue": "bulk", "expires": 30},
    },
    "bookings: record no-shows and free their nights": {
        "task": "bookings.settle_no_shows",
        "schedule": 300.0,
        "options": {"queue": "bulk", "expires": 300},
    },
    "bookings: check the invariants": {
        "task": "bookings.check_invariants",
        "schedule": 3600.0,
        "options": {"queue": "bulk", "expires": 3600},
    },
    "notifications: send what is due": {
        "task": "notifications.send_due",
        "schedule": 15.0,
        "options": {"queue": "critical", "expires": 15},
    },
    "accounts: repeat which sessions have ended": {
        "task": "accounts.repeat_ended",
        "schedule": 30.0,
        "options": {"queue": "critical", "expires": 30},
    },
    "accounts: prune what has served": {
        "task": "accounts.prune",
        "schedule": 3600.0,
        "options": {"queue": "bulk", "expires": 3600},
    },
    "platform: forget guests of long ago": {
        "task": "platform.erase_old",
        "schedule": 21_600.0,
        "options": {"queue": "bulk", "expires": 21_600},
    },
    "platform: prune what has served": {
        "task": "platform.prune",
        "schedule": 3600.0,
        "options": {"queue": "bulk", "expires": 3600},
    },
}
