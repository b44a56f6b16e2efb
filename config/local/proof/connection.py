"""A kept connection to the platform, as a client without any library of ours has one."""

import http.client
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from config.local.ports import HOST

PATIENCE_SECONDS = 30


class Unanswered(Exception):
    """No answer came: the connection was refused, reset or ran out of time. What became of the request is unknown."""


class Connection:
    """A connection, opened again after it was lost; for one thread.

    To several ports it is one connection each, and the requests go to them in turn, past those that refuse.
    """

    def __init__(self, *ports: int) -> None:
        self._connections = deque(http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS) for port in ports)

    def post(
        self, path: str, body: Mapping[str, Any], *, token: str = "", key: str = "", revision: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of the answer.

        :param revision: the one that is to be changed, of what has several.
        :raises Unanswered: if none came.
        """
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        if revision:
            headers["If-Match"] = f'"{revision}"'
        return self._ask("POST", path, json.dumps(body), headers)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of what anybody may read.

        :raises Unanswered: if no answer came.
        """
        return self._ask("GET", path, None, {"Accept": "application/json"})

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection = self._next_open()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unanswered(type(error).__name__) from error

    def _next_open(self) -> http.client.HTTPConnection:
        """The next connection in turn that is open or can be opened.

        :raises Unanswered: if there is none.
        """
        for _ in range(len(self._connections)):
            connection = self._connections[0]
            self._connections.rotate(-1)
            try:
                if connection.sock is None:
                    connection.connect()
            except OSError as error:
                refusal: OSError = error
            else:
                return connection
        raise Unanswered(type(refusal).__name__) from refusal
