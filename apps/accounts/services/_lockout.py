"""Wrong passwords are counted in PostgreSQL, and after too many nobody is let in for a while: never open by accident.

The fifth wrong password within 15 minutes for one account from one network address closes that address for that
account, for right passwords too; other addresses stay open, so that nobody locks a person out from elsewhere. Where an
account meets many wrong passwords from anywhere, each address has one try instead of five.

An account that does not exist is counted alike. Only a keyed hash of what was typed is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from apps.accounts import policies
from apps.accounts.models import FailedSignIn
from apps.platform import clock
from apps.platform.db import fetch_one
from apps.platform.errors import TooMany

WINDOW = timedelta(minutes=15)
WRONG_PASSWORDS = 5
ATTACK = 50
WRONG_PASSWORDS_UNDER_ATTACK = 1


class TooManyTries(TooMany):
    """The door is closed for this account and this address."""

    code = "too_many_tries"
    title = "Too many wrong passwords"
    cause = (
        "Five wrong passwords came from your network address for this account within 15 minutes (fewer while the "
        "account is under attack from elsewhere). Until the wait is over the right one is not accepted either."
    )
    remedy = "Wait for the seconds in `Retry-After`, or set a new password with `POST /api/v1/auth/password-reset`."
    retry = None

    def __init__(self, *, wait: int = int(WINDOW.total_seconds())) -> None:
        super().__init__()
        self.wait = wait
        """Seconds, for `Retry-After`."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where somebody stands who wants to sign in: which account, from where, and how much is allowed there now."""

    subject: str
    address: str
    allowed: int
    failed: int

    @property
    def since(self) -> datetime:
        """Wrong passwords before this are forgotten."""
        return clock.system_now() - WINDOW


def open_door(*, email: str, address: str) -> Door:
    """The door for this account and address, in one statement.

    :param address: the network address of whoever tries, or an empty text inside the house.
    :raises TooManyTries: if it is closed.
    """
    subject = salted_hmac("apps.accounts.sign-in", policies.address(email), algorithm="sha256").hexdigest()
    return _require_open(subject, policies.network_of(address))


def count_failure(door: Door) -> None:
    """Write a wrong password down.

    :raises TooManyTries: if too many were written down meanwhile, by tries at the same time.
    """
    FailedSignIn.objects.create(subject=door.subject, address=door.address, failed_at=clock.system_now())
    # Read after the write has committed: of many at once, the sixth and all after it see more than five.
    _require_open(door.subject, door.address, allowed=door.allowed, besides=1)


def require_still_open(door: Door) -> None:
    """Refuse a right password that comes when the door has closed meanwhile.

    :raises TooManyTries: if it has.
    """
    _require_open(door.subject, door.address)


def forgive(door: Door) -> None:
    """Forget the wrong passwords that came before the right one."""
    if door.failed:
        FailedSignIn.objects.filter(subject=door.subject, address=door.address).delete()


def forgive_everywhere(email: str) -> None:
    """Forget all wrong passwords of an account: its owner has proven to read its mail."""
    subject = salted_hmac("apps.accounts.sign-in", policies.address(email), algorithm="sha256").hexdigest()
    FailedSignIn.objects.filter(subject=subject).delete()


def prune_failures() -> int:
    """Forget wrong passwords of long ago, and with them network addresses; returns how many."""
    removed, _ = FailedSignIn.objects.filter(failed_at__lt=clock.system_now() - timedelta(days=1)).delete()
    return removed


def _require_open(subject: str, address: str, *, allowed: int | None = None, besides: int = 0) -> Door:
    row = fetch_one(
        """
        SELECT count(*) AS everywhere,
               coalesce(array_agg(failed_at ORDER BY failed_at DESC) FILTER (WHERE address = %(address)s), '{}') AS here
          FROM accounts_failedsignin
         WHERE subject = %(subject)s AND failed_at > %(since)s
        """,
        {"subject": subject, "address": address, "since": clock.system_now() - WINDOW},
    )
    everywhere: int = row["everywhere"] if row else 0
    here: Sequence[datetime] = row["here"] if row else ()
    if allowed is None:
        allowed = WRONG_PASSWORDS if everywhere < ATTACK else WRONG_PASSWORDS_UNDER_ATTACK
    if len(here) >= allowed + besides:
        wait = here[allowed - 1] + WINDOW - clock.system_now()
        raise TooManyTries(wait=max(1, int(wait.total_seconds()) + 1))
    return Door(subject=subject, address=address, allowed=allowed, failed=len(here))
