"""The local payment provider in a process of its own, and a letter box that keeps what it tells."""

import json
import os
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from config.local import programs
from config.local.payments.messages import signed
from config.local.ports import HOST, free_port
from config.local.stack import Stack
from tests.stack import BASE_DIR

SECRET = "shared by the tests and their provider"
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Told:
    """A message of the provider as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def payment(self) -> dict[str, Any]:
        payment: dict[str, Any] = json.loads(self.body)["data"]["payment"]
        return payment

    @property
    def type(self) -> str:
        return str(json.loads(self.body)["type"])


@dataclass(kw_only=True)
class LocalProvider:
    """The running provider: what it knows, what it told, and what a guest does on its page."""

    url: str
    stack: Stack
    told: list[Told] = field(default_factory=list)

    def knows(self, payment_id: UUID | str) -> dict[str, Any]:
        """What the provider knows of a payment."""
        found = [payment for payment in self._payments() if payment["client_reference"] == str(payment_id)]
        assert len(found) == 1
        return found[0]

    def has(self, payment_id: UUID | str) -> bool:
        return any(payment["client_reference"] == str(payment_id) for payment in self._payments())

    def _payments(self) -> list[dict[str, Any]]:
        request = urllib.request.Request(f"{self.url}/v1/payments", headers={"Authorization": f"Bearer {SECRET}"})
        with _direct.open(request, timeout=10) as response:
            payments: list[dict[str, Any]] = json.loads(response.read())["payments"]
            return payments

    def answer(self, action_url: str, answer: str) -> None:
        """The guest presses a button on the provider's page."""
        with _direct.open(action_url, data=f"answer={answer}".encode(), timeout=10) as response:
            assert response.status == 200

    def messages(self, payment_id: UUID | str, *, number: int = 1, kind: str = "") -> list[Told]:
        """What was told of a payment, once it is so much."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            of_payment = [
                one
                for one in list(self.told)
                if one.payment["client_reference"] == str(payment_id) and kind in ("", one.type)
            ]
            if len(of_payment) >= number:
                return of_payment
            time.sleep(0.02)
        raise AssertionError(f"the provider has not told {number} things of {payment_id}")

    def message(self, payment: dict[str, Any], *, event_id: str, at: int | None = None, **changes: Any) -> Told:
        """A message that the provider could send: signed, and saying what the test wants."""
        kind = changes.get("state", payment["state"])
        body = json.dumps({"type": f"payment.{kind}", "data": {"payment": payment | changes}}).encode()
        return Told(headers=signed(SECRET, event_id, body, at=at), body=body)


@contextmanager
def local_provider() -> Iterator[LocalProvider]:
    """The provider runs for the block; what it tells is kept."""
    told: list[Told] = []

    class LetterBox(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.append(Told(headers={name: headers[name] for name in headers if "webhook" in name}, body=body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    box = ThreadingHTTPServer((HOST, 0), LetterBox)
    threading.Thread(target=box.serve_forever, daemon=True).start()
    port = free_port()
    program = programs.payments(port=port, webhook=f"http://{HOST}:{box.server_port}/")
    environment = {**os.environ, "PAYMENT_PROVIDER_SECRET": SECRET}
    with Stack([program], environment=environment, folder=BASE_DIR) as stack:
        yield LocalProvider(url=f"http://{HOST}:{port}", stack=stack, told=told)
    box.shutdown()
    box.server_close()
