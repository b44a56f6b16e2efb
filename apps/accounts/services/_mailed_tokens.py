"""Tokens that are mailed: each works once, for an hour, and is stored nowhere.

A token is the id of its row and a keyed hash of that id. The row tells whether it still works; the token itself is put
together when the mail is sent, so that no table, event or log has it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts import policies
from apps.accounts.events import AccountMailRequested, MailFacts
from apps.accounts.models import MailedToken
from apps.accounts.types import MailPurpose, TokenMail
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.errors import Invalid
from apps.platform.events import publish

LIFETIME = timedelta(hours=1)
MAILS_PER_HOUR = 5
_BYTES_OF_ID = 16


class MailedTokenInvalid(Invalid):
    """The token of a mail does not work."""

    code = "mailed_token_invalid"
    title = "The code from the mail is not accepted"
    cause = (
        "A code works once and for one hour. This one is incomplete, too old, was used before, or is for another use."
    )
    remedy = "Copy the whole code from the newest mail, or ask for another mail."
    example = {"errors": [{"code": "mailed_token_invalid", "detail": "…", "pointer": "/token"}]}

    def __init__(self) -> None:
        super().__init__(items=[{"code": self.code, "detail": "This code does not work.", "pointer": "/token"}])


def mail_token(*, email: str, purpose: MailPurpose, new_user_id: UUID | None = None) -> None:
    """Let a token be mailed to an address: the same statements whether or not somebody has it. In a transaction.

    An account gets five mails an hour at most; a closed one gets none.

    :param purpose: what for; but an account other than `new_user_id` gets MailPurpose.SIGN_UP_AGAIN, where it is given.
    """
    token_id, now = uuid7(), clock.system_now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_mailedtoken (id, user_id, purpose, created_at, expires_at)
            SELECT %(id)s, holder.id,
                   CASE WHEN %(new)s::uuid IS NULL OR holder.id = %(new)s THEN %(purpose)s ELSE %(again)s END,
                   %(now)s, %(expires)s
              FROM accounts_user AS holder
             WHERE holder.email = %(email)s AND holder.is_active
               AND (SELECT count(*) FROM accounts_mailedtoken AS earlier
                     WHERE earlier.user_id = holder.id AND earlier.created_at > %(an_hour_ago)s) < %(limit)s
            """,
            {
                "id": token_id,
                "new": new_user_id,
                "purpose": purpose.value,
                "again": MailPurpose.SIGN_UP_AGAIN.value,
                "email": policies.address(email),
                "now": now,
                "expires": now + LIFETIME,
                "an_hour_ago": now - timedelta(hours=1),
                "limit": MAILS_PER_HOUR,
            },
        )
    publish(AccountMailRequested(data=MailFacts(token_id=token_id)))


def mail_of_token(token_id: UUID) -> TokenMail | None:
    """What is to be mailed, or None where there is nothing to mail: no such account, used, or too old."""
    row = (
        MailedToken.objects.filter(
            id=token_id, used_at__isnull=True, expires_at__gt=clock.system_now(), user__is_active=True
        )
        .select_related("user")
        .first()
    )
    if row is None:
        return None
    return TokenMail(
        token_id=row.id,
        purpose=MailPurpose(row.purpose),
        user_id=row.user_id,
        email=row.user.email,
        expires_at=row.expires_at,
    )


def mailed_text(token_id: UUID) -> str:
    """The token itself, as it stands in the mail. For the moment of sending only: it is not to be kept."""
    return urlsafe_b64encode(token_id.bytes + _proof(token_id)).decode()


def holder_of(token: str, *purposes: MailPurpose) -> tuple[UUID, UUID]:
    """The ids of a token's row and of its account, as long as it works for one of these purposes.

    :raises MailedTokenInvalid: if it does not.
    """
    token_id = _read(token)
    row = MailedToken.objects.filter(
        id=token_id, purpose__in=_values(purposes), used_at__isnull=True, expires_at__gt=clock.system_now()
    ).first()
    if row is None:
        raise MailedTokenInvalid()
    return row.id, row.user_id


def use(token_id: UUID) -> None:
    """Let a token work no more, however many try at once. In the transaction of what it is used for.

    :raises MailedTokenInvalid: if it was used meanwhile.
    """
    if not MailedToken.objects.filter(id=token_id, used_at__isnull=True).update(used_at=clock.system_now()):
        raise MailedTokenInvalid()


def void(user_id: UUID, *purposes: MailPurpose) -> None:
    """Let no token of an account for these purposes work any more."""
    MailedToken.objects.filter(user_id=user_id, purpose__in=_values(purposes), used_at__isnull=True).update(
        used_at=clock.system_now()
    )


def prune_mailed_tokens() -> int:
    """Remove tokens that are long over; returns how many."""
    removed, _ = MailedToken.objects.filter(expires_at__lt=clock.system_now() - timedelta(days=1)).delete()
    return removed


def _values(purposes: Collection[MailPurpose]) -> list[str]:
    return [purpose.value for purpose in purposes]


def _read(token: str) -> UUID:
    try:
        raw = urlsafe_b64decode(token.strip().encode("ascii"))
    except ValueError:
        raise MailedTokenInvalid() from None
    if len(raw) <= _BYTES_OF_ID:
        raise MailedTokenInvalid()
    token_id = UUID(bytes=raw[:_BYTES_OF_ID])
    if not constant_time_compare(raw[_BYTES_OF_ID:], _proof(token_id)):
        raise MailedTokenInvalid()
    return token_id


def _proof(token_id: UUID) -> bytes:
    return salted_hmac("apps.accounts.mailed-token", token_id.bytes, algorithm="sha256").digest()
