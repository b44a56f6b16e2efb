"""Roles given and taken by people: who may give which stands in policies.py, and nobody changes their own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts import policies
from apps.accounts.models import Membership
from apps.accounts.services._people import get_account
from apps.accounts.services._roles import grant_role, revoke_role
from apps.accounts.types import Access, Permission, Role
from apps.platform import principals
from apps.platform.errors import Denied, NotFound


@dataclass(frozen=True, kw_only=True)
class HeldRole:
    """A role that somebody has, where, and since when; `id` names it when it is taken away."""

    id: UUID
    role: Role
    hotel_id: UUID | None
    since: datetime


@dataclass(frozen=True, kw_only=True)
class RoleView:
    """A role, what it allows, and which roles it gives to others."""

    role: Role
    permissions: tuple[Permission, ...]
    gives: tuple[Role, ...]


def roles() -> tuple[RoleView, ...]:
    """The table of roles."""
    return tuple(
        RoleView(
            role=role,
            permissions=tuple(each for each in Permission if each in policies.PERMISSIONS[role]),
            gives=tuple(each for each in Role if each in policies.GRANTED_BY.get(role, ())),
        )
        for role in Role
    )


def roles_held(*, access: Access, user_id: UUID) -> tuple[HeldRole, ...]:
    """The roles of a person that whoever asks may know of: all, or those at the hotels whose staff they look after.

    :raises Denied: if they look after nobody.
    :raises NotFound: if an administrator asks for an account that does not exist.
    """
    rows = Membership.objects.filter(user_id=user_id).order_by("id")
    if access.is_administrator:
        get_account(user_id)
    else:
        rows = rows.filter(scope_id__in=_require_manager(access))
    return tuple(_held(row) for row in rows)


def give_role(*, access: Access, user_id: UUID, role: Role, scope_id: UUID | None = None) -> HeldRole:
    """Give somebody else a role, as far as one's own allows; once more does no harm.

    :raises Denied: if it is one's own, or higher than one may give.
    :raises NotFound: if there is no such account, or the hotel is none whose staff one looks after.
    :raises Invalid: if the role does not go with the scope, or the scope does not exist.
    """
    _require_granter(access, user_id, role, scope_id)
    grant_role(user_id=user_id, role=role, scope_id=scope_id, actor=access.principal)
    return _held(Membership.objects.get(user_id=user_id, role=role, scope_id=scope_id))


def take_role(*, access: Access, user_id: UUID, held_id: UUID) -> None:
    """Take a role away from somebody else, as far as one may give it.

    :raises Denied: if it is one's own, or higher than one may take.
    :raises NotFound: if they have no such role, or it is at a hotel whose staff one does not look after.
    """
    row = Membership.objects.filter(id=held_id, user_id=user_id).first()
    if row is None:
        _require_manager(access)
        raise NotFound("There is no such role.")
    role = Role(row.role)
    _require_granter(access, user_id, role, row.scope_id)
    revoke_role(user_id=user_id, role=role, scope_id=row.scope_id, actor=access.principal)


def _require_granter(access: Access, user_id: UUID, role: Role, scope_id: UUID | None) -> None:
    if access.principal == principals.user(user_id):
        raise Denied("Nobody gives or takes their own roles: ask another administrator.")
    if policies.may_grant(access, role, scope_id):
        return
    if scope_id is not None and scope_id not in _require_manager(access):
        raise NotFound("There is no such hotel, or you do not look after its staff.")
    raise Denied("Your role does not give or take this one.")


def _require_manager(access: Access) -> frozenset[UUID]:
    scopes = access.scopes(Permission.MANAGE_STAFF)
    if scopes is None:
        return frozenset()
    if not scopes:
        raise Denied()
    return scopes


def _held(row: Membership) -> HeldRole:
    return HeldRole(id=row.id, role=Role(row.role), hotel_id=row.scope_id, since=row.created_at)
