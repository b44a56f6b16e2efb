"""`manage.py export_account ADDRESS`: what is kept of somebody who has asked for it by letter."""

from apps.accounts import services as accounts
from apps.accounts.management.account_command import AccountCommand
from apps.platform import canonical


class Command(AccountCommand):
    """The same as `GET /api/v1/me/export`."""

    help = "Print all that the platform keeps of a person, as JSON."

    def carry_out(self, account: accounts.Account) -> str:
        return canonical.encode(accounts.export_account(account.id)).decode()
