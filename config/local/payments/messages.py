"""What the local provider tells the platform: signed, again and again until it is heard, and as the card wants it."""

import base64
import hashlib
import heapq
import hmac
import itertools
import json
import secrets
import threading
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

from config.local.payments.cards import card_of
from config.local.payments.ledger import Entry

_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 15.0, 15.0, 30.0, 30.0)
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class _Message:
    event_id: str
    body: bytes
    tries: int = 0


class Messenger:
    """Sends messages from a thread of its own, in the order of when they are due."""

    def __init__(self, *, url: str, secret: str) -> None:
        self._url, self._secret = url, secret
        self._due: list[tuple[float, int, _Message]] = []
        self._number = itertools.count()
        self._changed = threading.Condition()

    def tell(self, entry: Entry, shown: dict[str, Any]) -> None:
        """Let a change be told, as often and as late as its card says."""
        card = card_of(entry.method)
        if card is None:
            return
        body = json.dumps({"type": f"payment.{entry.state}", "data": {"payment": shown}}).encode()
        message = _Message(event_id=f"evt_{secrets.token_hex(8)}", body=body)
        for copy in range(card.tells):
            self._send_at(time.time() + card.tells_after + copy * 0.05, message)

    def work(self) -> None:
        """Send what is due, for ever."""
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.time():
                    self._changed.wait(self._due[0][0] - time.time() if self._due else None)
                _, _, message = heapq.heappop(self._due)
            self._send(message)

    def _send(self, message: _Message) -> None:
        headers = signed(self._secret, message.event_id, message.body)
        request = urllib.request.Request(  # noqa: S310 - the platform on this machine
            self._url, data=message.body, headers={"Content-Type": "application/json", **headers}
        )
        try:
            with _direct.open(request, timeout=10) as response:
                response.read()
        except OSError:
            if message.tries < len(_PAUSES):
                again = _Message(event_id=message.event_id, body=message.body, tries=message.tries + 1)
                self._send_at(time.time() + _PAUSES[message.tries], again)

    def _send_at(self, when: float, message: _Message) -> None:
        with self._changed:
            heapq.heappush(self._due, (when, next(self._number), message))
            self._changed.notify()


def signed(secret: str, event_id: str, body: bytes, *, at: int | None = None) -> dict[str, str]:
    """The headers that prove whom a message is from, as Standard Webhooks has them."""
    instant = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"{event_id}.{instant}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": event_id, "webhook-timestamp": instant, "webhook-signature": signature}
