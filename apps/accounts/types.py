"""The words of this app that cross its boundary: roles, permissions, callers. No Django in here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person is. All but the first belong to one scope (a hotel)."""

    PLATFORM_ADMIN = "platform_admin"
    HOTEL_ADMIN = "hotel_admin"
    REVENUE_MANAGER = "revenue_manager"
    FRONT_DESK = "front_desk"
    HOUSEKEEPING = "housekeeping"


class Permission(StrEnum):
    """What a role allows. The table stands in policies.py."""

    VIEW_BOOKINGS = "view_bookings"
    MANAGE_BOOKINGS = "manage_bookings"
    MANAGE_INVENTORY = "manage_inventory"
    MANAGE_RATES = "manage_rates"
    VIEW_HOTEL = "view_hotel"
    MANAGE_HOTEL = "manage_hotel"
    CREATE_HOTEL = "create_hotel"
    MODERATE_REVIEWS = "moderate_reviews"
    MANAGE_STAFF = "manage_staff"
    VIEW_AUDIT_LOG = "view_audit_log"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: the principal as text, and the account behind it if there is one."""

    principal: str
    user_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Access:
    """What somebody may do where, read once for a request; `principal` is who it is, empty for nobody."""

    principal: str
    is_administrator: bool
    permissions: frozenset[tuple[Permission, UUID]]

    def allows(self, permission: Permission, scope_id: UUID) -> bool:
        """Whether `permission` holds in this scope."""
        return self.is_administrator or (permission, scope_id) in self.permissions

    def scopes(self, permission: Permission) -> frozenset[UUID] | None:
        """The scopes where `permission` holds; None means everywhere."""
        if self.is_administrator:
            return None
        return frozenset(scope for held, scope in self.permissions if held is permission)


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """An access token (minutes) and the single-use refresh token (days) that gets the next pair."""

    access: str
    refresh: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person as other apps see them."""

    id: UUID
    email: str
    full_name: str


@dataclass(frozen=True, kw_only=True)
class AccessClaims:
    """What a valid access token says: who, and from which sign-in."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A role that somebody has, and where; None means everywhere."""

    role: Role
    hotel_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A person as they see themselves."""

    id: UUID
    email: str
    full_name: str
    email_verified: bool
    roles: tuple[Grant, ...]


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """The answer to a sign-up: nothing that would tell a known address from a new one."""

    email: str
    full_name: str


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """One sign-in that can still be refreshed; `current` is the one whose token asks."""

    id: UUID
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    current: bool
