"""Lock holders that come too late: stopped with the lock and its token in hand, outrun by another holder, let go on."""

import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

from config.local.errors import LocalServersError
from config.local.processes import send, wait_until
from config.local.proof.checker import NO_ROOMS_LEFT
from config.local.proof.clients import Clients, Order
from config.local.proof.connection import Connection
from config.local.proof.failpoints import LOCK
from config.local.proof.fences import fence_of
from config.local.proof.ground import Ground
from config.local.proof.history import Event
from config.local.proof.web_servers import WebServer, another_web_server

REFUSED_BY_THE_FENCE = "a later lock holder was faster: once more"
"""What the platform logs when the fence has refused a write."""

_TTL_SECONDS = 1
_PATIENCE_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Late:
    """What became of a holder that another one has outrun."""

    refused: bool
    """The fence has refused its first write."""
    is_right: bool
    """It got a room if one was left, and the night's token did not go back."""


@dataclass(frozen=True, kw_only=True)
class LateWeb:
    """A second web server on the same platform; its locks end after a second."""

    ground: Ground
    web: WebServer

    def outrun(self, clients: Clients, room_type: str, *, day: int) -> Late | None:
        """Stop a holder here, let another one book on the first web server, and let this one go on.

        :return: None if one of them got no lock, so that there was nothing to outrun.
        """
        log, order = self.ground.log.length(), clients.book(clients.stay(room_type, day=day))
        night = order.value["arrival"]
        self.web.failpoints.arm(LOCK, signal.SIGSTOP)
        with ThreadPoolExecutor(max_workers=1) as pool:
            asked = pool.submit(_attempt, clients, order, self.web.port)
            stopped = self._stopped(asked)
            if stopped is None:
                return None
            try:
                self._wait_for_the_end_of_lock(room_type)
                winner = _attempt(clients, clients.book(order.value), self.ground.port)
                fence = fence_of(self.ground, room_type, night)
            finally:
                send(stopped, signal.SIGCONT)
            loser = asked.result()
        if winner.type != "ok" or not fence:
            return None
        return Late(
            refused=wait_until(lambda: self.ground.log.count(REFUSED_BY_THE_FENCE, since=log) > 0, seconds=2),
            is_right=fence_of(self.ground, room_type, night) >= fence
            and (loser.type == "ok" or loser.code == NO_ROOMS_LEFT)
            and (loser.type == "ok") == (self.ground.capacities[room_type] > 1),
        )

    def _stopped(self, asked: Future[Event]) -> int | None:
        """The process that stands still with the lock; None if the answer came without one."""
        wait_until(lambda: asked.done() or self.web.failpoints.struck(LOCK) is not None, seconds=_PATIENCE_SECONDS)
        return self.web.failpoints.struck(LOCK)

    def _wait_for_the_end_of_lock(self, room_type: str) -> None:
        resource = f"room-type:{room_type}"
        nodes = self.ground.lock_nodes
        if not wait_until(lambda: not any(node.holds(resource) for node in nodes), seconds=_PATIENCE_SECONDS):
            raise LocalServersError("A lock does not end.")


@contextmanager
def late_web(ground: Ground) -> Iterator[LateWeb]:
    """A second web server for the block."""
    with another_web_server(ground, environment={"LOCK_TTL_SECONDS": str(_TTL_SECONDS)}) as web:
        yield LateWeb(ground=ground, web=web)


def _attempt(clients: Clients, order: Order, port: int) -> Event:
    with closing(Connection(port)) as connection:
        return clients.attempt(connection, order, process=f"port-{port}")
