"""The one place that reads the environment: names, types and defaults of every setting from outside."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()


def process_kind() -> str:
    """`web`, `worker` or `command`: what this process is decides how long a statement may take."""
    return str(env.str("PROCESS_KIND", default="command"))


def redis_database(url: str, number: int) -> str:
    """The address of one numbered database of the Redis server at `url`, whichever database `url` itself names."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


def database(url: str) -> dict[str, object]:
    """Django's description of the PostgreSQL database at `url`, with the time-outs of this kind of process.

    Connections persist and are checked before a request uses them; there is no pool, so that nothing is
    open before a fork. A command (migrations, bulk loads) may take as long as it needs.
    """
    description: dict[str, object] = dict(env.db_url_config(url))
    # What is prepared (apps/platform/db.py) has one best plan, and planning it costs more than running it.
    session = {"lock_timeout": "2s", "plan_cache_mode": "force_generic_plan"}
    if process_kind() != "command":
        session |= {
            "statement_timeout": "5s" if process_kind() == "web" else "60s",
            "idle_in_transaction_session_timeout": "5s",
            "transaction_timeout": "15s" if process_kind() == "web" else "120s",
        }
    description |= {
        "ENGINE": "apps.platform.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": {
            "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
            "application_name": f"reservations-{process_kind()}",
            "connect_timeout": 5,
            # (Only what asks for it is prepared, however often something else is run; without a number, nothing could.)
            "prepare_threshold": 2**31,
            # What was sent and never acknowledged ends the connection: a health check that only looks cannot see that.
            "tcp_user_timeout": 10_000,
        },
    }
    return description
