"""`manage.py export_account ADDRESS`: what is kept of somebody who has asked for it by letter."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts import services as accounts
from apps.platform import canonical


class Command(BaseCommand):
    """The same as `GET /api/v1/me/export`."""

    help = "Print all that the platform keeps of a person, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="The e-mail address of the account.")

    def handle(self, *_: Any, address: str, **__: Any) -> None:
        account = accounts.find_account(address)
        if account is None:
            raise CommandError("There is no account with this address.")
        self.stdout.write(canonical.encode(accounts.export_account(account.id)).decode())
