"""What every benchmark stands on: durable servers of its own with a migrated database, and the settings to use them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local import programs
from config.local.servers import LocalServers
from config.local.state import new_secrets


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Servers that run, and the environment of programs that use them."""

    servers: LocalServers
    database_url: str
    environment: Mapping[str, str]


@contextmanager
def bench_ground(folder: Path, *, nights: int, keep: bool = False) -> Iterator[Ground]:
    """Servers in `folder` for the block, which sync to disk and are gone at the end.

    :param nights: how many of them are on sale.
    :param keep: their data stays for the next run that keeps it; and what the last one kept is there.
    :raises LocalServersError: if a server or a program does not start.
    """
    servers = LocalServers(folder, durable=True)
    if not keep:
        servers.forget()
    try:
        found = servers.start()
        secrets = new_secrets()
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.local.bench.settings",
            "DATABASE_URL": found.database_url,
            "REDIS_URL": found.redis_url,
            "SECRET_KEY": secrets.secret_key,
            "JWT_SIGNING_KEY": secrets.jwt_signing_key,
            "INVENTORY_HORIZON_NIGHTS": str(nights),
            "PYTHONWARNINGS": "ignore",
        }
        programs.output_of("manage.py", "migrate", "--no-input", "--verbosity", "0", environment=environment)
        yield Ground(servers=servers, database_url=found.database_url, environment=environment)
    finally:
        (servers.stop if keep else servers.forget)()
