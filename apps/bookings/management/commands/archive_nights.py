"""`manage.py archive_nights`: move the nights of long ago out of the way of the sale."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.bookings.services import archive_nights


class Command(BaseCommand):
    help = "Move the nights before a date into the archive; those of stays that are not over are left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", required=True, help="The first night that is left, like 2026-01-01.")
        parser.add_argument("--dry-run", action="store_true", help="Only count what would be moved.")

    def handle(self, *_: Any, before: str, dry_run: bool, verbosity: int, **__: Any) -> None:
        try:
            first_left = date.fromisoformat(before)
        except ValueError as error:
            raise CommandError(f"--before takes a date like 2026-01-01: {error}") from error
        with tqdm(unit="room type", disable=verbosity == 0 or None, leave=False) as bar:

            def progress(done: int, of: int) -> None:
                bar.total, bar.n = of, done
                bar.refresh()

            moved = archive_nights(before=first_left, dry_run=dry_run, progress=progress)
        verb = "would be archived" if dry_run else "archived"
        self.stdout.write(f"{moved} nights before {first_left} {verb}.")
