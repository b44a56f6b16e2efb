"""The second factor of staff (TOTP, RFC 6238): enrolment, checking codes, recovery codes, and who must have it.

Secrets are sealed under SECRET_KEY, recovery codes hashed. A code works once, and wrong ones are counted in PostgreSQL
by account, wherever they come from: whoever gets that far has the password already.
"""

import hashlib
import hmac
import secrets
from base64 import b32encode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import RecoveryCode, ScopeRule, SecondFactor, User
from apps.accounts.services import _lockout
from apps.accounts.types import Access, Permission
from apps.platform import audit, clock, principals
from apps.platform.audit import Change
from apps.platform.db import fetch_one
from apps.platform.errors import Conflict, Denied, Invalid, NotFound

ISSUER = "Reservations"
RECOVERY_CODES = 10
_SECONDS = 30
_STEPS_OFF = 1  # clocks of phones go wrong by a little


class WrongCode(Invalid):
    """The code is not the one of this moment, or was used before."""

    code = "second_factor_wrong"
    title = "The code is not accepted"
    cause = "A code of the authenticator app lasts for half a minute and works once; a recovery code works once."
    remedy = "Wait for the next code of the app and type that, or type a recovery code that you have not used."


class SecondFactorRequired(Conflict):
    """Somebody has decided that it stays."""

    code = "second_factor_required"
    title = "A second factor is required"
    cause = "A hotel that you work for, or the platform, wants its staff to have a second factor."
    remedy = "Keep it. For another phone, ask an administrator to remove the old one, and set the new one up."
    stored = False
    retry = None


@dataclass(frozen=True, kw_only=True)
class SecondFactorState:
    """What a person has (`factor_id` of a confirmed one, how many recovery codes are left) and whether they must."""

    factor_id: UUID | None
    codes_left: int
    required: bool


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What an authenticator app needs: as an address for a QR code, and as text to type."""

    uri: str
    secret: str


def second_factor_of(user_id: UUID) -> SecondFactorState:
    """What a person has and must have, in one statement."""
    row = fetch_one(
        """
        SELECT factor.id AS factor_id, account.is_superuser,
               (SELECT count(*) FROM accounts_recoverycode AS code
                 WHERE code.factor_id = factor.id AND code.used_at IS NULL) AS codes_left,
               EXISTS (SELECT 1 FROM accounts_membership AS held
                         JOIN accounts_scoperule AS rule ON rule.scope_id = held.scope_id
                        WHERE held.user_id = account.id AND rule.needs_second_factor) AS of_scope
          FROM accounts_user AS account
          LEFT JOIN accounts_secondfactor AS factor
            ON factor.user_id = account.id AND factor.confirmed_at IS NOT NULL
         WHERE account.id = %s
        """,
        [user_id],
    )
    if row is None:
        raise NotFound()
    of_platform = row["is_superuser"] and settings.ADMINISTRATORS_NEED_SECOND_FACTOR
    return SecondFactorState(
        factor_id=row["factor_id"], codes_left=row["codes_left"], required=bool(of_platform or row["of_scope"])
    )


def begin_second_factor(user_id: UUID) -> Enrolment:
    """What the app is to be given; the same until a first code confirms it, so that a page may be loaded again.

    :raises Denied: if there is a confirmed one.
    """
    with transaction.atomic():
        user = _locked(user_id)
        factor, _ = SecondFactor.objects.get_or_create(
            user=user, defaults={"sealed_secret": _seal(pyotp.random_base32()), "created_at": clock.system_now()}
        )
    if factor.confirmed_at is not None:
        raise Denied("There is a second factor already.")
    secret = _open(factor)
    return Enrolment(uri=pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER), secret=secret)


def confirm_second_factor(user_id: UUID, *, code: str) -> tuple[UUID, tuple[str, ...]]:
    """Take the first code as the proof that the app has the secret; returns the factor and its recovery codes.

    :raises WrongCode: if it is not the code of this moment.
    :raises TooManyTries: after too many wrong ones.
    """
    factor = SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=True).first()
    if factor is None:
        raise Denied("There is nothing to confirm.")
    _require_right(factor, code)
    with transaction.atomic():
        SecondFactor.objects.filter(id=factor.id).update(confirmed_at=clock.system_now())
        codes = _new_codes(factor)
        _record("set_second_factor", user_id, actor=principals.user(user_id), after={"second_factor": True})
    return factor.id, codes


def check_second_factor(user_id: UUID, *, code: str) -> UUID:
    """Take a code of the app, or a recovery code, as the proof; returns the factor that it proves.

    :raises WrongCode: if it is neither, or was used before.
    :raises TooManyTries: after too many wrong ones, for right ones too.
    """
    factor = _confirmed(user_id)
    _require_right(factor, code)
    return factor.id


def renew_recovery_codes(user_id: UUID, *, code: str) -> tuple[str, ...]:
    """New recovery codes for a code of the app; the old ones work no longer.

    :raises WrongCode: if the code is not accepted.
    :raises TooManyTries: after too many wrong ones.
    """
    factor = _confirmed(user_id)
    _require_right(factor, code)
    with transaction.atomic():
        return _new_codes(factor)


def remove_second_factor(user_id: UUID, *, code: str) -> None:
    """Do without it from now on, for a last code.

    :raises SecondFactorRequired: where one must have it.
    :raises WrongCode: if the code is not accepted.
    :raises TooManyTries: after too many wrong ones.
    """
    if second_factor_of(user_id).required:
        raise SecondFactorRequired()
    _require_right(_confirmed(user_id), code)
    reset_second_factor(user_id=user_id, actor=principals.user(user_id))


def reset_second_factor(*, user_id: UUID, actor: str) -> None:
    """Take the second factor of somebody away who has lost it; where they must have one, they set up another.

    :param actor: who does it, who may not be its owner unless they have shown a code.
    :raises NotFound: if they have none.
    """
    with transaction.atomic():
        removed, _ = SecondFactor.objects.filter(user_id=user_id).delete()
        if not removed:
            raise NotFound("There is no second factor.")
        _record("reset_second_factor", user_id, actor=actor, before={"second_factor": True})


def require_second_factor(*, access: Access, scope_id: UUID, required: bool) -> None:
    """Say whether the staff of a scope (a hotel) must have a second factor.

    :raises Denied: if whoever says so does not manage it.
    :raises NotFound: if there is no such scope.
    """
    if not access.allows(Permission.MANAGE_HOTEL, scope_id):
        raise Denied()
    try:
        with transaction.atomic():
            rule, _ = ScopeRule.objects.select_for_update().get_or_create(scope_id=scope_id)
            difference = {
                "before": {"needs_second_factor": rule.needs_second_factor},
                "after": {"needs_second_factor": required},
            }
            rule.needs_second_factor = required
            rule.save(update_fields=["needs_second_factor"])
            change = Change(
                operation="accounts.require_second_factor",
                kind="hotel",
                object_id=scope_id,
                scope_id=scope_id,
                **difference,
            )
            audit.record([change], actor=access.principal)
    except IntegrityError as error:
        raise NotFound() from error


def second_factor_is_required(scope_id: UUID) -> bool:
    """Whether the staff of a scope must have a second factor."""
    return ScopeRule.objects.filter(scope_id=scope_id, needs_second_factor=True).exists()


def _require_right(factor: SecondFactor, given: str) -> None:
    door = _lockout.open_door(email=f"second factor of {factor.user_id}", address="")
    code = given.replace(" ", "").replace("-", "").upper()
    if not (_takes_step(factor, code) or _takes_recovery(factor, code)):
        _lockout.count_failure(door)
        raise WrongCode()
    _lockout.require_still_open(door)
    _lockout.forgive(door)


def _takes_step(factor: SecondFactor, code: str) -> bool:
    """Whether it is a code of now; its step is used up, and with it all before: one UPDATE lets one through."""
    try:
        totp = pyotp.TOTP(_open(factor))
    except InvalidToken:  # sealed under a key that is no more: what is left are recovery codes
        return False
    now = int(clock.system_now().timestamp()) // _SECONDS
    for step in range(now - _STEPS_OFF, now + _STEPS_OFF + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return SecondFactor.objects.filter(id=factor.id, last_step__lt=step).update(last_step=step) == 1
    return False


def _takes_recovery(factor: SecondFactor, code: str) -> bool:
    unused = RecoveryCode.objects.filter(factor=factor, digest=_digest(factor, code), used_at__isnull=True)
    return unused.update(used_at=clock.system_now()) == 1


def _new_codes(factor: SecondFactor) -> tuple[str, ...]:
    """80 random bits each: nobody tries those, so that a fast hash will do."""
    plain = [b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(factor=factor).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in plain])
    return tuple("-".join(code[start : start + 4] for start in range(0, len(code), 4)).lower() for code in plain)


def _digest(factor: SecondFactor, code: str) -> str:
    return hashlib.sha256(f"{factor.id}|{code}".encode()).hexdigest()


def _confirmed(user_id: UUID) -> SecondFactor:
    factor = SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    if factor is None:
        raise NotFound("There is no second factor.")
    return factor


def _locked(user_id: UUID) -> User:
    user = User.objects.select_for_update(no_key=True).filter(id=user_id, is_active=True).first()
    if user is None:
        raise NotFound()
    return user


def _record(verb: str, user_id: UUID, *, actor: str, **difference: dict[str, bool]) -> None:
    change = Change(operation=f"accounts.{verb}", kind="account", object_id=user_id, scope_id=None, **difference)
    audit.record([change], actor=actor)


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet(
        [Fernet(urlsafe_b64encode(hashlib.sha256(f"second factor|{key}".encode()).digest())) for key in keys]
    )


def _seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def _open(factor: SecondFactor) -> str:
    return _box().decrypt(factor.sealed_secret.encode()).decode()
