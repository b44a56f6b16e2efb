"""People: signing up, what they are called, and how other apps look them up."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts import policies
from apps.accounts.models import User
from apps.accounts.services import _mailed_tokens, _passwords
from apps.accounts.types import Account, Grant, MailPurpose, Profile, Role, SignUp
from apps.platform import clock
from apps.platform.errors import Invalid, NotFound


def sign_up(*, email: str, password: str, full_name: str) -> SignUp:
    """Make an account, unless the address has one: the answer and the work are the same, so that nobody learns which.

    A mail goes to the address in either case: to verify it, or to tell its owner that somebody tried.

    :raises Invalid: if the password is short or common, or the name or the address cannot be one.
    """
    user = User(email=_address(email), full_name=_name(full_name))
    _passwords.require_strong(password, user)
    user.password = make_password(password)
    with transaction.atomic():
        # One statement whether or not the address is known, decided by the unique index.
        User.objects.bulk_create([user], ignore_conflicts=True)
        _mailed_tokens.mail_token(email=user.email, purpose=MailPurpose.VERIFY_EMAIL, new_user_id=user.id)
    return SignUp(email=user.email, full_name=user.full_name)


def ensure_account(
    *, email: str, full_name: str, password: str | None = None, is_staff: bool = False, verified: bool = False
) -> Account:
    """Make an account or bring it up to what is said here; for the demo, commands and administrators.

    An account that exists keeps its roles, its password where none is given, and is never made less than it is.

    :raises Invalid: if the name or the address cannot be one.
    """
    with transaction.atomic():
        User.objects.bulk_create(
            [User(email=_address(email), password=make_password(None), is_active=True)], ignore_conflicts=True
        )
        user = User.objects.select_for_update(no_key=True).get(email=_address(email))
        user.full_name = _name(full_name)
        user.is_staff = user.is_staff or is_staff
        if verified and user.email_verified_at is None:
            user.email_verified_at = clock.system_now()
        if password is not None and not user.check_password(password):
            user.set_password(password)
        user.save()
    return _account(user)


def get_account(user_id: UUID) -> Account:
    """One person.

    :raises NotFound: if there is no such account.
    """
    account = get_accounts([user_id]).get(user_id)
    if account is None:
        raise NotFound()
    return account


def find_account(email: str) -> Account | None:
    """The account with this address, for commands that people type."""
    user = User.objects.filter(email=policies.address(email)).first()
    return _account(user) if user else None


def get_accounts(user_ids: Iterable[UUID]) -> dict[UUID, Account]:
    """Those of these people who have an account."""
    users = User.objects.filter(id__in=set(user_ids)).only("id", "email", "full_name")
    return {user.id: _account(user) for user in users}


def profile_of(user_id: UUID) -> Profile:
    """What a person sees of themselves.

    :raises NotFound: if the account is gone or closed.
    """
    user = User.objects.filter(id=user_id, is_active=True).prefetch_related("memberships").first()
    if user is None:
        raise NotFound()
    return Profile(
        id=user.id,
        email=user.email,
        full_name=user.full_name,
        email_verified=user.email_verified_at is not None,
        roles=tuple(
            Grant(role=Role(membership.role), hotel_id=membership.scope_id) for membership in user.memberships.all()
        ),
    )


def rename(*, user_id: UUID, full_name: str) -> Profile:
    """Call a person by another name.

    :raises Invalid: if that cannot be a name.
    :raises NotFound: if the account is gone or closed.
    """
    User.objects.filter(id=user_id, is_active=True).update(full_name=_name(full_name))
    return profile_of(user_id)


def _account(user: User) -> Account:
    return Account(id=user.id, email=user.email, full_name=user.full_name)


def _address(email: str) -> str:
    address = policies.address(email)
    if len(address) > policies.LONGEST_ADDRESS:
        raise Invalid(items=[_fault("max_length", "The address is too long.", "/email")])
    return address


def _name(full_name: str) -> str:
    if not policies.is_plain_name(full_name):
        raise Invalid(items=[_fault("not_one_line", "A name is one line without control characters.", "/full_name")])
    return full_name.strip()


def _fault(code: str, detail: str, pointer: str) -> dict[str, Any]:
    return {"code": code, "detail": detail, "pointer": pointer}
