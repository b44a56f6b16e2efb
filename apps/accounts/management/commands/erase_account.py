"""`manage.py erase_account ADDRESS`: for somebody who has asked for it by letter."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts import services as accounts
from apps.platform import principals
from apps.platform.errors import Problem


class Command(BaseCommand):
    """The same as `DELETE /api/v1/me`."""

    help = "Forget a person for good. Bookings keep money and dates, and name nobody."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="The e-mail address of the account.")

    def handle(self, *_: Any, address: str, **__: Any) -> None:
        account = accounts.find_account(address)
        if account is None:
            raise CommandError("There is no account with this address.")
        try:
            accounts.erase_account(user_id=account.id, actor=principals.system("erase_account"))
        except Problem as refused:
            raise CommandError(f"{refused.title}. {refused.remedy}") from refused
        self.stdout.write("The account is erased.")
