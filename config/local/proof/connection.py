"""A kept connection to the platform, as a client without any library of ours has one."""

import http.client
import json
from collections.abc import Mapping
from typing import Any

from config.local.ports import HOST

PATIENCE_SECONDS = 30


class Unanswered(Exception):
    """No answer came: the connection was refused, reset or ran out of time. What became of the request is unknown."""


class Connection:
    """One connection, opened again after it was lost; for one thread."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)

    def post(self, path: str, body: Mapping[str, Any], *, token: str = "", key: str = "") -> tuple[int, bytes]:
        """Status and body of the answer.

        :raises Unanswered: if none came.
        """
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        try:
            self._connection.request("POST", path, json.dumps(body), headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unanswered(type(error).__name__) from error

    def close(self) -> None:
        self._connection.close()
