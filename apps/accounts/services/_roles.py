"""Roles: who may do what where, and giving and taking it."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts import policies
from apps.accounts.models import Membership, User
from apps.accounts.services import _liveness, _sessions
from apps.accounts.services._identity import roles_change
from apps.accounts.types import Access, Caller, KeyClaims, Role, SecretClaims
from apps.platform import audit, principals
from apps.platform.audit import Change
from apps.platform.errors import Invalid, NotFound

COMMAND = principals.system("command")
"""Who changes roles where no person is named: commands of `manage.py`, and the demo."""


def caller_for(user_id: UUID | None, *, credential: object = None) -> Caller:
    """The caller behind a signed-in account, or behind the API key or the secret that is the credential; asks the
    database nothing.

    :raises ValueError: for nobody. A view that lets the anonymous in asks first.
    """
    if isinstance(credential, KeyClaims):
        return Caller(principal=principals.key(credential.key_id), key=credential)
    if isinstance(credential, SecretClaims):
        return Caller(principal=credential.principal, only=credential.only)
    if user_id is None:
        raise ValueError("nobody is signed in")
    return Caller(principal=principals.user(user_id), user_id=user_id)


def access_of(user_id: UUID | None) -> Access:
    """What somebody may do where, in one statement: nothing for nobody and for a closed account."""
    if user_id is None:
        return policies.access_from(())
    rows = list(
        User.objects.filter(id=user_id, is_active=True).values_list(
            "is_superuser", "memberships__role", "memberships__scope_id"
        )
    )
    return policies.access_from(
        [(Role(role), scope_id) for _, role, scope_id in rows if role],
        principal=principals.user(user_id),
        is_superuser=any(is_superuser for is_superuser, _, _ in rows),
    )


def rights_of(caller: Caller) -> Access:
    """What a caller may do where: an account by its roles, in one statement; an API key by its verbs, in none."""
    return access_of(caller.user_id) if caller.key is None else policies.access_of_key(caller.key)


def grant_role(*, user_id: UUID, role: Role, scope_id: UUID | None = None, actor: str = COMMAND) -> None:
    """Give a person a role in a scope (a hotel), and with it the way into the admin; once more does no harm.

    :raises Invalid: if the role does not go with the scope, or the scope does not exist.
    :raises NotFound: if there is no such account.
    """
    if not policies.fits_scope(role, scope_id):
        raise Invalid("A platform administrator has no hotel; every other role has one.")
    try:
        with transaction.atomic():
            user = _locked(user_id)
            roles_change(user.id)
            _, is_new = Membership.objects.get_or_create(user=user, role=role, scope_id=scope_id)
            user.is_staff = True
            user.is_superuser = user.is_superuser or role is Role.PLATFORM_ADMIN
            user.save(update_fields=["is_staff", "is_superuser"])
            if is_new:
                _record("grant_role", user_id, scope_id, actor, after={"role": role})
    except IntegrityError as error:
        raise Invalid("There is no such hotel.") from error


def revoke_role(*, user_id: UUID, role: Role, scope_id: UUID | None = None, actor: str = COMMAND) -> None:
    """Take a role away, and the way into the admin with the last one; once more does no harm.

    :raises NotFound: if there is no such account.
    """
    with transaction.atomic():
        user = _locked(user_id)
        roles_change(user.id)
        taken, _ = Membership.objects.filter(user=user, role=role, scope_id=scope_id).delete()
        if taken:
            _record("revoke_role", user_id, scope_id, actor, before={"role": role})
        if role is Role.PLATFORM_ADMIN:
            user.is_superuser = False
        user.is_staff = user.is_superuser or user.memberships.exists()
        user.save(update_fields=["is_staff", "is_superuser"])


def deactivate(*, user_id: UUID, actor: str = COMMAND) -> None:
    """Close an account: no sign-in, no refresh, no rights, and its access tokens end at once.

    :raises NotFound: if there is no such account.
    """
    _set_active(user_id, active=False, actor=actor)


def reactivate(*, user_id: UUID, actor: str = COMMAND) -> None:
    """Open a closed account again; its sessions stay ended.

    :raises NotFound: if there is no such account.
    """
    _set_active(user_id, active=True, actor=actor)


def _set_active(user_id: UUID, *, active: bool, actor: str) -> None:
    with transaction.atomic():
        user = _locked(user_id)
        roles_change(user.id)
        change = {"before": {"is_active": user.is_active}, "after": {"is_active": active}}
        _record("set_active", user_id, None, actor, **change)
        user.is_active = active
        user.save(update_fields=["is_active"])
        ended = [] if active else _sessions.revoke(user_id=user_id)
    _liveness.note_ended(ended)


def _record(verb: str, user_id: UUID, scope_id: UUID | None, actor: str, **difference: Any) -> None:
    change = Change(operation=f"accounts.{verb}", kind="account", object_id=user_id, scope_id=scope_id, **difference)
    audit.record([change], actor=actor)


def _locked(user_id: UUID) -> User:
    """The account, with its flags held still while the roles that they follow from change."""
    user = User.objects.select_for_update(no_key=True).filter(id=user_id, erased_at__isnull=True).first()
    if user is None:
        raise NotFound()
    return user
