"""`manage.py check_invariants`: is everything that must be true of bookings true? Safe at any time, also under load."""

import json
import sys
import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.bookings.services import CounterRepair, check_invariants, repair_counters


class Command(BaseCommand):
    help = "Check the whole database against the invariants of bookings. Exit code 1 if anything breaks one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="For machines: one JSON document.")
        parser.add_argument(
            "--unpruned", action="store_true", help="Nothing was ever pruned: old bookings have answers and events too."
        )
        parser.add_argument(
            "--repair", action="store_true", help="First set the counters of nights to what reservations prove."
        )
        parser.add_argument("--dry-run", action="store_true", help="With --repair: only say what it would do.")

    def handle(self, *_: Any, json: bool, unpruned: bool, repair: bool, dry_run: bool, **options: Any) -> None:
        if dry_run and not repair:
            raise CommandError("--dry-run says what --repair would do: name both.")
        began = time.monotonic()
        repairs = repair_counters(dry_run=dry_run) if repair else ()
        violations = check_invariants(unpruned=unpruned, horizon=True)
        seconds = round(time.monotonic() - began, 3)
        if json:
            found = [asdict(violation) for violation in violations]
            done = {"dry_run": dry_run, "repairs": [asdict(one) for one in repairs]} if repair else {}
            self.stdout.write(_document(ok=not violations, seconds=seconds, violations=found, **done))
        else:
            for one in repairs:
                self.stdout.write(_line(one, dry_run=dry_run))
            for violation in violations:
                self.stdout.write(f"{violation.code}: {violation.subject}: {violation.detail}")
            self.stdout.write(f"{len(violations)} violations of invariants, checked in {seconds} s")
        if violations:
            sys.exit(1)


def _line(repair: CounterRepair, *, dry_run: bool) -> str:
    verb = "left" if repair.refusal else "would repair" if dry_run else "repaired"
    if repair.of_ledger and not repair.refusal:
        return (
            f"{verb}: {repair.room_type_id} {repair.night}: the movements come to {repair.sold_before} sold and"
            f" {repair.held_before} held, {repair.sold} and {repair.held} are counted"
        )
    before, after = f"{repair.sold_before} sold and {repair.held_before} held", f"{repair.sold} and {repair.held}"
    reason = f" ({repair.refusal})" if repair.refusal else ""
    return f"{verb}: {repair.room_type_id} {repair.night}: {before} are counted, {after} are booked{reason}"


def _document(**members: Any) -> str:
    return json.dumps(members, indent=2, default=str)
