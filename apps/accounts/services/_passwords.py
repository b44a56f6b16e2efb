"""Passwords and addresses: setting a new password with the old one or by mail, and proving an address.

A new password ends every session of the account, access tokens included, and voids what was mailed to reset it.
"""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.accounts.services import _liveness, _lockout, _mailed_tokens, _sessions
from apps.accounts.types import MailOnItsWay, MailPurpose, TokenPair
from apps.platform import clock
from apps.platform.errors import Invalid, NotFound

_RESETTING = (MailPurpose.RESET_PASSWORD, MailPurpose.SIGN_UP_AGAIN)


def require_strong(password: str, user: User, *, pointer: str = "/password") -> None:
    """Refuse a password that is short, common, or like the name or the address of its owner.

    :raises Invalid: naming each fault.
    """
    try:
        validate_password(password, user)
    except ValidationError as refused:
        faults = [
            {"code": error.code or "invalid", "detail": " ".join(error.messages), "pointer": pointer}
            for error in refused.error_list
        ]
        raise Invalid("The password is not accepted.", items=faults) from refused


def require_own_password(*, user_id: UUID, password: str, address: str, pointer: str = "/password") -> User:
    """The account, if whoever is signed in to it knows its password too.

    :raises NotFound: if the account is gone or closed.
    :raises Invalid: if the password is wrong.
    :raises TooManyTries: if too many wrong ones came from there.
    """
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        raise NotFound()
    try:
        _sessions.verify_password(email=user.email, password=password, address=address)
    except _sessions.InvalidCredentials:
        wrong = {"code": "wrong_password", "detail": "This is not your password.", "pointer": pointer}
        raise Invalid("The password is wrong.", items=[wrong]) from None
    return user


def request_password_reset(*, email: str) -> MailOnItsWay:
    """Mail a token to set a new password with; the answer and the work are the same for an address that nobody has."""
    with transaction.atomic():
        _mailed_tokens.mail_token(email=email, purpose=MailPurpose.RESET_PASSWORD)
    return MailOnItsWay(detail="If there is an account with this address, a mail with a code is on its way to it.")


def reset_password(*, token: str, password: str) -> None:
    """Set a new password with a mailed token. Whoever reads the mail also has the address verified by this.

    :raises MailedTokenInvalid: if the token does not work, or was used before.
    :raises Invalid: if the password is not accepted; the token still works then.
    """
    token_id, user_id = _mailed_tokens.holder_of(token, *_RESETTING)
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        raise _mailed_tokens.MailedTokenInvalid()
    require_strong(password, user)
    hashed = make_password(password)
    with transaction.atomic():
        _mailed_tokens.use(token_id)
        ended = _set_password(user_id, hashed)
        User.objects.filter(id=user_id).update(email_verified_at=Coalesce("email_verified_at", clock.system_now()))
        _lockout.forgive_everywhere(user.email)
    _liveness.note_ended(ended)


def change_password(*, user_id: UUID, current_password: str, new_password: str, address: str = "") -> TokenPair:
    """Set a new password with the old one: every session ends, and the answer begins a new one.

    :raises Invalid: if the old password is wrong or the new one is not accepted.
    :raises TooManyTries: if too many wrong passwords came from there.
    :raises NotFound: if the account is gone or closed.
    """
    user = require_own_password(
        user_id=user_id, password=current_password, address=address, pointer="/current_password"
    )
    require_strong(new_password, user, pointer="/new_password")
    hashed = make_password(new_password)
    with transaction.atomic():
        ended = _set_password(user_id, hashed)
    _liveness.note_ended(ended)
    return _sessions.sign_in(email=user.email, password=new_password, address=address)


def request_verification(*, user_id: UUID) -> MailOnItsWay:
    """Mail a token that proves the address; nothing is mailed where it is proven.

    :raises NotFound: if the account is gone or closed.
    """
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        raise NotFound()
    if user.email_verified_at is not None:
        return MailOnItsWay(detail="The address is verified already.")
    with transaction.atomic():
        _mailed_tokens.mail_token(email=user.email, purpose=MailPurpose.VERIFY_EMAIL)
    return MailOnItsWay(detail="A mail with a code is on its way.")


def verify_email(*, token: str) -> None:
    """Take a mailed token for the proof that an address is read by its owner.

    :raises MailedTokenInvalid: if the token does not work, or was used before.
    """
    token_id, user_id = _mailed_tokens.holder_of(token, MailPurpose.VERIFY_EMAIL)
    with transaction.atomic():
        _mailed_tokens.use(token_id)
        _mailed_tokens.void(user_id, MailPurpose.VERIFY_EMAIL)
        User.objects.filter(id=user_id).update(email_verified_at=Coalesce("email_verified_at", clock.system_now()))


def password_was_set(*, user_id: UUID) -> None:
    """End what a new password ends, where Django has set it by ways of its own: in the admin, or by a command."""
    _mailed_tokens.void(user_id, *_RESETTING)
    _sessions.end(user_id=user_id)


def _set_password(user_id: UUID, hashed: str) -> list[UUID]:
    """The row of the account first: a sign-in at the same time has either begun its session, or finds it changed."""
    User.objects.filter(id=user_id).update(password=hashed)
    _mailed_tokens.void(user_id, *_RESETTING)
    return _sessions.revoke(user_id=user_id)
