"""`manage.py erase_account ADDRESS`: for somebody who has asked for it by letter."""

from apps.accounts import services as accounts
from apps.accounts.management.account_command import AccountCommand
from apps.platform import principals


class Command(AccountCommand):
    """The same as `DELETE /api/v1/me`."""

    help = "Forget a person for good. Bookings keep money and dates, and name nobody."

    def carry_out(self, account: accounts.Account) -> str:
        accounts.erase_account(user_id=account.id, actor=principals.system("erase_account"))
        return "The account is erased."
