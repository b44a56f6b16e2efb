"""Whether a session still lives, asked with every access token: of Redis, and of PostgreSQL where Redis does not know.

Redis keeps a note of each session for longer than an access token lives: written when a token is issued, overwritten
when the session ends. A note that is missing is looked up and never guessed, so a Redis that is away, was emptied or
has evicted notes costs a statement and lets nobody in. What it was not told while it was away it is told afterwards.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import redis
from django.conf import settings

from apps.accounts.models import Session
from apps.accounts.services import _keys, _tokens
from apps.accounts.types import AccessClaims
from apps.platform import clock
from apps.platform.nodes import Node, node_at

_LIVES, _ENDED = b"1", b"0"
_TIMEOUT_SECONDS = 0.2
# Longer than a token that was issued at the same moment.
_SECONDS = int(_keys.ACCESS_LIFETIME.total_seconds()) + 60


def read_access_token(raw: str) -> AccessClaims:
    """What an access token says, if it still holds. Without a statement where Redis knows the session, else with one.

    :raises TokenRefused: unless it is a genuine access token of ours that has not expired, of a session that lives.
    """
    claims = _tokens.read_access(raw)
    if not _lives(claims):
        raise _tokens.TokenRefused
    return claims


def note_issued(session_id: UUID) -> None:
    """Let every process know of a session for as long as the access token lives that is issued now."""
    _write([session_id], lives=True)


def note_ended(session_ids: Iterable[UUID]) -> None:
    """Let every process know that these sessions are over. Call it when the end is committed."""
    _write(list(session_ids), lives=False)


def repeat_ended() -> int:
    """Tell Redis once more which sessions have ended lately, in case it was away; returns how many."""
    since = clock.system_now() - _keys.ACCESS_LIFETIME
    ended = list(Session.objects.filter(revoked_at__gt=since).values_list("id", flat=True))
    note_ended(ended)
    return len(ended)


def _lives(claims: AccessClaims) -> bool:
    replies = _node().told(("GET", _name(claims.session_id)))
    if replies and replies[0] is not None:
        return bool(replies[0] == _LIVES)
    lives = Session.objects.filter(
        id=claims.session_id, user_id=claims.user_id, revoked_at__isnull=True, user__is_active=True
    ).exists()
    _write([claims.session_id], lives=lives)
    return lives


def _write(session_ids: Sequence[UUID], *, lives: bool) -> None:
    if session_ids:
        _node().asked(lambda client: _noted(client, session_ids, lives=lives))


def _noted(client: redis.Redis, session_ids: Sequence[UUID], *, lives: bool) -> bool:
    with client.pipeline(transaction=False) as pipeline:
        for session_id in session_ids:
            # Life is noted where nothing is noted yet: what was read before an end cannot come back after it.
            pipeline.set(_name(session_id), _LIVES if lives else _ENDED, ex=_SECONDS, nx=lives)
            pipeline.expire(_name(session_id), _SECONDS)
        pipeline.execute()
    return True


def _node() -> Node:
    return node_at(str(settings.CACHES["default"]["LOCATION"]), timeout_seconds=_TIMEOUT_SECONDS)


def _name(session_id: UUID) -> str:
    return f"session:{session_id}"
