"""Sessions: signing in, going on with a single-use refresh token, signing out."""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db.models import Exists, OuterRef

from apps.accounts import policies
from apps.accounts.models import Session, User
from apps.accounts.services import _tokens
from apps.accounts.types import TokenPair
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.errors import NotFound, Problem


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


def sign_in(*, email: str, password: str) -> TokenPair:
    """Start a session. An unknown address costs the same hashing as a wrong password.

    :raises InvalidCredentials: alike for an unknown address, a wrong password and a closed account.
    """
    user = User.objects.filter(email=policies.address(email)).first()
    if user is None:
        make_password(password)
        raise InvalidCredentials()
    if not user.check_password(password) or not user.is_active:
        raise InvalidCredentials()
    now = clock.now()
    session = Session(
        user=user,
        current_token=uuid7(),
        created_at=now,
        refreshed_at=now,
        expires_at=now + _tokens.REFRESH_LIFETIME,
    )
    session.save(force_insert=True)
    return _pair(user_id=user.id, session_id=session.id, token_id=session.current_token)


def refresh(*, token: str) -> TokenPair:
    """Go on with a session: the next pair for its newest refresh token, which works once, however many try at once.

    :raises RefreshTokenInvalid: for any other token; one that was used before ends its session.
    """
    claims = _read(token)
    now, next_token = clock.now(), uuid7()
    # One conditional UPDATE: of several at once, PostgreSQL lets one through and shows the others the new token. (The
    # account is tested in a subquery of its own; a join would move these conditions out of the re-check of the row.)
    taken = Session.objects.filter(
        Exists(User.objects.filter(id=OuterRef("user_id"), is_active=True)),
        id=claims.session_id,
        user_id=claims.user_id,
        current_token=claims.token_id,
        revoked_at__isnull=True,
        expires_at__gt=now,
    ).update(current_token=next_token, refreshed_at=now, expires_at=now + _tokens.REFRESH_LIFETIME)
    if not taken:
        _revoke(id=claims.session_id)
        raise RefreshTokenInvalid()
    return _pair(user_id=claims.user_id, session_id=claims.session_id, token_id=next_token)


def sign_out(*, token: str) -> None:
    """End the session of a refresh token, be it the newest or an older one; once more does no harm.

    :raises RefreshTokenInvalid: if it is none of ours, or too old to matter.
    """
    _revoke(id=_read(token).session_id)


def end_session(*, user_id: UUID, session_id: UUID) -> None:
    """End one of a person's own sessions.

    :raises NotFound: if they have no such session that is alive.
    """
    if not _revoke(id=session_id, user_id=user_id):
        raise NotFound()


def end_sessions(*, user_id: UUID) -> int:
    """Sign a person out everywhere; returns how many sessions ended. Access tokens run out by themselves."""
    return _revoke(user_id=user_id)


def _revoke(**whose: UUID) -> int:
    return Session.objects.filter(revoked_at__isnull=True, **whose).update(revoked_at=clock.now())


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
