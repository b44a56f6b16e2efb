"""`manage.py rotate_signing_key`: tokens are signed with a new key, and the old ones are still believed for a while."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import services as accounts


class Command(BaseCommand):
    help = (
        "Sign tokens with a new key. Running processes take it over by themselves; old public keys are honoured for"
        " one lifetime of an access token, and nobody is signed out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--announce",
            type=int,
            default=0,
            metavar="MINUTES",
            help="Publish the key now and sign with it later: for services that look at our keys now and then only.",
        )
        parser.add_argument(
            "--compromised",
            action="store_true",
            help="Somebody else may have the old key: its access tokens are refused at once.",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        minutes: int = options["announce"]
        if minutes < 0 or (minutes and options["compromised"]):
            raise CommandError("--announce takes minutes from 0, and does not go with --compromised")
        kid = accounts.rotate_signing_key(announced=timedelta(minutes=minutes), compromised=options["compromised"])
        when = f"in {minutes} minutes" if minutes else "from now on"
        self.stdout.write(f"Tokens are signed with {kid} {when}.")
