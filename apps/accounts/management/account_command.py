"""Commands about one account."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts import services as accounts
from apps.platform.errors import Problem


class AccountCommand(BaseCommand):
    """A command that is given the address of an account, and prints what came of it."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="The e-mail address of the account.")

    def handle(self, *_: Any, address: str, **__: Any) -> None:
        account = accounts.find_account(address)
        if account is None:
            raise CommandError("There is no account with this address.")
        try:
            self.stdout.write(self.carry_out(account))
        except Problem as refused:
            raise CommandError(f"{refused.detail.rstrip('.')}. {refused.remedy}") from refused

    def carry_out(self, account: accounts.Account) -> str:
        """Do it, and say so.

        :raises Problem: if it is refused.
        """
        raise NotImplementedError
