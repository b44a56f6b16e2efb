"""The wire between Django and PostgreSQL, with an ear on it: round trips are counted where they happen."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


class Wire:
    """A proxy for one connection. `round_trips` counts how often the client spoke after the server had answered."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.round_trips = 0
        self._server = socket.create_connection(address)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._carry, daemon=True).start()

    def _carry(self) -> None:
        client, _ = self._listening.accept()
        self._listening.close()
        other = {client: self._server, self._server: client}
        server_spoke = True
        while True:
            for end in select.select(list(other), [], [])[0]:
                said = end.recv(65_536)
                if not said:
                    client.close()
                    self._server.close()
                    return
                if end is client and server_spoke:
                    self.round_trips += 1
                server_spoke = end is not client
                other[end].sendall(said)


@contextmanager
def tapped_wire() -> Iterator[Wire]:
    """The default connection goes over a wire of this block's own."""
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    wire = Wire((host, int(port)))
    connection.close()
    connection.settings_dict["PORT"] = wire.port
    try:
        yield wire
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
