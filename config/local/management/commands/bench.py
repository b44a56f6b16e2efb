"""`manage.py bench bookings|auth`: what a booking or a token costs, as ratios within one run on one machine."""

import signal
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.local.bench.auth import auth_table, run_auth
from config.local.bench.report import as_json, as_text
from config.local.bench.running import BASE_DIR, Plan, run
from config.local.errors import LocalServersError
from config.local.state import locked


class Command(BaseCommand):
    help = (
        "Measure bookings through the whole platform on servers of this run's own that sync to disk, beside a request"
        " that does nothing. Keep the machine quiet meanwhile; only the ratios of one run say something."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["bookings", "auth"])
        parser.add_argument("--seconds", type=float, default=5, help="For each kind of work at each concurrency.")
        parser.add_argument("--clients", type=_counts, default=(1, 8, 32), help="Concurrencies (default 1,8,32).")
        parser.add_argument("--types", type=int, default=1_000, help="Room types that bookings are spread over.")
        parser.add_argument(
            "--web", help="Another web server: what Python is to run, with {port}, such as '-m gunicorn ...'."
        )
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
        plan = Plan(seconds=options["seconds"], clients=options["clients"], types=options["types"], web=options["web"])
        folder: Path = options["folder"]
        # The servers must be taken down however the run is ended, and Python only tidies up after an exception.
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            with locked(folder.with_name(f"{folder.name}.lock")):
                report = run(plan, folder=folder, say=self.stderr.write)
        except LocalServersError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("interrupted, its servers are gone: no figures") from None
        self.stdout.write(orjson.dumps(as_json(report)).decode() if options["json"] else as_text(report))

    def _measure_auth(self, *, seconds: float, as_json: bool) -> None:
        figures = run_auth(seconds=seconds)
        self.stdout.write(orjson.dumps(figures).decode() if as_json else auth_table(figures))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _counts(text: str) -> tuple[int, ...]:
    counts = tuple(int(part) for part in text.split(","))
    if min(counts) < 1:
        raise ValueError("at least one client")
    return counts
