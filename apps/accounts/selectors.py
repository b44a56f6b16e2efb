"""Lists that this app's own HTTP layer reads."""

from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import Session
from apps.accounts.types import SessionView
from apps.platform import clock


def live_sessions_of(user_id: UUID) -> QuerySet[Session]:
    """The sign-ins of a person that can still be refreshed."""
    return Session.objects.filter(user_id=user_id, revoked_at__isnull=True, expires_at__gt=clock.now())


def session_view(session: Session, *, current: UUID | None) -> SessionView:
    """One sign-in as its owner sees it; `current` is the id of the session that asks."""
    return SessionView(
        id=session.id,
        created_at=session.created_at,
        refreshed_at=session.refreshed_at,
        expires_at=session.expires_at,
        current=session.id == current,
    )
