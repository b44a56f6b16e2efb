"""What each role may do, and the plain rules of names and addresses. No Django, no clock."""

import unicodedata
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Network, ip_address
from uuid import UUID

from apps.accounts.types import Access, KeyClaims, Permission, Role, Verb

LONGEST_ADDRESS = 254

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.PLATFORM_ADMIN: frozenset(Permission),
    Role.HOTEL_ADMIN: frozenset(
        {
            Permission.VIEW_BOOKINGS,
            Permission.MANAGE_BOOKINGS,
            Permission.MANAGE_INVENTORY,
            Permission.MANAGE_RATES,
            Permission.OVERRIDE,
            Permission.VIEW_HOTEL,
            Permission.KEEP_ROOMS,
            Permission.MANAGE_HOTEL,
            Permission.MANAGE_STAFF,
            Permission.VIEW_AUDIT_LOG,
        }
    ),
    Role.REVENUE_MANAGER: frozenset(
        {
            Permission.VIEW_BOOKINGS,
            Permission.MANAGE_INVENTORY,
            Permission.MANAGE_RATES,
            Permission.OVERRIDE,
            Permission.VIEW_HOTEL,
        }
    ),
    Role.FRONT_DESK: frozenset(
        {Permission.VIEW_BOOKINGS, Permission.MANAGE_BOOKINGS, Permission.VIEW_HOTEL, Permission.KEEP_ROOMS}
    ),
    Role.HOUSEKEEPING: frozenset({Permission.VIEW_HOTEL, Permission.KEEP_ROOMS}),
}
"""What a role allows in its scope. The platform administrator's scope is everywhere."""

PERMISSIONS_OF_KEYS: Mapping[Verb, frozenset[Permission]] = {
    Verb.READ: frozenset({Permission.VIEW_HOTEL, Permission.VIEW_BOOKINGS}),
    Verb.BOOK: frozenset(),
    Verb.FRONT_DESK: frozenset(
        {Permission.VIEW_HOTEL, Permission.VIEW_BOOKINGS, Permission.MANAGE_BOOKINGS, Permission.KEEP_ROOMS}
    ),
    Verb.INVENTORY: frozenset({Permission.VIEW_HOTEL, Permission.MANAGE_INVENTORY}),
    Verb.RATES: frozenset({Permission.VIEW_HOTEL, Permission.MANAGE_RATES}),
}
"""What a verb allows at the hotels of a key. `book` alone sees no more than what the key itself has booked."""

VERBS_THAT_BOOK = frozenset({Verb.BOOK, Verb.FRONT_DESK})


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


def access_of_key(key: KeyClaims) -> Access:
    """All that an API key allows: its verbs at each of its hotels, and never the platform."""
    return Access(
        principal=f"key:{key.key_id}",
        is_administrator=False,
        permissions=frozenset(
            (permission, scope_id)
            for verb in key.verbs
            for permission in PERMISSIONS_OF_KEYS[verb]
            for scope_id in key.scope_ids
        ),
    )


def address(given: str) -> str:
    """An e-mail address as it is stored and compared: without spaces around it, in lower case."""
    return given.strip().lower()


def network_of(given: str) -> str:
    """A network address as tries are counted by it: of IPv6 the /64, of which a household has one; else nothing."""
    try:
        parsed = ip_address(given.strip())
    except ValueError:
        return ""
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed.packed, 64), strict=False))


def is_plain_name(name: str) -> bool:
    """Whether a name is one line of text: no line break or control character that a mail header would obey."""
    return not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name)
