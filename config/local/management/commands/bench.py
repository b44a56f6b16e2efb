"""`manage.py bench`: what a booking, a token, a search or the inventory costs, in one run on one machine."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.local.bench.auth import auth_table, run_auth
from config.local.bench.inventory import InventoryPlan, inventory_table, run_inventory
from config.local.bench.report import as_json, as_text
from config.local.bench.running import BASE_DIR, Plan, run
from config.local.bench.search import SearchPlan, run_search, search_table
from config.local.errors import LocalServersError
from config.local.state import locked

# As far ahead as the longest question goes: sixty arrivals, and a stay after the last of them.
_LEAST_NIGHTS = 80


class Command(BaseCommand):
    help = (
        "Measure bookings through the whole platform on servers of this run's own that sync to disk, beside a request"
        " that does nothing. Keep the machine quiet meanwhile; only the ratios of one run say something."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["bookings", "auth", "search", "inventory"])
        parser.add_argument("--seconds", type=float, default=5, help="For each kind of work at each concurrency.")
        parser.add_argument("--clients", type=_counts, default=(1, 8, 32), help="Concurrencies (default 1,8,32).")
        parser.add_argument("--types", type=int, default=1_000, help="Room types that bookings are spread over.")
        parser.add_argument(
            "--web", help="Another web server: what Python is to run, with {port}, such as '-m gunicorn ...'."
        )
        parser.add_argument("--hotels", type=int, default=1_000, help="Hotels that searches go through.")
        parser.add_argument("--nights", type=int, default=120, help="Nights that each of their room types sells.")
        parser.add_argument("--requests", type=int, default=60, help="Searches of each kind.")
        parser.add_argument(
            "--keep",
            action="store_true",
            help="Leave the world of searches in FOLDER-world, and take the one that is there: loading takes longest.",
        )
        parser.add_argument("--history", type=int, default=10_000, help="Past bookings that a booking stands beside.")
        parser.add_argument("--json", action="store_true", help="Print the figures for machines.")
        parser.add_argument(
            "--folder",
            type=Path,
            default=BASE_DIR / ".local" / "bench",
            help="Where the servers of the run live; on a real disk, for fsync to cost what it costs.",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if options["seconds"] <= 0 or options["types"] < 1:
            raise CommandError("--seconds and --types are above 0")
        if options["what"] == "auth":
            self._measure_auth(seconds=options["seconds"], as_json=options["json"])
            return
        if options["what"] == "search":
            self._measure_search(**options)
            return
        if options["what"] == "inventory":
            self._measure_inventory(**options)
            return
        plan = Plan(seconds=options["seconds"], clients=options["clients"], types=options["types"], web=options["web"])
        folder: Path = options["folder"]
        with _servers_of(folder):
            report = run(plan, folder=folder, say=self.stderr.write)
        self.stdout.write(orjson.dumps(as_json(report)).decode() if options["json"] else as_text(report))

    def _measure_search(
        self, *, hotels: int, nights: int, requests: int, folder: Path, keep: bool, **options: Any
    ) -> None:
        if hotels < 1 or nights < _LEAST_NIGHTS or requests < 1:
            raise CommandError(f"--hotels and --requests are above 0, --nights is at least {_LEAST_NIGHTS}")
        cities = (*(size for size in (100, 1_000, 10_000) if size < hotels), hotels)
        plan = SearchPlan(hotels=hotels, nights=nights, cities=cities, requests=requests, keep=keep)
        if keep:
            # Beside the folder of the other benchmarks, which empty theirs.
            folder = folder.with_name(f"{folder.name}-world")
        with _servers_of(folder):
            report = run_search(plan, folder=folder, say=self.stderr.write)
        self.stdout.write(orjson.dumps(asdict(report)).decode() if options["json"] else search_table(report))

    def _measure_inventory(
        self, *, types: int, nights: int, history: int, requests: int, folder: Path, **options: Any
    ) -> None:
        if nights < _LEAST_NIGHTS or requests < 1 or history < 0:
            raise CommandError(f"--requests is above 0, --history not below, --nights is at least {_LEAST_NIGHTS}")
        plan = InventoryPlan(types=types, nights=nights, history=history, bookings=requests)
        with _servers_of(folder):
            figures = run_inventory(plan, folder=folder, say=self.stderr.write)
        found = orjson.dumps([asdict(one) for one in figures]).decode()
        self.stdout.write(found if options["json"] else inventory_table(figures))

    def _measure_auth(self, *, seconds: float, as_json: bool) -> None:
        figures = run_auth(seconds=seconds)
        self.stdout.write(orjson.dumps(figures).decode() if as_json else auth_table(figures))


@contextmanager
def _servers_of(folder: Path) -> Iterator[None]:
    """No other run with the same servers, which are gone at the end however the run is ended."""
    # Python only tidies up after an exception.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with locked(folder.with_name(f"{folder.name}.lock")):
            yield
    except LocalServersError as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        raise CommandError("interrupted, its servers are gone: no figures") from None


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _counts(text: str) -> tuple[int, ...]:
    counts = tuple(int(part) for part in text.split(","))
    if min(counts) < 1:
        raise ValueError("at least one client")
    return counts
