"""`manage.py check_invariants`: is everything that must be true of bookings true? Safe at any time, also under load."""

import json
import sys
import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.bookings.services import check_invariants


class Command(BaseCommand):
    help = "Check the whole database against the invariants of bookings. Exit code 1 if anything breaks one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="For machines: one JSON document.")
        parser.add_argument(
            "--unpruned", action="store_true", help="Nothing was ever pruned: old bookings have answers and events too."
        )

    def handle(self, *_: Any, json: bool, unpruned: bool, **options: Any) -> None:
        began = time.monotonic()
        violations = check_invariants(unpruned=unpruned)
        seconds = round(time.monotonic() - began, 3)
        if json:
            found = [asdict(violation) for violation in violations]
            self.stdout.write(_document(ok=not violations, seconds=seconds, violations=found))
        else:
            for violation in violations:
                self.stdout.write(f"{violation.code}: {violation.subject}: {violation.detail}")
            self.stdout.write(f"{len(violations)} violations of invariants, checked in {seconds} s")
        if violations:
            sys.exit(1)


def _document(**members: Any) -> str:
    return json.dumps(members, indent=2)
