"""The platform under proof: servers and processes of its own in a folder of its own, and the ways to hurt them."""

import base64
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from config.local import programs
from config.local.errors import LocalServersError
from config.local.ports import HOST, free_port
from config.local.processes import send, wait_until
from config.local.proof import databases, holdings
from config.local.proof.broker import Broker
from config.local.proof.checker import Booked, Committed
from config.local.proof.connection import Connection
from config.local.proof.leftovers import Leftovers
from config.local.proof.lock_nodes import LockNode
from config.local.proof.log import PlatformLog
from config.local.proof.web_servers import web_program
from config.local.servers import LocalServers
from config.local.stack import Stack
from config.local.state import new_secrets

BASE_DIR = Path(__file__).resolve().parents[3]
WEB_WORKERS = 2
LOCK_NODES = 5
_PATIENCE_SECONDS = 30
_ADMINISTRATOR = "administrator@example.com"


@dataclass(frozen=True, kw_only=True)
class Guest:
    """Somebody who books: the principal in the database, and the token of this hour."""

    principal: str
    email: str
    token: str


@dataclass(kw_only=True)
class Ground:
    """A hotel on a running platform."""

    servers: LocalServers
    broker: Broker
    lock_nodes: Sequence[LockNode]
    stack: Stack
    log: PlatformLog
    environment: Mapping[str, str]
    port: int
    mailbox: Path
    password: str
    staff: Guest = field(init=False)
    hotel: str = ""
    rate_plan: str = ""
    capacities: dict[str, int] = field(default_factory=dict)

    @property
    def first_night(self) -> datetime:
        return datetime.now(tz=UTC) + timedelta(days=30)

    # What the proof needs before it begins

    def open_hotel(self) -> None:
        """Make the hotel, as its administrator would."""
        made = self.administer(
            "/api/v1/hotels",
            {
                "name": "Proving Ground",
                "address": "1 Main Street",
                "city": "Lisbon",
                "country": "PT",
                "time_zone": "UTC",
                "currency": "EUR",
            },
        )
        self.hotel = str(made["id"])
        self.staff = self.sign_in(_ADMINISTRATOR)

    def add_room_type(self, *, code: str, rooms: int) -> str:
        """A room type that nobody has booked yet, on sale at once."""
        made = self.administer(
            f"/api/v1/hotels/{self.hotel}/room-types",
            {
                "code": code,
                "name": code,
                "max_adults": 2,
                "max_children": 0,
                "room_count": rooms,
                "base_rate": {"amount": "100.00", "currency": "EUR"},
            },
        )
        room_type = str(made["id"])
        self.capacities[room_type] = rooms
        if not self.rate_plan:
            self.rate_plan = self._any_rate_plan()
        return room_type

    def sign_up(self, email: str) -> Guest:
        """A guest who has never been here."""
        person = {"email": email, "password": self.password, "full_name": "Ada Lovelace"}
        self._require(self._connection().post("/api/v1/auth/signup", person), 201)
        return self.sign_in(email)

    def sign_in(self, email: str) -> Guest:
        """The guest again, with a fresh token."""
        token = self._token(email)
        claims = token.split(".")[1]
        subject = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
        return Guest(principal=f"user:{subject}", email=email, token=token)

    def administer(self, path: str, body: Mapping[str, Any], *, status: int = 201) -> dict[str, Any]:
        """What the platform answers its administrator.

        :raises LocalServersError: if the answer has another status.
        """
        return self._require(self._connection().post(path, body, token=self._token(_ADMINISTRATOR)), status)

    @property
    def administrator(self) -> Guest:
        """Who may do everything, with a fresh token."""
        return self.sign_in(_ADMINISTRATOR)

    # What the database holds

    def bookings_of(self, principals: Sequence[str]) -> list[Booked]:
        """Every booking of these guests."""
        return holdings.bookings_of(self.query, principals)

    def commits_of(self, principals: Sequence[str]) -> list[Committed]:
        """Every stored answer of these guests, with the time of its commit."""
        return holdings.commits_of(self.query, principals)

    def undone_events(self) -> int:
        """How many events of the outbox some handler has not had yet."""
        return int(self.query("SELECT count(*) AS n FROM platform_outboxmessage WHERE done_at IS NULL")[0]["n"])

    def dead_letters(self) -> int:
        return int(self.query("SELECT count(*) AS n FROM platform_handledevent WHERE dead")[0]["n"])

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            cursor = connection.execute(sql, parameters)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def broken_invariants(self) -> list[str]:
        """What `manage.py check_invariants` finds."""
        finished = programs.run_to_end(
            "manage.py", "check_invariants", "--json", "--unpruned", environment=self.environment
        )
        try:
            found = json.loads(finished.stdout)["violations"]
        except ValueError as error:
            raise LocalServersError(f"check_invariants failed:\n{finished.stderr}") from error
        return [f"{violation['code']} {violation['subject']}: {violation['detail']}" for violation in found]

    def manage(self, *arguments: str) -> None:
        programs.output_of("manage.py", *arguments, environment=self.environment)

    # Faults

    def start_fallen(self) -> list[str]:
        """Start what has ended by itself, as a supervisor does; the names of it.

        Kombu can end a worker that loses its broker with tasks at work.
        """
        fallen = [name for name in ("worker", "beat", "relay") if not self.stack.is_running(name)]
        for name in fallen:
            self.stack.start(name)
        return fallen

    def kill(self, name: str) -> None:
        """End a program and its children with kill -9, and start it again."""
        self.stack.kill(name)
        self.stack.start(name)

    def crash_postgres(self) -> float:
        """End PostgreSQL without a checkpoint, as a power cut would, and start it.

        :return: the moment from which it let a stranger in, who had asked all the time.
        """
        postgres = self.servers.postgres
        pid = postgres.pid()
        if pid is not None:
            send(pid, signal.SIGQUIT)
            wait_until(lambda: postgres.pid() is None, seconds=20)
        with ThreadPoolExecutor(max_workers=1) as stranger:
            let_in = stranger.submit(self._let_in)
            self._start_servers()
            return let_in.result()

    def _let_in(self) -> float:
        if not wait_until(self._accepts, seconds=_PATIENCE_SECONDS, pause=0.005):
            raise LocalServersError(f"PostgreSQL lets nobody in within {_PATIENCE_SECONDS} s of its crash.")
        return time.monotonic()

    def _accepts(self) -> bool:
        try:
            psycopg.connect(self.environment["DATABASE_URL"], connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def without_redis(self) -> Iterator[None]:
        """Broker, cache and all lock nodes are gone for the block, and come back empty."""
        nodes = (self.broker, *self.lock_nodes)
        self.servers.valkey.stop()
        for node in nodes:
            node.stop()
        try:
            yield
        finally:
            shutil.rmtree(self.servers.valkey.data, ignore_errors=True)
            self._start_servers()
            for node in nodes:
                node.start()

    def _start_servers(self) -> None:
        found = self.servers.start()
        if (found.database_url, found.redis_url) != (self.environment["DATABASE_URL"], self.environment["REDIS_URL"]):
            raise LocalServersError("A server came back on another port, because a stranger had taken the old one.")

    def _connection(self) -> Connection:
        return Connection(self.port)

    def _token(self, email: str) -> str:
        answer = self._connection().post("/api/v1/auth/token", {"email": email, "password": self.password})
        return str(self._require(answer, 200)["access"])

    def _any_rate_plan(self) -> str:
        rows = self.query("SELECT id::text FROM inventory_rateplan WHERE hotel_id = %s", [self.hotel])
        return str(rows[0]["id"])

    def _require(self, answer: tuple[int, bytes], status: int) -> dict[str, Any]:
        if answer[0] != status:
            raise LocalServersError(f"The platform answered {answer[0]} instead of {status}: {answer[1]!r}")
        return dict(json.loads(answer[1]))


@contextmanager
def proving_ground(folder: Path) -> Iterator[Ground]:
    """The whole platform in this folder, with PostgreSQL as durable as in production; gone at the end.

    :raises LocalServersError: if something does not start; the message says what.
    """
    servers = LocalServers(folder)
    lock_nodes = [LockNode(folder / f"lock-node-{number}") for number in range(1, LOCK_NODES + 1)]
    broker, leftovers = Broker(folder / "broker"), Leftovers(folder / "programs")
    leftovers.end()
    _remove(servers, [broker, *lock_nodes])
    try:
        found = servers.start()
        for node in (broker, *lock_nodes):
            node.start()
        port, mail_port, mailbox, secrets = free_port(), free_port(), folder / "mailbox", new_secrets()
        environment = {
            **_environment(mail_port=mail_port, mailbox=mailbox),
            "DATABASE_URL": found.database_url,
            "REDIS_URL": found.redis_url,
            "PROOF_BROKER_URL": broker.url,
            "LOCK_REDIS_URLS": ",".join(node.url for node in lock_nodes),
            "JWT_SIGNING_KEY": secrets.jwt_signing_key,
            "PAYMENT_PROVIDER_URL": f"http://{HOST}:{free_port()}",
            "PAYMENT_PROVIDER_SECRET": secrets.secret_key[24:],
        }
        log = PlatformLog(folder.with_name("platform.log"))
        stack = Stack(
            _programs(port, mail_port, mailbox),
            environment=environment,
            folder=BASE_DIR,
            show=log.stream,
            on_start=leftovers.note,
        )
        ground = Ground(
            servers=servers,
            broker=broker,
            lock_nodes=lock_nodes,
            stack=stack,
            log=log,
            environment=environment,
            port=port,
            mailbox=mailbox,
            password=secrets.secret_key[:24],
        )
        ground.manage("migrate", "--no-input", "--verbosity", "0")
        ground.manage("shell", "-v0", "-c", _administrator(ground.password))
        databases.copy(ground.environment["DATABASE_URL"], to=databases.PRISTINE)
        with stack:
            ground.open_hotel()
            yield ground
    finally:
        _remove(servers, [broker, *lock_nodes])


def _environment(*, mail_port: int, mailbox: Path) -> dict[str, str]:
    """Like production but for throttles, a fast password hash, local mail and shorter waits."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.local.proof.settings",
        "PYTHONWARNINGS": "ignore",
        "TEST_REDIS_PLACE": "0",
        "MAIL_PORT": str(mail_port),
        "MAILBOX_DIR": str(mailbox),
        "OUTBOX_LOST_AFTER_SECONDS": "8",
        "DELIVERY_LEASE_SECONDS": "5",
        "PAYMENT_ASK_AFTER_SECONDS": "5",
        # A few guests are many clients here.
        "PENDING_BOOKINGS_PER_GUEST": "1000",
    }


def _remove(servers: LocalServers, nodes: Sequence[LockNode]) -> None:
    """Stop what runs, also what a run that was killed has left, and remove the folder."""
    for node in nodes:
        node.stop()
    servers.forget()
    shutil.rmtree(servers.folder, ignore_errors=True)


def _programs(port: int, mail_port: int, mailbox: Path) -> list[programs.Program]:
    return [
        programs.mail(port=mail_port, folder=mailbox),
        web_program(port=port, workers=WEB_WORKERS),
        programs.worker(),
        programs.beat(),
        programs.relay(),
    ]


def _administrator(password: str) -> str:
    return (
        "from apps.accounts import services as a\n"
        f"who = a.ensure_account(email={_ADMINISTRATOR!r}, full_name='Administrator', password={password!r})\n"
        "a.grant_role(user_id=who.id, role=a.Role.PLATFORM_ADMIN, scope_id=None)"
    )
