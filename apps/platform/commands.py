"""The one command runner: key, lock, fence, durable transaction, bounded retry and the settling of the answer.

A use case is a plain function (the core) that the runner calls inside its transaction: it changes rows, publishes
events and returns an Answer, or raises a Problem. Cores call other cores; nobody else opens a durable transaction.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction

from apps.platform import canonical, events, idempotency, locks
from apps.platform.db import RoundTrip, is_outage, is_rolled_back, require_no_transaction
from apps.platform.errors import Problem, Unavailable
from apps.platform.idempotency import Outcome, RequestInProgress

TRANSACTION_TRIES = 4
FENCE_TRIES = 2
LOCK_WAIT_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Command(Protocol):
    """A frozen dataclass that says all that a use case needs: its fields and `operation` make the fingerprint."""

    operation: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a core returns: a stable code and a frozen view dataclass, whose JSON becomes the stored bytes."""

    code: str
    view: Any
    etag: str = ""
    location: str = ""


@dataclass(frozen=True, kw_only=True)
class Contention:
    """What a plain read, before any lock, tells of the rows that the core will want.

    :param resources: names of the locks, one for each thing that is fought for.
    :param scarce: whether a race is likely enough to be worth the lock.
    :param refusal: the refusal that is certain already; it is stored without a lock and without the core.
    """

    resources: Sequence[str] = ()
    scarce: bool = False
    refusal: Problem | None = None


Core = Callable[[int | None], Answer]
"""Called with the fencing token of the lock, or None where none is held."""

LookAhead = Callable[[RoundTrip], Callable[[], Contention]]
"""Lets its read travel along, and returns what makes the contention of the rows when they are there."""


def look_nowhere(_: RoundTrip) -> Callable[[], Contention]:
    """The look ahead of a core for whose rows nobody fights."""
    return Contention


def run(
    command: Command,
    *,
    principal: str,
    key: str,
    core: Core,
    look_ahead: LookAhead = look_nowhere,
    one_at_a_time: str = "",
) -> Outcome:
    """Carry out `command` exactly once for (principal, key), and return its outcome: the first one, also on a retry.

    A refusal of a kind that is `stored` is an outcome too and comes back as one. Others are raised and leave nothing.

    :param one_at_a_time: a name; cores that give the same one run one after the other.
    :raises IdempotencyKeyReused: if the key belongs to another command.
    :raises RequestInProgress: if the same key is at work elsewhere.
    :raises Unavailable: if locks or the database did not let it through; the same key tells the truth later.
    """
    require_no_transaction("commands begin")
    key = idempotency.require_well_formed(key)
    run_once = _Run(
        principal=principal,
        key=key,
        fingerprint=canonical.fingerprint(command.operation, command),
        core=core,
        look_ahead=look_ahead,
        one_at_a_time=one_at_a_time,
    )
    return run_once.outcome()


@dataclass(frozen=True, kw_only=True)
class _Run:
    principal: str
    key: str
    fingerprint: str
    core: Core
    look_ahead: LookAhead
    one_at_a_time: str

    def outcome(self) -> Outcome:
        """The stored outcome, or that of doing it now; the first look ahead travels with the question for the key."""
        trip = RoundTrip()
        find, look = self.ask(trip), self.look_ahead(trip)
        return find() or self.until_settled(look)

    def ask(self, trip: RoundTrip) -> Callable[[], Outcome | None]:
        return idempotency.ask(trip, principal=self.principal, key=self.key, fingerprint=self.fingerprint)

    def find(self) -> Outcome | None:
        return self.ask(RoundTrip())()

    def until_settled(self, look: Callable[[], Contention]) -> Outcome:
        """Look, lock, act; look again whenever others were faster, within a bounded time."""
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        stale, with_lock = 0, True
        while stale < FENCE_TRIES:
            try:
                contention = look()
                if contention.refusal is not None:
                    return self.refuse(contention.refusal)
                return self.under_lock(contention) if with_lock else self.in_transaction(None)
            except locks.Busy:
                # Past the wait, a holder is slow or dead: PostgreSQL decides without the lock as well as with it.
                if time.monotonic() >= deadline:
                    locks.go_without(because="held by others for too long")
                    with_lock = False
            except locks.StaleFence:
                stale += 1
                logger.warning("a later lock holder was faster: once more")
            except Problem as refusal:
                if not refusal.stored:
                    return self.unless_settled(refusal)
                return self.refuse(refusal)
            look = self.look_ahead(RoundTrip())
        raise Unavailable()

    def under_lock(self, contention: Contention) -> Outcome:
        policy = settings.LOCK_POLICY
        with ExitStack() as lock:
            token = None
            wanted = policy == "always" or (policy == "scarce" and contention.scarce)
            if wanted and contention.resources and lock.enter_context(locks.hold(contention.resources)):
                token = locks.next_fence()
            return self.in_transaction(token)

    def unless_settled(self, refusal: Problem) -> Outcome:
        """The outcome of a duplicate that was faster, for whose effect ours was refused; else the refusal itself."""
        stored = self.find()
        if stored is None:
            raise refusal
        return stored

    def refuse(self, refusal: Problem) -> Outcome:
        """Store a refusal, so that a delayed duplicate of the request cannot act on it later. One statement does it."""
        outcome = Outcome(code=refusal.code, body=canonical.encode(refusal.members()), refused=True)

        def record() -> Outcome:
            if not idempotency.settle_at_once(outcome=outcome, **self.key_of_outcome):
                raise _Settled()
            return outcome

        return self.tried(record)

    def in_transaction(self, token: int | None) -> Outcome:
        """Run the core and store its answer, both or neither."""

        def effect() -> Outcome:
            with transaction.atomic(durable=True):
                idempotency.claim(principal=self.principal, key=self.key, one_at_a_time=self.one_at_a_time)
                with events.collected() as told:
                    answer = self.core(token)
                body = canonical.encode(answer.view)
                outcome = Outcome(code=answer.code, body=body, etag=answer.etag, location=answer.location)
                idempotency.settle(outcome=outcome, told=told, **self.key_of_outcome)
            return outcome

        return self.tried(effect)

    @property
    def key_of_outcome(self) -> dict[str, str]:
        return {"principal": self.principal, "key": self.key, "fingerprint": self.fingerprint}

    def tried(self, work: Callable[[], Outcome]) -> Outcome:
        """Do it again where PostgreSQL has provably rolled it back, a bounded number of times."""
        for attempt in range(TRANSACTION_TRIES):
            try:
                return work()
            except (_Settled, IntegrityError) as duplicate:
                # It committed between our first look and our claim: our effect is rolled back, its answer is there.
                stored = self.find()
                if stored is not None:
                    return stored
                if isinstance(duplicate, _Settled):
                    raise RequestInProgress() from None
                raise
            except DatabaseError as error:
                if is_rolled_back(error):
                    logger.info("transaction rolled back by PostgreSQL, try %s", attempt + 1)
                    time.sleep(random.uniform(0.005, 0.05) * (attempt + 1))  # noqa: S311 - jitter, not a secret
                elif is_outage(error):
                    raise Unavailable("The database did not confirm: the outcome is known on the next try.") from error
                else:
                    raise
        raise Unavailable()


class _Settled(Exception):
    """The key has an outcome already, or is about to get one."""
