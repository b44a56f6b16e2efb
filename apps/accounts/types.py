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
    OVERRIDE = "override"
    VIEW_HOTEL = "view_hotel"
    KEEP_ROOMS = "keep_rooms"
    MANAGE_HOTEL = "manage_hotel"
    CREATE_HOTEL = "create_hotel"
    MODERATE_REVIEWS = "moderate_reviews"
    MANAGE_STAFF = "manage_staff"
    VIEW_AUDIT_LOG = "view_audit_log"


class Verb(StrEnum):
    """What an API key may do at its hotels. The table stands in policies.py."""

    READ = "read"
    BOOK = "book"
    FRONT_DESK = "front_desk"
    INVENTORY = "inventory"
    RATES = "rates"


@dataclass(frozen=True, kw_only=True)
class KeyClaims:
    """What a valid API key stands for: where it works, what it may do there, and how often."""

    key_id: UUID
    scope_ids: frozenset[UUID]
    verbs: frozenset[Verb]
    requests_per_minute: int


@dataclass(frozen=True, kw_only=True)
class SecretClaims:
    """What the secret of one thing stands for: who shows it, and the one thing that it opens."""

    principal: str
    only: UUID


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: the principal as text, and the account or the API key behind it if there is one.

    :param only: the one thing that the caller may touch, by whose secret they came; nothing else is theirs.
    """

    principal: str
    user_id: UUID | None = None
    key: KeyClaims | None = None
    only: UUID | None = None


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


class MailPurpose(StrEnum):
    """What a token is mailed for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, no password
    SIGN_UP_AGAIN = "sign_up_again"
    """Somebody signs up with an address that has an account: its owner may want a new password."""


@dataclass(frozen=True, kw_only=True)
class TokenMail:
    """A token that is to be mailed: to whom, what for, and until when it works. The token is asked for at sending."""

    token_id: UUID
    purpose: MailPurpose
    user_id: UUID
    email: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class MailOnItsWay:
    """The answer to a wish for a mail: the same whether or not anybody will get one."""

    detail: str


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """One sign-in that can still be refreshed; `current` is the one whose token asks."""

    id: UUID
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    current: bool


@dataclass(frozen=True, kw_only=True)
class ApiKeyView:
    """An API key as those see it who look after it: never a secret, only the prefixes by which one knows them."""

    id: UUID
    name: str
    hotel_ids: tuple[UUID, ...]
    verbs: tuple[Verb, ...]
    requests_per_minute: int
    prefixes: tuple[str, ...]
    """Of the secrets that work now, the newest first: two of them while a rotation is under way."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To within some minutes."""


@dataclass(frozen=True, kw_only=True)
class IssuedApiKey:
    """A key with its newest secret, which is shown this once and stored nowhere."""

    key: ApiKeyView
    secret: str
    older_secret_until: datetime | None
    """How long the secret before this one still works."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a caller is, as other services are told: an account with its roles, or a key with its verbs."""

    principal: str
    user_id: UUID | None = None
    roles: tuple[str, ...] = ()
    """`role@scope`, or a bare `platform_admin`."""
    key_id: UUID | None = None
    verbs: tuple[str, ...] = ()
    scope_ids: tuple[UUID, ...] = ()

    def meets(self, *, role: str | None, scope_id: UUID | None) -> bool:
        """Whether the caller has this role (anywhere, or in this scope), or anything at all in this scope.

        A platform administrator has every role everywhere. A key has no role.
        """
        if role is None:
            return scope_id is None or self._is_administrator or scope_id in self.scope_ids
        if self._is_administrator:
            return True
        if scope_id is not None:
            return f"{role}@{scope_id}" in self.roles
        return any(held.partition("@")[0] == role for held in self.roles)

    @property
    def _is_administrator(self) -> bool:
        return Role.PLATFORM_ADMIN.value in self.roles
