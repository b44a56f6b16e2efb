"""The embedded PostgreSQL and Valkey of a checkout: start, reuse, stop, forget. Development and tests only.

This module and what it imports know nothing of Django: settings call it while they are being made.
"""

import atexit
import fcntl
import os
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from config.local.postgres import Postgres
from config.local.state import StateFile, locked
from config.local.valkey import Valkey


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Where the servers of this process are."""

    database_url: str
    redis_url: str


class LocalServers:
    """PostgreSQL and Valkey in one folder, shared by every process that names the same folder."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Name the servers of a folder; nothing is started.

        :param durable: whether data must survive a crash of the machine (false for tests).
        """
        self.folder = folder.absolute()
        self.state = StateFile(self.folder / "state.json")
        self.postgres = Postgres(self.folder, self.state, durable=durable)
        self.valkey = Valkey(self.folder, self.state, durable=durable)

    def start(self) -> Endpoints:
        """Start what does not run, reuse what does, and return when both answer.

        :raises LocalServersError: if a server cannot be started.
        """
        with self.lock():
            return Endpoints(database_url=self.postgres.start(), redis_url=self.valkey.start())

    def stop(self) -> None:
        """Stop both servers; their data stays."""
        if not self.folder.exists():
            return
        with self.lock():
            self.postgres.stop()
            self.valkey.stop()

    def forget(self) -> None:
        """Stop both servers and remove their data, ports and passwords."""
        if not self.folder.exists():
            return
        with self.lock():
            self.postgres.stop()
            self.valkey.stop()
            for server in (self.postgres, self.valkey):
                shutil.rmtree(server.data, ignore_errors=True)
                server.log.unlink(missing_ok=True)
            (self.folder / "state.json").unlink(missing_ok=True)

    def running(self) -> dict[str, int]:
        """The pids of the servers that run now."""
        pids = {"postgres": self.postgres.pid(), "valkey": self.valkey.pid()}
        return {name: pid for name, pid in pids.items() if pid is not None}

    def lock(self) -> AbstractContextManager[None]:
        """The lock under which servers and state of this folder change."""
        return locked(self.folder / "lock")


def endpoints(folder: Path) -> Endpoints:
    """The servers named by DATABASE_URL and REDIS_URL, else the embedded ones of this folder, started if need be."""
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if database_url and redis_url:
        return Endpoints(database_url=database_url, redis_url=redis_url)
    local = LocalServers(folder)
    with local.lock():
        return Endpoints(
            database_url=database_url or local.postgres.start(), redis_url=redis_url or local.valkey.start()
        )


def start_for_tests(base: Path) -> Endpoints:
    """Servers of this process alone, stopped and removed when it ends; what killed runs left is removed first."""
    runs = base.absolute() / ".local" / "test"
    mine = runs / str(os.getpid())
    with locked(runs / "lock"):
        for leftover in runs.iterdir():
            if leftover.is_dir() and not _is_owned(leftover):
                LocalServers(leftover, durable=False).forget()
                shutil.rmtree(leftover, ignore_errors=True)
        mine.mkdir()
        owner = os.open(mine / "owner", os.O_RDWR | os.O_CREAT, 0o600)
        # Held while this process lives, however it ends: a pid alone could be another's by then.
        fcntl.flock(owner, fcntl.LOCK_EX)
    servers = LocalServers(mine, durable=False)
    starter = os.getpid()

    def remove() -> None:
        if os.getpid() == starter:
            servers.forget()
            shutil.rmtree(mine, ignore_errors=True)

    atexit.register(remove)
    return servers.start()


def _is_owned(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / "owner", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
