"""`manage.py reset_second_factor ADDRESS`: for somebody who has lost phone and recovery codes."""

from apps.accounts import services as accounts
from apps.accounts.management.account_command import AccountCommand
from apps.platform import principals


class Command(AccountCommand):
    """Make sure first who asks: this is what somebody would want who has stolen a password."""

    help = (
        "Remove the second factor of an account. Where one is required, its owner sets up another at the next sign-in."
    )

    def carry_out(self, account: accounts.Account) -> str:
        accounts.reset_second_factor(user_id=account.id, actor=principals.system("reset_second_factor"))
        return "The second factor is removed."
