"""Sessions: signing in, going on with a single-use refresh token, signing out."""

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Exists, F, OuterRef, Q

from apps.accounts import policies
from apps.accounts.models import Session, User
from apps.accounts.services import _keys, _liveness, _lockout, _tokens
from apps.accounts.types import TokenPair
from apps.platform import clock
from apps.platform.db import fetch_all, fetch_one, uuid7
from apps.platform.errors import NotFound, Problem

_KEPT_FOR = timedelta(days=1)


class InvalidCredentials(Problem):
    """Nobody signs in with these."""

    code = "invalid_credentials"
    title = "Address or password is wrong"
    cause = "There is no account with this address and this password. Which of the two is wrong is not told."
    remedy = "Check both, or sign up with `POST /api/v1/auth/signup`."


class RefreshTokenInvalid(Problem):
    """The session does not go on with this token."""

    code = "refresh_token_invalid"
    title = "The refresh token is not accepted"
    cause = (
        "A refresh token works once. This one is malformed, too old, was used before, or its session was signed out. "
        "A token that is used a second time may have been stolen: its whole session is ended."
    )
    remedy = "Sign in again with `POST /api/v1/auth/token`. Always keep the newest refresh token only."


def sign_in(*, email: str, password: str, address: str = "") -> TokenPair:
    """Start a session. An unknown address costs the same hashing as a wrong password, and is counted alike.

    :param address: the network address of whoever signs in; empty inside the house.
    :raises InvalidCredentials: alike for an unknown address, a wrong password and a closed account.
    :raises TooManyTries: if too many wrong passwords came from there.
    """
    door, user = _verified(email=email, password=password, address=address)
    session_id, token_id = uuid7(), uuid7()
    if not _begin(door, user, session_id=session_id, token_id=token_id):
        # Meanwhile others failed at the same door, or the password was changed.
        _lockout.require_still_open(door)
        raise InvalidCredentials()
    _lockout.forgive(door)
    _liveness.note_issued(session_id)
    return _pair(user_id=user.id, session_id=session_id, token_id=token_id)


def verify_password(*, email: str, password: str, address: str) -> UUID:
    """Whose password this is, for those who sign in by other means than tokens (the admin); counted as in `sign_in`.

    :raises InvalidCredentials: alike for an unknown address, a wrong password and a closed account.
    :raises TooManyTries: if too many wrong passwords came from there.
    """
    door, user = _verified(email=email, password=password, address=address)
    _lockout.require_still_open(door)
    _lockout.forgive(door)
    return user.id


def _verified(*, email: str, password: str, address: str) -> tuple[_lockout.Door, User]:
    door = _lockout.open_door(email=email, address=address)
    user = User.objects.filter(email=policies.address(email)).first()
    if user is None:
        make_password(password)
    elif user.check_password(password) and user.is_active:
        return door, user
    _lockout.count_failure(door)
    raise InvalidCredentials()


def _begin(door: _lockout.Door, user: User, *, session_id: UUID, token_id: UUID) -> bool:
    """Insert the session, if nothing has changed since the password was compared; returns whether it did.

    One statement: of wrong and right passwords that come at once, those count that were written down before it; and a
    change of the password at the same time either waits for this session and ends it, or lets it not begin.
    """
    now = clock.system_now()
    row = fetch_one(
        """
        INSERT INTO accounts_session (id, user_id, current_token, created_at, refreshed_at, expires_at)
        SELECT %(id)s, holder.id, %(token)s, %(now)s, %(now)s, %(expires)s
          FROM (SELECT id FROM accounts_user WHERE id = %(user)s AND password = %(password)s AND is_active
                   FOR SHARE) AS holder
         WHERE (SELECT count(*) FROM accounts_failedsignin
                 WHERE subject = %(subject)s AND address = %(address)s AND failed_at > %(since)s) < %(allowed)s
        RETURNING id
        """,
        {
            "id": session_id,
            "token": token_id,
            "user": user.id,
            "password": user.password,
            "now": now,
            "expires": now + _keys.REFRESH_LIFETIME,
            "subject": door.subject,
            "address": door.address,
            "since": door.since,
            "allowed": door.allowed,
        },
    )
    return row is not None


def refresh(*, token: str, arrived_at: datetime | None = None) -> TokenPair:
    """Go on with a session: the next pair for its newest refresh token, which works once, however many try at once.

    A token that was used before ends its session, unless this request had arrived before the answer to that use left:
    of several at once one goes on, the others are refused, and the session lives. The answer waits for stragglers for
    REFRESH_RACE_MILLISECONDS; whoever comes later may have read it.

    :param arrived_at: when the request arrived; now, if nothing else is said.
    :raises RefreshTokenInvalid: for any other token.
    """
    arrived_at = arrived_at or clock.system_now()
    claims = _read(token)
    next_token = uuid7()
    # Signed before it is true, so that the moment of the exchange stands right before the answer.
    pair = _pair(user_id=claims.user_id, session_id=claims.session_id, token_id=next_token)
    now = clock.system_now()
    race = timedelta(milliseconds=settings.REFRESH_RACE_MILLISECONDS)
    # One conditional UPDATE: of several at once, PostgreSQL lets one through and shows the others the new token. (The
    # account is tested in a subquery of its own; a join would move these conditions out of the re-check of the row.)
    taken = Session.objects.filter(
        Exists(User.objects.filter(id=OuterRef("user_id"), is_active=True)),
        id=claims.session_id,
        user_id=claims.user_id,
        current_token=claims.token_id,
        revoked_at__isnull=True,
        expires_at__gt=now,
    ).update(
        current_token=next_token,
        previous_token=F("current_token"),
        refreshed_at=now,
        race_until=now + race,
        expires_at=now + _keys.REFRESH_LIFETIME,
    )
    if not taken:
        raced = Q(previous_token=claims.token_id, race_until__gte=arrived_at)
        if not Session.objects.filter(raced, id=claims.session_id).exists():
            end(session_id=claims.session_id)
        raise RefreshTokenInvalid()
    _liveness.note_issued(claims.session_id)
    # (Outside any transaction.)
    time.sleep(race.total_seconds())
    return pair


def sign_out(*, token: str) -> None:
    """End the session of a refresh token, be it the newest or an older one; once more does no harm.

    :raises RefreshTokenInvalid: if it is none of ours, or too old to matter.
    """
    end(session_id=_read(token).session_id)


def end_session(*, user_id: UUID, session_id: UUID) -> None:
    """End one of a person's own sessions.

    :raises NotFound: if they have no such session that is alive.
    """
    if not end(session_id=session_id, user_id=user_id):
        raise NotFound()


def end_sessions(*, user_id: UUID) -> int:
    """Sign a person out everywhere, access tokens and browsers included; returns how many sessions of tokens ended."""
    User.objects.filter(id=user_id).update(signed_out_at=clock.system_now())
    return end(user_id=user_id)


def end(*, session_id: UUID | None = None, user_id: UUID | None = None) -> int:
    """End the living sessions that match and tell every process; returns how many.

    Within a transaction the telling comes before the commit. That errs on the safe side: a session that is rolled back
    to life is taken for ended as long as its last access token would have lived.
    """
    ended = revoke(session_id=session_id, user_id=user_id)
    _liveness.note_ended(ended)
    return len(ended)


def revoke(*, session_id: UUID | None = None, user_id: UUID | None = None) -> list[UUID]:
    """End the living sessions that match, without telling: for a transaction, whose end is followed by the telling.

    :raises ValueError: if neither is given, which would end everybody's.
    """
    if session_id is None and user_id is None:
        raise ValueError("whose sessions?")
    rows = fetch_all(
        """
        UPDATE accounts_session SET revoked_at = %(now)s
         WHERE revoked_at IS NULL
           AND (%(id)s::uuid IS NULL OR id = %(id)s) AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)
        RETURNING id
        """,
        {"now": clock.system_now(), "id": session_id, "user_id": user_id},
    )
    return [row["id"] for row in rows]


def prune_sessions() -> int:
    """Remove sessions that ended a day ago or more; returns how many."""
    before = clock.system_now() - _KEPT_FOR
    removed, _ = Session.objects.filter(Q(revoked_at__lt=before) | Q(expires_at__lt=before)).delete()
    return removed


def _read(token: str) -> _tokens.RefreshClaims:
    try:
        return _tokens.read_refresh(token)
    except _tokens.TokenRefused:
        raise RefreshTokenInvalid from None


def _pair(*, user_id: UUID, session_id: UUID, token_id: UUID) -> TokenPair:
    return TokenPair(
        access=_tokens.sign_access(user_id=user_id, session_id=session_id),
        refresh=_tokens.sign_refresh(user_id=user_id, session_id=session_id, token_id=token_id),
    )
