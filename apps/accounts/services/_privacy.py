"""What one may know of oneself and have forgotten: this app's own part, and the use cases that ask all apps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts.models import MailedToken, RecoveryCode, SecondFactor, Session, User
from apps.accounts.services import _liveness, _lockout, _passwords, _sessions
from apps.accounts.types import Grant, Role
from apps.platform import audit, clock, principals, privacy
from apps.platform.audit import Change
from apps.platform.errors import Conflict, NotFound


class AccountHasRoles(Conflict):
    """Staff are erased when they are no staff any more."""

    code = "account_has_roles"
    title = "The account has roles"
    cause = "Somebody works with this account. What staff have done stays in the audit log, under the account's id."
    remedy = "Have an administrator take the roles away, then erase the account."
    stored = False
    retry = None


@dataclass(frozen=True, kw_only=True)
class SessionExport:
    """A sign-in."""

    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class AccountExport:
    """All that is kept of an account here."""

    id: UUID
    email: str
    full_name: str
    email_verified_at: datetime | None
    created_at: datetime
    last_login: datetime | None
    second_factor_since: datetime | None
    roles: tuple[Grant, ...]
    sessions: tuple[SessionExport, ...]


def export_account(user_id: UUID) -> dict[str, Any]:
    """All that the platform keeps of a person, app by app: plain values that JSON can tell.

    :raises NotFound: if there is no such account, or it is erased.
    """
    return {"exported_at": clock.system_now(), **privacy.export_of(user_id)}


def erase_account(*, user_id: UUID, actor: str) -> None:
    """Forget a person: no name, no address, no sign-in. What accounting needs stays, under an id that names nobody.

    All apps forget, or none does. Once more does no harm.

    :param actor: the principal of who does it.
    :raises NotFound: if there is no such account.
    :raises AccountHasRoles: if it is of somebody's staff.
    :raises Conflict: where an app has to wait: a stay that lies ahead needs its guest's name.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
        if user is None:
            raise NotFound()
        if user.erased_at is not None:
            return
        if user.is_superuser or user.memberships.exists():
            raise AccountHasRoles()
        ended = _sessions.revoke(user_id=user_id)
        privacy.erase(user_id)
        change = Change(operation="accounts.erase", kind="account", object_id=user_id, scope_id=None)
        audit.record([change], actor=actor)
    _liveness.note_ended(ended)


def erase_oneself(*, user_id: UUID, password: str, address: str = "") -> None:
    """The same, by its owner, who proves to be it by the password.

    :raises Invalid: if the password is wrong.
    :raises TooManyTries: if too many wrong ones came from there.
    :raises Conflict: as above.
    """
    _passwords.require_own_password(user_id=user_id, password=password, address=address)
    erase_account(user_id=user_id, actor=principals.user(user_id))


def export_of(user_id: UUID) -> AccountExport:
    """This app's part of an export.

    :raises NotFound: if there is no such account, or it is erased.
    """
    user = User.objects.filter(id=user_id, erased_at__isnull=True).first()
    if user is None:
        raise NotFound()
    factor = SecondFactor.objects.filter(user=user).first()
    return AccountExport(
        id=user.id,
        email=user.email,
        full_name=user.full_name,
        email_verified_at=user.email_verified_at,
        created_at=user.created_at,
        last_login=user.last_login,
        second_factor_since=factor.confirmed_at if factor else None,
        roles=tuple(Grant(role=Role(held.role), hotel_id=held.scope_id) for held in user.memberships.all()),
        sessions=tuple(
            SessionExport(
                created_at=row.created_at,
                refreshed_at=row.refreshed_at,
                expires_at=row.expires_at,
                revoked_at=row.revoked_at,
            )
            for row in Session.objects.filter(user=user).order_by("id")
        ),
    )


def erase(user_id: UUID) -> None:
    """This app's part of an erasure. The row stays, and its id with it: others refer to that."""
    user = User.objects.get(id=user_id)
    _lockout.forgive_everywhere(user.email)
    RecoveryCode.objects.filter(factor__user=user).delete()
    SecondFactor.objects.filter(user=user).delete()
    MailedToken.objects.filter(user=user).delete()
    user.email, user.full_name = f"{user.id.hex}@{privacy.ERASED_DOMAIN}", ""
    user.password, user.last_login, user.email_verified_at = make_password(None), None, None
    user.is_active = user.is_staff = False
    user.erased_at = clock.system_now()
    user.save()


def erase_before(_instant: datetime, _limit: int) -> int:
    """Nothing: an account is its owner's until they say otherwise. What it has booked is erased where it lies."""
    return 0
