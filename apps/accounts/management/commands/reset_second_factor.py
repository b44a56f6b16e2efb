"""`manage.py reset_second_factor ADDRESS`: for somebody who has lost phone and recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts import services as accounts
from apps.platform import principals
from apps.platform.errors import Problem


class Command(BaseCommand):
    """Make sure first who asks: this is what somebody would want who has stolen a password."""

    help = (
        "Remove the second factor of an account. Where one is required, its owner sets up another at the next sign-in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="The e-mail address of the account.")

    def handle(self, *_: Any, address: str, **__: Any) -> None:
        account = accounts.find_account(address)
        if account is None:
            raise CommandError("There is no account with this address.")
        try:
            accounts.reset_second_factor(user_id=account.id, actor=principals.system("reset_second_factor"))
        except Problem as refused:
            raise CommandError(refused.detail) from refused
        self.stdout.write("The second factor is removed.")
