"""Lists that this app's own HTTP layer reads."""

from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import ApiKey, ApiKeyScope, Session
from apps.accounts.types import Access, ApiKeyView, Permission, SessionView, Verb
from apps.platform import clock


def live_sessions_of(user_id: UUID) -> QuerySet[Session]:
    """The sign-ins of a person that can still be refreshed."""
    return Session.objects.filter(user_id=user_id, revoked_at__isnull=True, expires_at__gt=clock.system_now())


def session_view(session: Session, *, current: UUID | None) -> SessionView:
    """One sign-in as its owner sees it; `current` is the id of the session that asks."""
    return SessionView(
        id=session.id,
        created_at=session.created_at,
        refreshed_at=session.refreshed_at,
        expires_at=session.expires_at,
        current=session.id == current,
    )


def all_api_keys() -> QuerySet[ApiKey]:
    """Every API key with what its view shows, in three statements however many."""
    return ApiKey.objects.prefetch_related("scopes", "secrets")


def api_keys_managed_by(access: Access) -> QuerySet[ApiKey]:
    """The API keys all of whose hotels one manages: a key that reaches further is not known here."""
    managed = access.scopes(Permission.MANAGE_HOTEL)
    if managed is None:
        return all_api_keys()
    inside = ApiKeyScope.objects.filter(scope_id__in=managed)
    beyond = ApiKeyScope.objects.exclude(scope_id__in=managed)
    return all_api_keys().filter(id__in=inside.values("key_id")).exclude(id__in=beyond.values("key_id"))


def api_key_view(key: ApiKey) -> ApiKeyView:
    """One API key, without its secrets."""
    now = clock.system_now()
    live = [secret for secret in key.secrets.all() if secret.expires_at is None or secret.expires_at > now]
    return ApiKeyView(
        id=key.id,
        name=key.name,
        hotel_ids=tuple(sorted(scope.scope_id for scope in key.scopes.all())),
        verbs=tuple(Verb(verb) for verb in key.verbs),
        requests_per_minute=key.requests_per_minute,
        prefixes=tuple(
            secret.prefix for secret in sorted(live, key=lambda one: (one.created_at, one.id), reverse=True)
        ),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )
