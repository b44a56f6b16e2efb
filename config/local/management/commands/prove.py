"""`manage.py prove`: the whole platform under load and faults, and the check that nothing was lost or done twice."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.local.proof import command_line


class Command(BaseCommand):
    help = (
        "Start a platform of its own, book on it while its processes are killed, and check the history of the clients"
        " against the database. Exit code 1 if anything was lost, done twice or refused without need."
    )
    # The platform under proof is another one than this process is set up for.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        command_line.add_arguments(parser)

    def handle(
        self, *_: Any, short: bool, only: str, seed: int | None, json: bool, write: bool, **options: Any
    ) -> None:
        code = command_line.run(short=short, only=only, seed=seed, json=json, write=write)
        if code:
            sys.exit(code)
