"""The lock nodes of the proof: Valkey servers that know nothing of each other, and the ways to hurt them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.local.errors import LocalServersError
from config.local.processes import send
from config.local.state import StateFile
from config.local.valkey import Valkey


class LockNode:
    """One of them, always at the same address. It keeps nothing on disk: a restart forgets every lock."""

    def __init__(self, folder: Path) -> None:
        """Name the node of a folder; nothing is started."""
        self._folder = folder
        self._server = Valkey(folder, StateFile(folder / "state.json"), durable=False)
        self.url = ""

    def start(self) -> None:
        """Start the node, empty, unless it runs.

        :raises LocalServersError: if it came back at another address, because a stranger had taken the old one.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        before, self.url = self.url, self._server.start()
        if before not in {"", self.url}:
            raise LocalServersError("A lock node came back on another port.")

    def stop(self) -> None:
        # A paused process would hear of the end only when it goes on.
        self._signal(signal.SIGCONT)
        self._server.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The node is frozen for the block: it takes connections, and answers nobody."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def forget(self) -> None:
        """Forget every lock at once, as a node that was restarted has."""
        with self._client() as client:
            client.flushall()

    def holds(self, resource: str) -> bool:
        """Whether the lock on this resource is taken here."""
        with self._client() as client:
            return bool(client.exists(f"lock:{resource}"))

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=10, retry=Retry(NoBackoff(), 0))

    def _signal(self, number: signal.Signals) -> None:
        pid = self._server.pid()
        if pid is not None:
            send(pid, number)
