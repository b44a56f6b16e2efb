"""Mails about accounts: codes that verify an address or set a new password.

The code itself is never written down: a delivery holds the id of its token, and the code is put in when it is sent.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.accounts import services as accounts
from apps.notifications.services._sending import queue_mail


def mail_account(*, event_id: UUID, token_id: UUID) -> None:
    """Queue the mail of a token, unless there is nothing to mail: nobody has the address, or the token is over."""
    mail = accounts.mail_of_token(token_id)
    if mail is None:
        return
    queue_mail(
        event_id=event_id,
        template=mail.purpose.value,
        recipient=mail.email,
        account_id=mail.user_id,
        context=_context(mail),
    )


def _context(mail: accounts.TokenMail) -> Mapping[str, Any]:
    """Without a name: whoever signs up with another's address would choose what the mail says first."""
    return {
        "token_id": str(mail.token_id),
        "site": settings.SITE_URL.rstrip("/"),
        "until": f"{mail.expires_at:%H:%M} UTC",
    }
