"""`manage.py replay_bookings FILE`: live a hotel's real booking history again, and see whether the books are right."""

import logging
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from tqdm import tqdm

from apps.bookings import services
from apps.bookings.management.replay.books import close_books
from apps.bookings.management.replay.history import History, NotAHistory, peak_rooms, read_history
from apps.bookings.management.replay.house import found_house, room_counts
from apps.bookings.management.replay.living import Living, long_horizon
from apps.bookings.management.replay.own_database import NoDatabase, own_database
from apps.bookings.management.replay.report import chart, revenue_of, summary, what_was_sold
from apps.bookings.management.replay.timetable import timetable


class Command(BaseCommand):
    help = (
        "Replay a booking history (the format of 'Hotel booking demand datasets', doi:10.1016/j.dib.2018.11.126) in"
        " order of time, through the services that the API uses, in a database of its own. Exit code 1 on any drift."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Read the file and say what is in it; nothing else.")
        parser.add_argument("--keep", action="store_true", help="Leave the database of the replay there at the end.")
        parser.add_argument("--database", metavar="NAME", help="Its name; otherwise the usual one with _replay.")
        parser.add_argument(
            "--capacity",
            type=float,
            default=1.0,
            metavar="FACTOR",
            help="Rooms by type: so many times the most that were taken in one night by bookings that were not"
            " canceled (default 1.0). At that the hotel has room for everybody who came, but not for everybody"
            " who booked: some are refused, as the hotel overbooked.",
        )

    def handle(self, *_: Any, file: Path, dry_run: bool, keep: bool, capacity: float, **options: Any) -> None:
        if capacity <= 0:
            raise CommandError("--capacity is above 0")
        try:
            history = read_history(file)
            self._introduce(history, capacity)
            if not dry_run:
                name = options["database"] or f"{connection.settings_dict['NAME']}_replay"
                with own_database(name, keep=keep):
                    self._replay(history, capacity, name)
        except (NotAHistory, NoDatabase) as error:
            raise CommandError(str(error)) from error

    def _introduce(self, history: History, capacity: float) -> None:
        say = self.stdout.write
        for fault in history.faults:
            say(f"line {fault.line}: {fault.problem}")
        say(f"{history.lines:,} lines: {len(history.bookings):,} bookings, {len(history.faults)} bad lines")
        if history.bookings:
            first = min(booking.booked_on for booking in history.bookings)
            last = max(booking.departure for booking in history.bookings)
            peaks, counts = peak_rooms(history.bookings), room_counts(history, capacity)
            say(f"from {first} to {last}; rooms by type (at the peak): ", ending="")
            say(", ".join(f"{letter} {counts[letter]} ({peak})" for letter, peak in peaks.items()))

    def _replay(self, history: History, capacity: float, name: str) -> None:
        say = self.stdout.write
        say(f"database {name}; deliveries are muted: no relay looks at it, its events stay where they are")
        # (Every job of every day would write its line into the progress bar.)
        logging.disable(logging.INFO)
        try:
            self._live(history, capacity)
        finally:
            logging.disable(logging.NOTSET)

    def _live(self, history: History, capacity: float) -> None:
        say = self.stdout.write
        with long_horizon(history):
            house = found_house(history, capacity=capacity)
            steps = timetable(history.bookings)
            began = time.monotonic()
            living = Living(history, house)
            tally = living.live(tqdm(steps, unit="step", disable=None, leave=False))
            seconds = time.monotonic() - began
        for fault in tally.faults:
            say(f"line {fault.line}: {fault.problem}")
        books, sold = close_books(living.accepted), what_was_sold(history, house)
        for fault in books.unbalanced:
            say(f"line {fault.line}: {fault.problem}")
        revenue = revenue_of(history, living.accepted)
        for line in summary(tally, books, sold, revenue=revenue, seconds=seconds):
            say(line)
        for line in chart(sold.months):
            say(line)
        for difference in books.differences(tally):
            raise CommandError(difference)
        say("money checked: every booking paid exactly what it owes")
        self._require_no_drift()

    def _require_no_drift(self) -> None:
        violations = services.check_invariants(unpruned=True)
        for violation in violations:
            self.stdout.write(f"{violation.code}: {violation.subject}: {violation.detail}")
        if violations:
            raise CommandError(f"{len(violations)} violations of invariants")
        self.stdout.write("invariants checked: zero drift")
