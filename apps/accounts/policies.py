"""What each role may do, and the plain rules of names and addresses. No Django, no clock."""

import unicodedata
from collections.abc import Iterable, Mapping
from uuid import UUID

from apps.accounts.types import Access, Permission, Role

LONGEST_ADDRESS = 254

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.PLATFORM_ADMIN: frozenset(Permission),
    Role.HOTEL_ADMIN: frozenset(
        {
            Permission.VIEW_BOOKINGS,
            Permission.MANAGE_BOOKINGS,
            Permission.MANAGE_INVENTORY,
            Permission.MANAGE_RATES,
            Permission.VIEW_HOTEL,
            Permission.MANAGE_HOTEL,
            Permission.MANAGE_STAFF,
            Permission.VIEW_AUDIT_LOG,
        }
    ),
    Role.REVENUE_MANAGER: frozenset(
        {Permission.VIEW_BOOKINGS, Permission.MANAGE_INVENTORY, Permission.MANAGE_RATES, Permission.VIEW_HOTEL}
    ),
    Role.FRONT_DESK: frozenset({Permission.VIEW_BOOKINGS, Permission.MANAGE_BOOKINGS, Permission.VIEW_HOTEL}),
    Role.HOUSEKEEPING: frozenset({Permission.VIEW_HOTEL}),
}
"""What a role allows in its scope. The platform administrator's scope is everywhere."""


def fits_scope(role: Role, scope_id: UUID | None) -> bool:
    """Whether a role goes with a scope: the platform administrator has none, all others have one."""
    return (role is Role.PLATFORM_ADMIN) == (scope_id is None)


GRANTED_BY: Mapping[Role, frozenset[Role]] = {
    Role.PLATFORM_ADMIN: frozenset(Role),
    Role.HOTEL_ADMIN: frozenset({Role.REVENUE_MANAGER, Role.FRONT_DESK, Role.HOUSEKEEPING}),
}
"""Who gives and takes which roles: a hotel_admin those below their own, at their hotel, and nobody their own."""


def may_grant(access: Access, role: Role, scope_id: UUID | None) -> bool:
    """Whether somebody with this access gives and takes `role` in this scope; their own is asked elsewhere."""
    if access.is_administrator:
        return True
    if scope_id is None or not access.allows(Permission.MANAGE_STAFF, scope_id):
        return False
    return role in GRANTED_BY[Role.HOTEL_ADMIN]


def access_from(
    grants: Iterable[tuple[Role, UUID | None]], *, principal: str = "", is_superuser: bool = False
) -> Access:
    """All that these roles of `principal` allow together."""
    grants = tuple(grants)
    return Access(
        principal=principal,
        is_administrator=is_superuser or any(role is Role.PLATFORM_ADMIN for role, _ in grants),
        permissions=frozenset(
            (permission, scope_id) for role, scope_id in grants if scope_id for permission in PERMISSIONS[role]
        ),
    )


def address(given: str) -> str:
    """An e-mail address as it is stored and compared: without spaces around it, in lower case."""
    return given.strip().lower()


def is_plain_name(name: str) -> bool:
    """Whether a name is one line of text: no line break or control character that a mail header would obey."""
    return not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name)
