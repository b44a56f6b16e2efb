"""A Redis that may be away: it is asked once, waits are short, and after a failure it is left alone for a while."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

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
        self._kept = threading.local()

    def asked(self, question: Callable[[redis.Redis], _Answer]) -> _Answer | None:
        """What the node says; None where it does not answer, or has not lately."""
        return self._tried(lambda: question(self.client))

    def told(self, *commands: tuple[str | int, ...]) -> list[Any] | None:
        """Its replies to commands that go out together, for what every request asks; None as above.

        A client would fetch a connection from its pool each time, see whether it lives and write down what it does,
        all of which costs several times the command. Here a thread keeps its connection, and opens it anew after the
        node has closed it.
        """
        return self._tried(lambda: self._replies(commands))

    def _replies(self, commands: Sequence[tuple[str | int, ...]]) -> list[Any]:
        connection = self._connection()
        was_open = connection.is_connected
        try:
            return _talk(connection, commands)
        except redis.TimeoutError:
            raise
        except redis.ConnectionError:
            if not was_open:
                raise
            return _talk(connection, commands)

    def _connection(self) -> redis.Connection:
        """That of this thread, in this process: after a fork nobody shares one."""
        if getattr(self._kept, "process", None) != os.getpid():
            self._kept.connection = self.client.connection_pool.make_connection()
            self._kept.process = os.getpid()
        connection: redis.Connection = self._kept.connection
        return connection

    def _tried(self, work: Callable[[], _Answer]) -> _Answer | None:
        if not self.may_be_asked():
            return None
        try:
            answer = work()
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


def _talk(connection: Any, commands: Sequence[tuple[str | int, ...]]) -> list[Any]:
    try:
        connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        return [connection.read_response() for _ in commands]
    except BaseException:
        # Replies may still be on their way, and are those of nobody else.
        connection.disconnect()
        raise


@lru_cache(maxsize=16)
def node_at(url: str, *, timeout_seconds: float) -> Node:
    """The node at this address, with the same client and breaker at each call in this process."""
    return Node(url, timeout_seconds=timeout_seconds)
