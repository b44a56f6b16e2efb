"""Redlock over independent Redis nodes: a lock is held where a majority of them says so. One node is a majority of one.

Each node is asked through python-redis-lock; what that library does not do is here: asking all nodes side by side,
counting votes, the time that is left of a lock, giving back on every node, and leaving a silent node alone for a while.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any
from uuid import uuid4

import redis
import redis_lock

from apps.platform.nodes import Node, node_at

NODE_TIMEOUT_SECONDS = 0.05
# As Redlock has it: clocks of nodes run differently by up to a hundredth, and Redis expires to the millisecond.
DRIFT_SHARE = 0.01
DRIFT_SECONDS = 0.002
# Eight requests of one process ask five nodes at a time, and none waits for a thread. They are started when needed.
THREADS = 32

logger = logging.getLogger(__name__)


class TooFewNodes(Exception):
    """No majority can come about: too many nodes are silent. What others granted has been given back."""


def nodes_at(urls: tuple[str, ...]) -> tuple[Node, ...]:
    """The nodes at these addresses, with the same clients and breakers at each call. An address counts once."""
    return tuple(node_at(url, timeout_seconds=NODE_TIMEOUT_SECONDS) for url in dict.fromkeys(urls))


class Round:
    """One try to lock all names on a majority of the nodes. It is used once."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._total = len(nodes)
        self._votes = [_Vote(node) for node in nodes if node.may_be_asked()]

    def won(self, names: Sequence[str], *, ttl_seconds: int) -> bool:
        """Whether a majority grants all names, with time left to use them; else everything is given back.

        :raises TooFewNodes: if fewer than a majority of the nodes answer.
        """
        granted = False
        try:
            granted = self._is_granted(names, ttl_seconds)
        finally:
            if not granted:
                self.release()
        return granted

    def _is_granted(self, names: Sequence[str], ttl_seconds: int) -> bool:
        # A holder of this round only: what an earlier one could not give back is not taken for its own.
        holder = uuid4().hex
        asked_at = time.monotonic()
        _side_by_side([partial(vote.ask, names, holder, ttl_seconds) for vote in self._votes])
        majority = self._total // 2 + 1
        answered = sum(vote.answered for vote in self._votes)
        if answered < majority:
            raise TooFewNodes(f"{answered} of {self._total} lock nodes answer")
        left = ttl_seconds - (time.monotonic() - asked_at) - (ttl_seconds * DRIFT_SHARE + DRIFT_SECONDS)
        return left > 0 and sum(vote.granted for vote in self._votes) >= majority

    def release(self) -> None:
        """Give back on every node that was asked, also where it failed to answer: it may have granted all the same."""
        _side_by_side([vote.give_back for vote in self._votes if vote.locks])


class _Vote:
    """What one node says in one round, and the locks that may be ours there."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.granted = False
        self.answered = False
        self.locks: list[Any] = []

    def ask(self, names: Sequence[str], holder: str, ttl_seconds: int) -> None:
        """Take all names, or stop at the first that is refused: a node that grants only some is no vote for any."""
        try:
            self.granted = all(self._take(name, holder, ttl_seconds) for name in names)
        except redis.RedisError as error:
            self._node.has_failed(error)
        else:
            self.answered = True
            self._node.has_answered()

    def _take(self, name: str, holder: str, ttl_seconds: int) -> bool:
        # python-redis-lock: a Lock object is used once, without auto-renewal, and its expiry is whole seconds.
        lock = redis_lock.Lock(self._node.client, name, expire=ttl_seconds, id=holder)
        # Noted before the answer: it can get lost on the way back.
        self.locks.append(lock)
        if lock.acquire(blocking=False):
            return True
        self.locks.remove(lock)
        return False

    def give_back(self) -> None:
        for lock in self.locks:
            try:
                lock.release()
            except redis_lock.NotAcquired:
                logger.info("a lock was no longer held when it was released")
            except redis.RedisError as error:
                # It ends by itself when its time is over.
                self._node.has_failed(error)


def _side_by_side(jobs: Sequence[Callable[[], None]]) -> None:
    """Do all jobs at the same time, the last one in this thread: a single one costs no thread."""
    if not jobs:
        return
    *others, own = jobs
    futures = [_threads().submit(job) for job in others]
    own()
    for future in futures:
        future.result()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="lock-node")


# Threads do not survive a fork: a child that took over the pool would wait for ever.
os.register_at_fork(after_in_child=_threads.cache_clear)
