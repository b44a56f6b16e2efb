"""API keys of partners and kiosks: issued, shown once, rotated without a gap, revoked, and read at each request.

A secret is 256 random bits, and what is stored is its SHA-256. Passwords need a slow hash because people choose them
from a list that can be tried; nobody can try 2^256 secrets, and a slow hash would be paid at every request.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.accounts import policies, selectors
from apps.accounts.models import ApiKey, ApiKeyScope, ApiKeySecret
from apps.accounts.services._recent import forget, remembered
from apps.accounts.services._tokens import TokenRefused
from apps.accounts.types import Access, Caller, IssuedApiKey, KeyClaims, Permission, Verb
from apps.platform import audit, clock
from apps.platform.audit import Change
from apps.platform.errors import Conflict, Denied, Invalid, NotFound

KEY_MARK = "rsv_"
"""How every secret begins: readers of logs and of repositories know it when they see one."""
MOST_SCOPES = 100
MOST_REQUESTS_PER_MINUTE = 6_000
LONGEST_OVERLAP_HOURS = 168
_PREFIX_DIGITS = 8
_KEY_FIELDS = ("key__verbs", "key__requests_per_minute", "key__expires_at", "key__last_used_at")
_LAST_USED_IS_EXACT_TO = timedelta(minutes=5)


class ApiKeyOver(Conflict):
    """The key is revoked or has run out."""

    code = "api_key_over"
    title = "The key does not work any more"
    cause = "The key was revoked, or its time is over. That is for good."
    remedy = "Make another key with `POST /api/v1/api-keys`."
    stored = False
    retry = None


def issue_key(
    *,
    access: Access,
    issuer_id: UUID,
    name: str,
    hotel_ids: Iterable[UUID],
    verbs: Iterable[Verb],
    requests_per_minute: int,
    expires_at: datetime | None = None,
) -> IssuedApiKey:
    """Make a key for hotels that the issuer manages. Its secret is in this answer and nowhere else.

    :raises NotFound: if the issuer is no staff of one of the hotels.
    :raises Denied: if the issuer is, but may not manage it.
    :raises Invalid: if it is for no hotel, for too many, without a verb, or over before it begins.
    """
    scope_ids, allowed = set(hotel_ids), sorted({Verb(verb) for verb in verbs})
    _require_issuable(name, scope_ids, allowed, requests_per_minute, expires_at)
    for scope_id in scope_ids:
        _require_manager(access, scope_id)
    try:
        with transaction.atomic():
            key = ApiKey(
                name=name.strip(),
                verbs=allowed,
                requests_per_minute=requests_per_minute,
                created_by_id=issuer_id,
                expires_at=expires_at,
            )
            key.save(force_insert=True)
            ApiKeyScope.objects.bulk_create([ApiKeyScope(key=key, scope_id=scope_id) for scope_id in scope_ids])
            _record("issue_key", key, access, after={"verbs": allowed, "requests_per_minute": requests_per_minute})
            return _with_new_secret(key, older_until=None)
    except IntegrityError as error:
        raise Invalid("There is no such hotel.") from error


def rotate_key(*, access: Access, key_id: UUID, overlap_hours: int = 24) -> IssuedApiKey:
    """Give a key a new secret; the one before it works for `overlap_hours` more, and any older one no longer.

    :raises NotFound: if there is no such key, or it is of hotels that the caller does not manage.
    :raises ApiKeyOver: if it is revoked or has run out.
    """
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        raise Invalid(items=[_fault("out_of_range", f"0 to {LONGEST_OVERLAP_HOURS} hours.", "/overlap_hours")])
    with transaction.atomic():
        key, now = _locked(access, key_id), clock.system_now()
        if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
            raise ApiKeyOver()
        until = now + timedelta(hours=overlap_hours)
        live = list(key.secrets.filter(Q(expires_at=None) | Q(expires_at__gt=now)).order_by("-created_at", "-id"))
        for position, secret in enumerate(live):
            # The newest gets its time of grace, never more than it has; whatever is older ends here.
            secret.expires_at = min(secret.expires_at or until, until) if position == 0 else now
            secret.save(update_fields=["expires_at"])
        forget(*(_name(secret.digest) for secret in live))
        issued = _with_new_secret(key, older_until=live[0].expires_at if live and overlap_hours else None)
        before, after = ([live[0].prefix] if live else []), [issued.secret[: len(KEY_MARK) + _PREFIX_DIGITS]]
        _record("rotate_key", key, access, before={"secrets": before}, after={"secrets": after})
        return issued


def revoke_key(*, access: Access, key_id: UUID) -> None:
    """End a key with all its secrets, at once and for good; once more does no harm.

    :raises NotFound: if there is no such key, or it is of hotels that the caller does not manage.
    """
    with transaction.atomic():
        key = _locked(access, key_id)
        if key.revoked_at is None:
            key.revoked_at = clock.system_now()
            key.save(update_fields=["revoked_at"])
            _record("revoke_key", key, access, before={"revoked": False}, after={"revoked": True})
        forget(*(_name(digest) for digest in key.secrets.values_list("digest", flat=True)))


def _record(verb: str, key: ApiKey, access: Access, **difference: Any) -> None:
    """Tell the audit log, once for each hotel of the key, so that the staff of each may read of it."""
    scope_ids = ApiKeyScope.objects.filter(key=key).values_list("scope_id", flat=True)
    audit.record(
        [
            Change(operation=f"accounts.{verb}", kind="api_key", object_id=key.id, scope_id=scope_id, **difference)
            for scope_id in scope_ids
        ],
        actor=access.principal,
    )


def read_key(raw: str) -> KeyClaims:
    """What the key behind a secret may do: no statement while Redis remembers it, one where it does not.

    :raises TokenRefused: unless it is a secret of a key that works now.
    """
    if not raw.startswith(KEY_MARK):
        raise TokenRefused
    digest = _digest(raw)
    facts = remembered(_name(digest), lambda: _facts_of(digest))
    if facts is None or (facts["until"] is not None and facts["until"] <= clock.system_now().timestamp()):
        raise TokenRefused
    return KeyClaims(
        key_id=UUID(facts["key_id"]),
        scope_ids=frozenset(map(UUID, facts["scope_ids"])),
        verbs=frozenset(map(Verb, facts["verbs"])),
        requests_per_minute=facts["requests_per_minute"],
    )


def require_may_book(caller: Caller, *, hotel_id: UUID) -> None:
    """Let an API key book only where it may; people book anywhere.

    :raises NotFound: if the hotel is none of the key's.
    :raises Denied: if the key is for that hotel, but not for booking.
    """
    if caller.key is None:
        return
    if hotel_id not in caller.key.scope_ids:
        raise NotFound("There is no such hotel, or this key is not for it.")
    if not caller.key.verbs & policies.VERBS_THAT_BOOK:
        raise Denied("This key is not for booking.")


def _facts_of(digest: str) -> dict[str, Any] | None:
    """The key that a stored secret belongs to, unless it is revoked, as JSON; notes now and then that it is used."""
    row = (
        ApiKeySecret.objects.filter(digest=digest, key__revoked_at=None)
        .values(
            "key_id", "expires_at", "key__verbs", "key__requests_per_minute", "key__expires_at", "key__last_used_at"
        )
        .annotate(scope_ids=ArrayAgg("key__scopes__scope_id"))
        .order_by("key_id")
        .first()
    )
    if row is None:
        return None
    _note_use(row["key_id"], row["key__last_used_at"])
    ends = [end.timestamp() for end in (row["expires_at"], row["key__expires_at"]) if end is not None]
    return {
        "key_id": str(row["key_id"]),
        "scope_ids": [str(scope_id) for scope_id in row["scope_ids"]],
        "verbs": row["key__verbs"],
        "requests_per_minute": row["key__requests_per_minute"],
        "until": min(ends, default=None),
    }


def _note_use(key_id: UUID, last_used_at: datetime | None) -> None:
    """Write the time of use down where what is written is old: at most once in some minutes, not at each request."""
    now = clock.system_now()
    if last_used_at is None or last_used_at < now - _LAST_USED_IS_EXACT_TO:
        ApiKey.objects.filter(id=key_id).update(last_used_at=now)


def _with_new_secret(key: ApiKey, *, older_until: datetime | None) -> IssuedApiKey:
    prefix = KEY_MARK + secrets.token_hex(_PREFIX_DIGITS // 2)
    raw = f"{prefix}_{secrets.token_hex(32)}"
    ApiKeySecret(key=key, prefix=prefix, digest=_digest(raw)).save(force_insert=True)
    shown = selectors.all_api_keys().get(id=key.id)
    return IssuedApiKey(key=selectors.api_key_view(shown), secret=raw, older_secret_until=older_until)


def _locked(access: Access, key_id: UUID) -> ApiKey:
    key = selectors.api_keys_managed_by(access).filter(id=key_id).first()
    if key is None:
        raise NotFound("There is no such key.")
    return ApiKey.objects.select_for_update(no_key=True).get(id=key.id)


def _require_manager(access: Access, scope_id: UUID) -> None:
    if access.allows(Permission.MANAGE_HOTEL, scope_id):
        return
    if access.allows(Permission.VIEW_HOTEL, scope_id):
        raise Denied("Keys are made by those who manage the hotel.")
    raise NotFound("There is no such hotel, or you are not of its staff.")


def _require_issuable(
    name: str, scope_ids: set[UUID], verbs: list[Verb], requests_per_minute: int, expires_at: datetime | None
) -> None:
    faults = []
    if not name.strip() or not policies.is_plain_name(name):
        faults.append(_fault("not_one_line", "A name is one line of text.", "/name"))
    if not 1 <= len(scope_ids) <= MOST_SCOPES:
        faults.append(_fault("out_of_range", f"1 to {MOST_SCOPES} hotels.", "/hotel_ids"))
    if not verbs:
        faults.append(_fault("empty", "At least one verb.", "/verbs"))
    if not 1 <= requests_per_minute <= MOST_REQUESTS_PER_MINUTE:
        faults.append(_fault("out_of_range", f"1 to {MOST_REQUESTS_PER_MINUTE}.", "/requests_per_minute"))
    if expires_at is not None and expires_at <= clock.system_now():
        faults.append(_fault("in_the_past", "It would be over before it begins.", "/expires_at"))
    if faults:
        raise Invalid("Some fields are not valid.", items=faults)


def _fault(code: str, detail: str, pointer: str) -> dict[str, Any]:
    return {"code": code, "detail": detail, "pointer": pointer}


def _digest(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()


def _name(digest: str) -> str:
    return f"api-key:{digest}"
