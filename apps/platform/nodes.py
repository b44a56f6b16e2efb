"""A Redis that may be away: it is asked once, waits are short, and after a failure it is left alone for a while."""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

BREAK_SECONDS = 1.0

_Answer = TypeVar("_Answer")

logger = logging.getLogger(__name__)


class Node:
    """One node: a client that fails at once, and a breaker that leaves the node alone after a failure."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        # redis-py by itself would try for seconds.
        self.client: redis.Redis = redis.Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )
        self._left_alone_until = 0.0

    def asked(self, question: Callable[[redis.Redis], _Answer]) -> _Answer | None:
        """What the node says; None where it does not answer, or has not lately."""
        if not self.may_be_asked():
            return None
        try:
            answer = question(self.client)
        except redis.RedisError as error:
            self.has_failed(error)
            return None
        self.has_answered()
        return answer

    def may_be_asked(self) -> bool:
        """Whether it is worth a try. After a failure that is one caller in BREAK_SECONDS, until the node answers."""
        now = time.monotonic()
        if now < self._left_alone_until:
            return False
        if self._left_alone_until:
            self._left_alone_until = now + BREAK_SECONDS
        return True

    def has_answered(self) -> None:
        self._left_alone_until = 0.0

    def has_failed(self, error: redis.RedisError) -> None:
        self._left_alone_until = time.monotonic() + BREAK_SECONDS
        where = self.client.get_connection_kwargs()
        logger.warning(
            "Redis at %s:%s does not answer (%s): left alone for %s s",
            where.get("host"),
            where.get("port"),
            type(error).__name__,
            BREAK_SECONDS,
        )


@lru_cache(maxsize=16)
def node_at(url: str, *, timeout_seconds: float) -> Node:
    """The node at this address, with the same client and breaker at each call in this process."""
    return Node(url, timeout_seconds=timeout_seconds)
