"""Locks that thin the crowd. None of them is the truth: PostgreSQL alone decides who gets a room.

A resource is locked in Redis through python-redis-lock, outside any transaction, so that it is released after the
commit. One node today; a quorum over several is the same call.
"""

import hashlib
import logging
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from uuid import uuid4

import redis
import redis_lock
from django.conf import settings
from django.db import connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.platform.db import fetch_one
from apps.platform.errors import Unavailable

TTL_SECONDS = 10
PATIENCE_SECONDS = 0.15
NODE_TIMEOUT_SECONDS = 0.05

logger = logging.getLogger(__name__)


class StaleFence(Exception):
    """A later lock holder has been at work on the rows: the lock was lost on the way. Nothing was changed."""


class Busy(Exception):
    """Others hold the lock: look again whether what is fought for is still there, before waiting on."""


@contextmanager
def hold(resources: Sequence[str]) -> Iterator[bool]:
    """Hold all `resources` (or none) for the block; yields False where Redis is away and the work goes on without.

    Waits at most PATIENCE_SECONDS, so that no queue forms behind a lock whose prize is gone. No database transaction
    may be open: nobody holds rows while waiting for Redis.

    :raises Busy: if others hold them past that time.
    :raises Unavailable: if Redis is away and LOCK_WHEN_UNAVAILABLE says refuse.
    """
    _refuse_inside_transaction()
    names = sorted(set(resources))
    deadline = time.monotonic() + PATIENCE_SECONDS
    with ExitStack() as held:
        yield _acquire(held, names, deadline)


def _refuse_inside_transaction() -> None:
    # The same test as that of atomic(durable=True): the transaction that a TestCase wraps around a test does not count.
    if connection.atomic_blocks and not getattr(connection.atomic_blocks[-1], "_from_testcase", False):
        raise RuntimeError("locks are taken before the transaction, never inside it")


def _acquire(held: ExitStack, names: Sequence[str], deadline: float) -> bool:
    holder = uuid4().hex
    for name in names:
        # python-redis-lock: a Lock object is used once, without auto-renewal, and its expiry is whole seconds.
        lock = redis_lock.Lock(_node(), name, expire=TTL_SECONDS, id=holder)
        try:
            while not lock.acquire(blocking=False):
                if time.monotonic() >= deadline:
                    raise Busy()
                time.sleep(random.uniform(0.005, 0.03))  # noqa: S311 - jitter, not a secret
        except redis.RedisError as error:
            held.close()
            go_without(because=type(error).__name__)
            return False
        held.callback(_release, lock)
    return True


def go_without(*, because: str) -> None:
    """Note that the work goes on without a lock that cannot be had: PostgreSQL decides all the same.

    :raises Unavailable: if LOCK_WHEN_UNAVAILABLE says refuse.
    """
    if settings.LOCK_WHEN_UNAVAILABLE == "refuse":
        raise Unavailable("The lock on these rooms cannot be had.")
    logger.warning("lock not to be had (%s), going on without", because)


def _release(lock: redis_lock.Lock) -> None:
    try:
        lock.release()
    except (redis_lock.NotAcquired, redis.RedisError):
        # Expired, or Redis is away: the lock ends by itself after TTL_SECONDS.
        logger.info("lock was not released in time")


@cache
def _node() -> redis.Redis:
    """The client of the lock node: it fails at once, where redis-py by itself would try for seconds."""
    return redis.Redis.from_url(
        settings.LOCK_REDIS_URLS[0],
        socket_timeout=NODE_TIMEOUT_SECONDS,
        socket_connect_timeout=NODE_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def next_fence() -> int:
    """A fencing token: larger than every earlier one, even when every Redis node has forgotten everything."""
    row = fetch_one("SELECT nextval('platform_fence') AS token")
    return int(row["token"]) if row else 0


def serialize(name: str) -> None:
    """Let only one transaction at a time go on past this line for `name`; held until its end."""
    digest = hashlib.sha256(name.encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])
