"""One run of the benchmark: servers, data, web server and load generator, and the kinds of work in turn."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import orjson
import psycopg

from config.local import programs
from config.local.bench import cpu
from config.local.bench.figures import BARE, EXPECTED, HOT, LOAD, SPREAD, Figure, Slice, figure
from config.local.bench.ground import bench_ground
from config.local.bench.load import Order
from config.local.bench.world import NIGHTS_ON_SALE, World
from config.local.errors import LocalServersError
from config.local.ports import HOST, free_port
from config.local.servers import LocalServers
from config.local.stack import Stack
from config.local.wire import Wire

BASE_DIR = Path(__file__).resolve().parents[3]
# Every kind of work comes once in a round, so that what else the machine does meets all of them alike.
ROUND_SECONDS = 1.0
COUNTED_REQUESTS = 10
Say = Callable[[str], None]


class BenchFailed(LocalServersError):
    """The benchmark cannot go on, or what it saw cannot be right; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be measured.

    :param seconds: for each kind of work at each concurrency, over all rounds.
    :param web: the arguments of Python that start another web server than the platform's, with `{port}` in them.
    """

    seconds: float
    clients: tuple[int, ...]
    types: int
    guests: int = 256
    warm_up_seconds: float = 1.0
    web: str | None = None
    variants: tuple[str, ...] = tuple(EXPECTED)

    @property
    def rounds(self) -> int:
        return max(1, round(self.seconds / ROUND_SECONDS))


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a run has found. `deadlocks` are those that PostgreSQL has counted, whoever they hit."""

    figures: tuple[Figure, ...]
    bookings: int
    deadlocks: int
    postgres: str


def run(plan: Plan, *, folder: Path, say: Say) -> Report:
    """Measure on servers of this run's own in `folder`, which sync to disk and are gone at the end.

    :raises LocalServersError: if a server or a program does not start, or if the bookings in the database are not those
        that were answered with 201.
    """
    with bench_ground(folder, nights=NIGHTS_ON_SALE) as ground:
        environment, url = ground.environment, ground.database_url
        size = ("--types", str(plan.types), "--guests", str(plan.guests))
        world = programs.output_of("-m", "config.local.bench.world", *size, environment=environment)
        say(f"{plan.types} room types on sale for {NIGHTS_ON_SALE} nights, {plan.guests} guests")
        port = free_port()
        web = _web(plan, port=port)
        with Wire(_address(url)) as wire:
            tapped = replace(web, environment={**web.environment, "DATABASE_URL": _over(wire, url)})
            stack = Stack([tapped], environment=environment, folder=BASE_DIR)
            with stack, Load(environment, world=world, port=port) as load:
                return _Run(
                    plan=plan, servers=ground.servers, url=url, stack=stack, web=web, load=load, say=say
                ).report(wire)


def _web(plan: Plan, *, port: int) -> programs.Program:
    web = programs.web(port=port)
    if plan.web is None:
        return web
    return replace(web, arguments=tuple(shlex.split(plan.web.replace("{port}", str(port)))))


def _address(database_url: str) -> tuple[str, int]:
    parts = urlsplit(database_url)
    return parts.hostname or HOST, parts.port or 5432


def _over(wire: Wire, database_url: str) -> str:
    parts = urlsplit(database_url)
    user = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@{HOST}:{wire.port}"))


class Load:
    """The load generator's process."""

    def __init__(self, environment: Mapping[str, str], *, world: str, port: int) -> None:
        self._environment = dict(environment)
        self._start = {"world": world, "port": port, "database_url": environment["DATABASE_URL"]}
        self.guests = len(World.read(world).tokens)
        self._process: subprocess.Popen[str]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "config.local.bench.load"],
            cwd=BASE_DIR,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            ready = self._ask(self._start)
            if ready["booked"] != ready["guests"]:
                raise BenchFailed(f"only {ready['booked']} of {ready['guests']} guests could book")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def pid(self) -> int:
        return self._process.pid

    def carry_out(self, order: Order) -> Slice:
        """One slice of work, without the processor time of others."""
        answer = self._ask(asdict(order))
        return Slice(
            seconds=answer["seconds"],
            latencies_ms=answer["latencies_ms"],
            statuses=dict(answer["statuses"]),
            cpu_seconds={},
        )

    def _ask(self, question: object) -> Any:
        if self._process.stdin is None or self._process.stdout is None:
            raise BenchFailed("the load generator has no ears")
        self._process.stdin.write(orjson.dumps(question).decode() + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise BenchFailed("the load generator has ended; its last words stand above")
        return orjson.loads(line)


@dataclass(frozen=True, kw_only=True)
class _Run:
    plan: Plan
    servers: LocalServers
    url: str
    stack: Stack
    web: programs.Program
    load: Load
    say: Say

    def report(self, wire: Wire) -> Report:
        booked = self.load.guests
        slices: dict[tuple[str, int], list[Slice]] = {
            (variant, clients): [] for clients in self.plan.clients for variant in self.plan.variants
        }
        booked += self._warm_up()
        talk, counted = self._talk(wire)
        booked += counted
        # What is measured goes to the server straight: an ear on the wire costs time.
        self.stack.stop("web")
        self.stack.provide(self.web)
        self.stack.start("web")
        booked += self._warm_up()
        for number in range(self.plan.rounds):
            self.say(f"round {number + 1} of {self.plan.rounds}")
            for (variant, clients), parts in _turned(slices, number):
                parts.append(self._slice(variant, clients))
                booked += _booked(variant, parts[-1])
        self._require_bookings(booked)
        return Report(
            figures=tuple(
                figure(variant=variant, clients=clients, slices=parts, **talk.get(variant, {}))
                for (variant, clients), parts in slices.items()
            ),
            bookings=booked,
            deadlocks=self._scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
            postgres=self._scalar("SHOW server_version"),
        )

    def _slice(self, variant: str, clients: int) -> Slice:
        before = self._used()
        part = self.load.carry_out(
            Order(variant=variant, clients=clients, seconds=self.plan.seconds / self.plan.rounds)
        )
        after = self._used()
        return replace(part, cpu_seconds={group: after[group] - before[group] for group in after if group in before})

    def _used(self) -> dict[str, float]:
        """Processor seconds so far, by group of processes."""
        running = self.servers.running()
        roots = {
            "web": self.stack.pid("web"),
            "postgres": running["postgres"],
            "redis": running["valkey"],
            LOAD: self.load.pid,
        }
        used = {group: cpu.used_seconds(root) for group, root in roots.items()}
        return {group: seconds for group, seconds in used.items() if seconds is not None}

    def _warm_up(self) -> int:
        """Let every connection have been used; returns how many bookings that made."""
        booked = 0
        for variant in self.plan.variants:
            order = Order(variant=variant, clients=max(self.plan.clients), seconds=self.plan.warm_up_seconds)
            booked += _booked(variant, self.load.carry_out(order))
        return booked

    def _talk(self, wire: Wire) -> tuple[dict[str, dict[str, float]], int]:
        """Round trips and statements of one request of each kind that goes over HTTP, and the bookings it took."""
        found, booked = {}, 0
        for variant in self.plan.variants:
            if variant == BARE:
                continue
            round_trips, statements = wire.round_trips, wire.statements
            part = self.load.carry_out(Order(variant=variant, clients=1, seconds=60, requests=COUNTED_REQUESTS))
            found[variant] = {
                "round_trips": (wire.round_trips - round_trips) / COUNTED_REQUESTS,
                "statements": (wire.statements - statements) / COUNTED_REQUESTS,
            }
            booked += _booked(variant, part)
        return found, booked

    def _require_bookings(self, booked: int) -> None:
        """Every booking that was answered is there, and no other: figures of a wrong run are worth nothing."""
        stored = self._scalar("SELECT count(*) FROM bookings_booking")
        if stored != booked:
            raise BenchFailed(f"{booked} bookings were answered with 201, {stored} are in the database")

    def _scalar(self, query: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def _booked(variant: str, part: Slice) -> int:
    return part.statuses.get(EXPECTED[variant], 0) if variant in {SPREAD, HOT} else 0


def _turned(
    slices: Mapping[tuple[str, int], list[Slice]], number: int
) -> Sequence[tuple[tuple[str, int], list[Slice]]]:
    """All kinds of work, each round beginning with another one."""
    everything = list(slices.items())
    first = number % len(everything)
    return everything[first:] + everything[:first]
