"""An ear on the wire to PostgreSQL: round trips are counted where they happen, whatever a driver calls a statement."""

import select
import socket
import threading
from types import TracebackType
from typing import Self

from config.local.ports import HOST


class Wire:
    """A proxy in front of a server. `round_trips` counts how often a client spoke after the server had answered it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.round_trips = 0
        self._address = address
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._address) as server:
            other = {client: server, server: client}
            server_spoke = True
            while True:
                for end in select.select(list(other), [], [])[0]:
                    try:
                        said = end.recv(65_536)
                        if not said:
                            return
                        if end is client and server_spoke:
                            self.round_trips += 1
                        server_spoke = end is server
                        other[end].sendall(said)
                    except OSError:
                        return
