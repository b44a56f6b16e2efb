"""Locks that thin the crowd. None of them is the truth: PostgreSQL alone decides who gets a room.

A resource is locked on a majority of the lock nodes (quorum.py), outside any transaction, so that it is released after
the commit.
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from apps.platform import quorum
from apps.platform.db import fetch_one, lock_number, require_no_transaction
from apps.platform.errors import Unavailable

PATIENCE_SECONDS = 0.15

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
    :raises Unavailable: if no majority answers and LOCK_WHEN_UNAVAILABLE says refuse.
    """
    require_no_transaction("locks are taken")
    held = _acquire(sorted(set(resources)))
    try:
        yield held is not None
    finally:
        if held is not None:
            held.release()


def _acquire(names: Sequence[str]) -> quorum.Round | None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    nodes = quorum.nodes_at(tuple(settings.LOCK_REDIS_URLS))
    while True:
        votes = quorum.Round(nodes)
        try:
            if votes.won(names, ttl_seconds=settings.LOCK_TTL_SECONDS):
                return votes
        except quorum.TooFewNodes as error:
            go_without(because=str(error))
            return None
        if time.monotonic() >= deadline:
            raise Busy()
        time.sleep(random.uniform(0.005, 0.03))  # noqa: S311 - jitter, not a secret


def go_without(*, because: str) -> None:
    """Note that the work goes on without a lock that cannot be had: PostgreSQL decides all the same.

    :raises Unavailable: if LOCK_WHEN_UNAVAILABLE says refuse.
    """
    if settings.LOCK_WHEN_UNAVAILABLE == "refuse":
        raise Unavailable("The lock on these rooms cannot be had.")
    logger.warning("lock not to be had (%s), going on without", because)


def next_fence() -> int:
    """A fencing token: larger than every earlier one, even when every Redis node has forgotten everything."""
    row = fetch_one("SELECT nextval('platform_fence') AS token")
    return int(row["token"]) if row else 0


def serialize(name: str) -> None:
    """Let only one transaction at a time go on past this line for `name`; held until its end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number(name)])
