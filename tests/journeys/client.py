"""A client of the HTTP interface as a newcomer would write one: the standard library and nothing of ours."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Any, TypeVar
from uuid import uuid4

T = TypeVar("T")
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Signs in once and then sends its token with every request."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._token = ""

    def sign_in(self, email: str, password: str) -> None:
        answer = self.post("/api/v1/auth/token", {"email": email, "password": password})
        self._token = answer.json()["access"]

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None, {})

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        return self._send("POST", path, body if body is not None else {}, headers)

    def act(self, path: str, body: Any = None) -> Answer:
        """A transition with a fresh key."""
        return self.post(path, body, key=uuid4().hex)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        if body is not None:
            headers = headers | {"Content-Type": "application/json"}
        if self._token:
            headers = headers | {"Authorization": f"Bearer {self._token}"}
        return self.send(method, path, json.dumps(body).encode() if body is not None else None, headers)

    def send(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        """Exactly this request, without a token of its own."""
        request = urllib.request.Request(self._url + path, data=data, method=method, headers=headers)
        try:
            with _direct.open(request, timeout=30) as response:
                return Answer(status=response.status, headers=response.headers, content=response.read())
        except urllib.error.HTTPError as error:
            return Answer(status=error.code, headers=error.headers, content=error.read())


def until(condition: Callable[[], T], *, seconds: float = 20) -> T:
    """The first true value of `condition`, asked again and again; the test fails when it does not come in time."""
    limit = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < limit, f"not within {seconds} s"
        time.sleep(0.05)
