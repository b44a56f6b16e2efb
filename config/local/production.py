"""A stand-in for what production gets from its operator, so that its settings can be checked on any machine."""

import os
import subprocess
import sys
from pathlib import Path

from config.local.state import new_secrets

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def stand_in_environment() -> dict[str, str]:
    """Every variable that production demands, valid and useless: nothing listens at these addresses."""
    made_up = new_secrets()
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": made_up.secret_key,
        "JWT_SIGNING_KEY": made_up.jwt_signing_key,
        "DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:9/nothing",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "BROKER_URL": "redis://127.0.0.1:9/1",
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "ALLOWED_HOSTS": "reservations.example",
        "SITE_URL": "https://reservations.example",
    }


def check() -> int:
    """Run Django's deployment checks on the production settings; warnings fail."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.call(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BASE_DIR,
        env=clean | stand_in_environment(),
    )
