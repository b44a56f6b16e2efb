"""Keys and their stored answers. Used by the command runner alone: nothing else may write a record."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from apps.platform import clock, events
from apps.platform.db import RoundTrip, commit_with, fetch_one, lock_number, stream, uuid7
from apps.platform.errors import Invalid, Problem, by_code
from apps.platform.models import IdempotencyRecord

KEPT_FOR = timedelta(hours=72)
_WELL_FORMED = re.compile(r"[A-Za-z0-9_.:-]{1,255}")


class IdempotencyKeyRequired(Invalid):
    """A transition of a booking came without a key."""

    code = "idempotency_key_required"
    title = "An Idempotency-Key is required"
    cause = "Every request that moves a booking carries an `Idempotency-Key`, so that a retry cannot do it twice."
    remedy = "Make a fresh key for each intention (a UUID will do), send it, and keep it for retries of that intention."


class IdempotencyKeyInvalid(Invalid):
    """The key is malformed."""

    code = "idempotency_key_invalid"
    title = "The Idempotency-Key is malformed"
    cause = "A key is 1 to 255 characters of A-Z, a-z, 0-9, `_`, `.`, `:` and `-`, sent once, bare or in double quotes."
    remedy = "Send one well-formed key: a UUID will do."


class IdempotencyKeyReused(Problem):
    """The key has already served another command."""

    code = "idempotency_key_reused"
    title = "The Idempotency-Key belongs to another request"
    cause = "The same key came with another operation or other contents, and the first one keeps it."
    remedy = "Send this request with a fresh key; send the first one, unchanged, to see its outcome again."
    retry = "new_key"


class RequestInProgress(Problem):
    """The same key is at work this very moment."""

    code = "request_in_progress"
    title = "The same request is still running"
    cause = "A request with this key has not finished yet."
    remedy = "Send it again with the same key after `Retry-After` seconds: the answer will be that of the first."
    retry = "same_key"
    retry_after = 1


class IdempotencyKeyExpired(Problem):
    """The answer is no longer kept, but what it made stands."""

    code = "idempotency_key_expired"
    title = "The answer to this key is no longer kept"
    cause = "The key did its work more than 72 hours ago; its answer was pruned, its effect stands."
    remedy = "Read what it made at the `Location` of this answer. Use a fresh key for anything new."
    retry = "never"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a command: a stable code and the exact bytes of the answer.

    `refused` tells a stored refusal from an effect; `replayed` that this call found the outcome and did nothing.
    """

    code: str
    body: bytes
    etag: str = ""
    location: str = ""
    refused: bool = False
    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a key has made: the address of it."""

    principal: str
    key: str
    location: str


def require_well_formed(key: str | None, *, at_least: int = 1) -> str:
    """The key itself, without the double quotes that a structured header may put around it.

    :param at_least: how many characters it must have: where nothing else is secret about a request, the key has to be.

    :raises IdempotencyKeyRequired: if there is none.
    :raises IdempotencyKeyInvalid: if it is malformed.
    """
    if key is None:
        raise IdempotencyKeyRequired()
    bare = key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key
    if not _WELL_FORMED.fullmatch(bare):
        raise IdempotencyKeyInvalid()
    if len(bare) < at_least:
        raise IdempotencyKeyInvalid(f"Without an account the key has at least {at_least} characters: a UUID will do.")
    return bare


def ask(trip: RoundTrip, *, principal: str, key: str, fingerprint: str) -> Callable[[], Outcome | None]:
    """Let the question for the stored outcome of this key travel along; what is returned gives it, marked as replayed.

    :raises IdempotencyKeyReused: when it is called, if the key was used for another command.
    """
    rows = trip.add(_FIND, {"principal": principal, "key": key})

    def outcome() -> Outcome | None:
        for row in rows():
            if row["fingerprint"] != fingerprint:
                raise IdempotencyKeyReused()
            return Outcome(
                code=row["outcome"],
                body=bytes(row["body"]),
                etag=row["etag"],
                location=row["location"],
                refused=by_code(row["outcome"]) is not None,
                replayed=True,
            )
        return None

    return outcome


_FIND = """
SELECT fingerprint, outcome, body, etag, location
  FROM platform_idempotencyrecord WHERE principal = %(principal)s::text AND key = %(key)s::text
"""


def claim(*, principal: str, key: str, one_at_a_time: str = "") -> None:
    """Hold the key until the end of the transaction, so that a duplicate in flight is told to wait.

    :param one_at_a_time: a name for which only one transaction goes on past this line; others wait for its end.
    :raises RequestInProgress: if another transaction holds the key.
    """
    numbers = {
        "claim": _claim_number(principal, key),
        "name": lock_number(one_at_a_time) if one_at_a_time else None,
    }
    row = fetch_one(_CLAIM, numbers, prepared=True)
    if row is None or not row["claimed"]:
        raise RequestInProgress()


def _claim_number(principal: str, key: str) -> int:
    return lock_number(f"{principal}|{key}")


_CLAIM = """
SELECT CASE WHEN NOT pg_try_advisory_xact_lock(%(claim)s::bigint) THEN false
            WHEN %(name)s::bigint IS NULL THEN true
            ELSE (SELECT true FROM pg_advisory_xact_lock(%(name)s::bigint)) END AS claimed
"""


def settle(*, principal: str, key: str, fingerprint: str, outcome: Outcome, told: Sequence[events.Row] = ()) -> None:
    """Store the outcome with the events it tells, and commit the transaction of its effect: one round trip.

    :raises IntegrityError: where the key has an outcome already: a duplicate was faster, and nothing is committed.
    """
    record = _record(principal, key, fingerprint, outcome)
    if told:
        commit_with(_TELL_AND_SETTLE, record | events.parameters_of(told))
    else:
        commit_with(_SETTLE, record)


def settle_at_once(*, principal: str, key: str, fingerprint: str, outcome: Outcome) -> bool:
    """Claim the key and store an outcome that has no effect, and so needs no transaction: one statement.

    Returns False where the key has an outcome already, or another transaction holds it.
    """
    record = _record(principal, key, fingerprint, outcome) | {"claim": _claim_number(principal, key)}
    return fetch_one(_CLAIM_AND_SETTLE, record, prepared=True) is not None


def _record(principal: str, key: str, fingerprint: str, outcome: Outcome) -> dict[str, Any]:
    now = clock.system_now()
    return {
        "id": uuid7(),
        "principal": principal,
        "key": key,
        "fingerprint": fingerprint,
        "outcome": outcome.code,
        "body": outcome.body,
        "etag": outcome.etag,
        "location": outcome.location,
        "now": now,
        "expires": now + KEPT_FOR,
    }


_SETTLE = """
INSERT INTO platform_idempotencyrecord
       (id, principal, key, fingerprint, outcome, body, etag, location, created_at, expires_at)
SELECT %(id)s::uuid, %(principal)s::text, %(key)s::text, %(fingerprint)s::text, %(outcome)s::text, %(body)s::bytea,
       %(etag)s::text, %(location)s::text, %(now)s::timestamptz, %(expires)s::timestamptz
"""
_CLAIM_AND_SETTLE = f"""{_SETTLE}
 WHERE pg_try_advisory_xact_lock(%(claim)s::bigint)
    ON CONFLICT (principal, key) DO NOTHING
RETURNING id
"""
_TELL_AND_SETTLE = f"WITH told AS (INSERT INTO platform_outboxmessage {events.INSERTED_ROWS}) {_SETTLE}"


def effects_of(code: str) -> Iterator[Effect]:
    """What was made under every answer of this code that is still kept. Inside the caller's transaction."""
    rows = stream("SELECT principal, key, location FROM platform_idempotencyrecord WHERE outcome = %s", [code])
    return (Effect(**row) for row in rows)


def forget_bodies(*, principal: str, about: Sequence[UUID]) -> None:
    """Forget what the answers of a principal said, and those of anybody in which one of these ids stands.

    The keys stay used: a retry of one is answered with the empty object, and does nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE platform_idempotencyrecord SET body = '{}'::bytea
             WHERE principal = %(principal)s
                OR EXISTS (SELECT 1 FROM unnest(%(about)s::text[]) AS id WHERE position(id::bytea IN body) > 0)
            """,
            {"principal": principal, "about": [str(id_) for id_ in about]},
        )


def prune() -> int:
    """Forget the answers that are older than their time; returns how many. Effects keep their own unique keys."""
    removed, _ = IdempotencyRecord.objects.filter(expires_at__lt=clock.system_now()).delete()
    return removed
