"""An ear on the wire to PostgreSQL: round trips are counted where they happen, whatever a driver calls a statement."""

import select
import socket
import threading
from types import TracebackType
from typing import Self

from config.local.ports import HOST

# What comes ahead of the messages with a type: requests for encryption, and the one that names user and database.
_ENCRYPTION_REQUESTS = {80877103, 80877104}
_STATEMENTS = b"QE"  # Query and Execute


class _Messages:
    """The statements in what a client of PostgreSQL sends (PostgreSQL's documentation, "Message Formats")."""

    def __init__(self) -> None:
        self._pending = b""
        self._has_introduced_itself = False

    def statements_in(self, said: bytes) -> int:
        """How many statements are complete with these bytes."""
        self._pending += said
        found = 0
        while True:
            head = 1 if self._has_introduced_itself else 0
            if len(self._pending) < head + 4:
                return found
            length = head + int.from_bytes(self._pending[head : head + 4])
            if len(self._pending) < length:
                return found
            message, self._pending = self._pending[:length], self._pending[length:]
            if head:
                found += message[:1] in _STATEMENTS
            else:
                self._has_introduced_itself = int.from_bytes(message[4:8]) not in _ENCRYPTION_REQUESTS


class Wire:
    """A proxy in front of PostgreSQL. It counts the statements of all its clients, BEGIN and COMMIT included, and
    their round trips: how often a client spoke after the server had answered it.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self.round_trips = 0
        self.statements = 0
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
            server_spoke, messages = True, _Messages()
            while True:
                for end in select.select(list(other), [], [])[0]:
                    try:
                        said = end.recv(65_536)
                        if not said:
                            return
                        if end is client and server_spoke:
                            self.round_trips += 1
                        if end is client:
                            self.statements += messages.statements_in(said)
                        server_spoke = end is server
                        other[end].sendall(said)
                    except OSError:
                        return
