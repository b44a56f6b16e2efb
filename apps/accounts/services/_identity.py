"""Who a caller is, for services outside this platform that trust what we say of a token or a key."""

from uuid import UUID

from apps.accounts.models import User
from apps.accounts.services._recent import forget, remembered
from apps.accounts.services._tokens import TokenRefused
from apps.accounts.types import Caller, Identity, Role

_EVERYWHERE = "*"


def identity_of(caller: Caller) -> Identity:
    """Who a caller is and where: without a statement while Redis remembers it, with one where it does not.

    :raises TokenRefused: if the account is closed or gone.
    """
    if caller.key is not None:
        return Identity(
            principal=caller.principal,
            key_id=caller.key.key_id,
            verbs=tuple(sorted(caller.key.verbs)),
            scope_ids=tuple(sorted(caller.key.scope_ids)),
        )
    user_id = caller.user_id
    grants = None if user_id is None else remembered(_name(user_id), lambda: _grants_of(user_id))
    if grants is None:
        raise TokenRefused
    scopes = {UUID(scope) for _, scope in grants if scope != _EVERYWHERE}
    return Identity(
        principal=caller.principal,
        user_id=user_id,
        roles=tuple(f"{role}@{scope}" if scope != _EVERYWHERE else role for role, scope in grants),
        scope_ids=tuple(sorted(scopes)),
    )


def roles_change(user_id: UUID) -> None:
    """Believe nothing that was remembered of this account. Call it inside the transaction that changes it."""
    forget(_name(user_id))


def _grants_of(user_id: UUID) -> list[list[str]] | None:
    """Role and scope of each grant, as JSON; None for a closed account."""
    rows = list(
        User.objects.filter(id=user_id, is_active=True)
        .order_by("memberships__role", "memberships__scope_id")
        .values_list("is_superuser", "memberships__role", "memberships__scope_id")
    )
    if not rows:
        return None
    grants = [[role, str(scope_id) if scope_id else _EVERYWHERE] for _, role, scope_id in rows if role]
    administrator = [Role.PLATFORM_ADMIN.value, _EVERYWHERE]
    if rows[0][0] and administrator not in grants:
        grants.insert(0, administrator)
    return grants


def _name(user_id: UUID) -> str:
    return f"roles:{user_id}"
