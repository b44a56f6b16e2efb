"""The codes that were mailed, as their readers get them."""

from apps.accounts import services as accounts
from apps.accounts.models import MailedToken, User
from apps.accounts.types import MailPurpose


def codes(user: User, purpose: MailPurpose) -> list[str]:
    """The codes mailed to a person for this purpose, oldest first."""
    rows = MailedToken.objects.filter(user=user, purpose=purpose).order_by("id")
    return [accounts.mailed_text(row.id) for row in rows]


def newest_code(user: User, purpose: MailPurpose) -> str:
    return codes(user, purpose)[-1]
