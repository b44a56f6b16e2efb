"""What it takes to find a room: searches of cities of several sizes, and what one hotel is asked, over HTTP."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import orjson
import psycopg

from config.local import programs
from config.local.bench import cpu
from config.local.bench.figures import Target, Verdict, percentile
from config.local.bench.ground import Ground, bench_ground
from config.local.bench.report import table
from config.local.bench.running import BASE_DIR, BenchFailed, Say
from config.local.ports import HOST, free_port
from config.local.stack import Stack

CITY, OTHER_CITY = "Lisbon", "Porto"
_HERE = "38.7223,-9.1393"
_WARM_UP = 5
_STAY = 3
# What looks at many days at once, and at how many at most.
_LONG, _MAX_DAYS = {"lowest prices", "calendar"}, 60

# So many of the hotels are in the city, the others a day's journey away. All have the same nights.
_MOVE = """
UPDATE inventory_hotel AS hotel
   SET city = CASE WHEN ranked.number <= %(in_city)s THEN %(city)s ELSE %(other)s END
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM inventory_hotel) AS ranked
 WHERE ranked.id = hotel.id
"""
_A_HOTEL = "SELECT id FROM inventory_hotel ORDER BY id OFFSET (SELECT count(*) / 2 FROM inventory_hotel) LIMIT 1"
_STAFF = """
from apps.accounts import services as accounts
who = accounts.ensure_account(email='staff@bench.example', full_name='Staff', password='{password}', verified=True)
accounts.grant_role(user_id=who.id, role=accounts.Role.PLATFORM_ADMIN)
print(accounts.sign_in(email=who.email, password='{password}').access)
"""


@dataclass(frozen=True, kw_only=True)
class SearchPlan:
    """What is to be measured.

    :param cities: how many hotels the city has, in turn; at most as many as there are.
    :param requests: of each kind of work.
    :param keep: the loaded world stays in its folder, and is taken from there if it is of this size.
    """

    hotels: int
    nights: int
    cities: tuple[int, ...]
    requests: int
    keep: bool = False


@dataclass(frozen=True, kw_only=True)
class SearchFigure:
    """What one kind of work came to. `hotels` are those in the city; None: it asks one hotel.

    :param results: how many rows an answer had on average.
    :param cpu_ms: of a request by group of processes; empty where it is not known.
    """

    work: str
    hotels: int | None
    requests: int
    p50_ms: float
    p95_ms: float
    results: float
    cpu_ms: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class SearchReport:
    """What a run has found."""

    figures: tuple[SearchFigure, ...]
    hotels: int
    nights: int
    loaded: str
    postgres: str


def _target(hotels: int, reach: float, stretch: float) -> Target:
    return Target(name=f"p95 ms, {hotels:,} hotels", reach=reach, stretch=stretch, more_is_better=False)


TARGETS = {1_000: _target(1_000, 50, 10), 10_000: _target(10_000, 300, 20)}


def run_search(plan: SearchPlan, *, folder: Path, say: Say) -> SearchReport:
    """Measure on servers of this run's own in `folder`, which sync to disk and are gone at the end.

    :raises LocalServersError: if a server or a program does not start, or an answer is not the expected one.
    :raises BenchFailed: if the folder keeps a world of another size.
    """
    with bench_ground(folder, nights=plan.nights, keep=plan.keep) as ground:
        environment = ground.environment
        loaded = _load(plan, ground, say)
        staff = _STAFF.format(password=ground.servers.state.secret("staff of the benchmark"))
        token = programs.output_of("manage.py", "shell", "-v0", "-c", staff, environment=environment)
        port = free_port()
        with Stack([programs.web(port=port)], environment=environment, folder=BASE_DIR) as stack:
            run = _Run(
                plan=plan,
                url=ground.database_url,
                port=port,
                token=token.strip().splitlines()[-1],
                roots={"web": stack.pid("web"), "postgres": ground.servers.running()["postgres"]},
            )
            return SearchReport(
                figures=tuple(run.figures(say)),
                hotels=plan.hotels,
                nights=plan.hotels * 5 * plan.nights,
                loaded=loaded,
                postgres=run.scalar("SHOW server_version"),
            )


def _load(plan: SearchPlan, ground: Ground, say: Say) -> str:
    """Make the world up, or take the one that is kept: what was said when it was loaded."""
    kept = ground.servers.folder / "world.json"
    size = ("--hotels", str(plan.hotels), "--nights", str(plan.nights))
    if plan.keep and kept.exists():
        world = orjson.loads(kept.read_bytes())
        if world["size"] != list(size):
            raise BenchFailed(f"{kept.parent} keeps a world of {' '.join(world['size'])}: remove it, or name another")
        say("taking the world that is kept")
        # Days may have passed.
        programs.output_of("manage.py", "generate_inventory", "--verbosity", "0", environment=ground.environment)
        return str(world["loaded"])
    say(f"loading {plan.hotels:,} hotels with {plan.nights} nights")
    where = ("--city", CITY, "--in-city", str(plan.hotels), "--verbosity", "0")
    told = programs.output_of("manage.py", "load_catalogue", *size, *where, environment=ground.environment)
    loaded = told.strip().splitlines()[-1]
    if plan.keep:
        kept.write_bytes(orjson.dumps({"size": size, "loaded": loaded}))
    return loaded


Ask = Callable[[date], tuple[str, Mapping[str, object]]]
"""The address and the query for an arrival."""


@dataclass(frozen=True, kw_only=True)
class _Run:
    plan: SearchPlan
    url: str
    port: int
    token: str
    roots: Mapping[str, int]

    def figures(self, say: Say) -> Iterator[SearchFigure]:
        for hotels in self.plan.cities:
            say(f"{hotels:,} hotels in the city")
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(_MOVE, {"in_city": hotels, "city": CITY, "other": OTHER_CITY})
                connection.execute("VACUUM ANALYZE")
            for work, ask in _searches().items():
                yield self._figure(work, hotels, ask)
        say("one hotel")
        for work, ask in _questions(self.scalar(_A_HOTEL)).items():
            yield self._figure(work, None, ask)

    def scalar(self, query: str) -> str:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return str(row[0]) if row else ""

    def _figure(self, work: str, hotels: int | None, ask: Ask) -> SearchFigure:
        """The same arrivals for each kind of work, after a few that do not count."""
        chosen = random.Random(1)  # noqa: S311 - no secrets
        last = self.plan.nights - 2 * _STAY - (_MAX_DAYS if work in _LONG else 0)
        today = date.today()  # noqa: DTZ011 - arrivals are days away from any hotel's today
        arrivals = [today + timedelta(days=chosen.randint(2, max(3, last))) for _ in range(self.plan.requests)]
        connection = HTTPConnection(HOST, self.port, timeout=120)
        for arrival in arrivals[:_WARM_UP]:
            self._ask(connection, *ask(arrival))
        latencies: list[float] = []
        results: list[int] = []
        before = self._used()
        for arrival in arrivals:
            started = time.perf_counter()
            results.append(self._ask(connection, *ask(arrival)))
            latencies.append((time.perf_counter() - started) * 1_000)
        after = self._used()
        connection.close()
        return SearchFigure(
            work=work,
            hotels=hotels,
            requests=len(arrivals),
            p50_ms=percentile(latencies, 50),
            p95_ms=percentile(latencies, 95),
            results=sum(results) / len(results),
            cpu_ms={
                group: 1_000 * (after[group] - before[group]) / len(arrivals) for group in after if group in before
            },
        )

    def _ask(self, connection: HTTPConnection, path: str, query: Mapping[str, object]) -> int:
        """Ask once; returns how many results the answer has."""
        address = f"/api/v1/{path}?{urlencode(query, doseq=True)}"
        connection.request("GET", address, headers={"Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:  # noqa: PLR2004 - HTTP
            raise BenchFailed(f"{address} was answered with {answer.status}: {body[:300]!r}")
        return body.count(b'"rooms_left"') or 1

    def _used(self) -> dict[str, float]:
        used = {group: cpu.used_seconds(root) for group, root in self.roots.items()}
        return {group: seconds for group, seconds in used.items() if seconds is not None}


def _searches() -> Mapping[str, Ask]:
    def ask(**more: object) -> Ask:
        return lambda arrival: ("availability", _stay(arrival) | {"city": CITY} | more)

    return {
        "search by rating": ask(ordering="rating"),
        "search by distance": ask(ordering="distance", near=_HERE),
        "search by total": ask(ordering="total"),
        "search by rating, max_total": ask(ordering="rating", max_total="300"),
        "search for two rooms, by total": ask(ordering="total", occupancy=["2", "2-7"]),
        "search around a place": lambda arrival: ("availability", _stay(arrival) | {"near": f"{_HERE},2"}),
    }


def _questions(hotel: str) -> Mapping[str, Ask]:
    return {
        "offers": lambda arrival: (f"hotels/{hotel}/offers", _stay(arrival)),
        "offers, explained": lambda arrival: (f"hotels/{hotel}/offers", _stay(arrival) | {"explain": 1}),
        "lowest prices": lambda arrival: (f"hotels/{hotel}/lowest-prices", {"from": arrival, "nights": _STAY}),
        "calendar": lambda arrival: (
            f"hotels/{hotel}/calendar",
            {"from": arrival, "to": arrival + timedelta(days=30)},
        ),
    }


def _stay(arrival: date) -> dict[str, object]:
    return {"arrival": arrival, "departure": arrival + timedelta(days=_STAY), "occupancy": "2"}


def search_table(report: SearchReport) -> str:
    """The figures as a Markdown table, with the size of the world beneath."""
    return "\n\n".join(
        [
            table(_rows(report.figures)),
            f"{report.hotels:,} hotels, {report.nights:,} nights; one client; PostgreSQL {report.postgres}, fsync on.",
            f"Loaded: {report.loaded}",
        ]
    )


def _rows(figures: Sequence[SearchFigure]) -> Iterator[Sequence[str]]:
    groups = ("web", "postgres")
    yield ("work", "hotels", "requests", "p50 ms", "p95 ms", *(f"CPU ms {group}" for group in groups), "target")
    for one in figures:
        target = TARGETS.get(one.hotels or 0)
        yield (
            one.work,
            "-" if one.hotels is None else f"{one.hotels:,}",
            str(one.requests),
            f"{one.p50_ms:.1f}",
            f"{one.p95_ms:.1f}",
            *(f"{one.cpu_ms[group]:.1f}" if group in one.cpu_ms else "-" for group in groups),
            "-" if target is None else _told(target, one.p95_ms),
        )


def _told(target: Target, p95_ms: float) -> str:
    remarks = {Verdict.MISSED: "missed", Verdict.REACHED: "reached", Verdict.STRETCHED: "stretch"}
    return f"{target.reach:g}: {remarks[target.verdict(p95_ms)]}"
