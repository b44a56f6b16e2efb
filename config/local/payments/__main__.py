"""`python -m config.local.payments --port N --webhook URL`: the local payment provider, until SIGTERM.

The secret that it shares with the platform is PAYMENT_PROVIDER_SECRET of the environment.
"""

import argparse
import html
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from config.local.payments.ledger import Entry, Ledger, Unacceptable
from config.local.payments.messages import Messenger
from config.local.ports import HOST

_TICK_SECONDS = 0.05
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Your bank</title><style>body{{font:1.1rem system-ui;max-width:26rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;padding:.7rem 1.2rem;margin-right:.5rem}}</style><h1>Your bank</h1>{content}</html>"""
_QUESTION = """<p>Pay <strong>{amount} {currency}</strong> to the hotel?</p>
<form method="post"><button name="answer" value="approve">Approve</button>
<button name="answer" value="decline">Decline</button></form>"""
_THANKS = '<p>The payment is <strong>{state}</strong>.</p><p><a href="{back}">Back to the hotel</a></p>'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ledger: Ledger
    secret: str

    def do_GET(self) -> None:
        parts = self._parts()
        if parts[:1] == ["pay"] and len(parts) == 2:  # noqa: PLR2004
            self._page(self.ledger.by_reference(parts[1]))
        elif not self._is_ours():
            self._answer(401, {"error": "who are you?"})
        elif parts == ["v1", "payments"]:
            entries = self.ledger.all()
            shown = [self.ledger.shown(entry) | {"captures": entry.captures} for entry in entries]
            self._answer(200, {"payments": shown})
        elif parts[:2] == ["v1", "payments"] and (entry := self.ledger.find(parts[2])):
            self._answer(200, self.ledger.shown(entry))
        else:
            self._answer(404, {"error": "no such payment"})

    def do_POST(self) -> None:
        text, parts = self.rfile.read(int(self.headers.get("Content-Length") or 0)), self._parts()
        if parts[:1] == ["pay"] and len(parts) == 2:  # noqa: PLR2004
            entry = self.ledger.by_reference(parts[1])
            if entry is not None:
                self.ledger.decide(entry, approved=b"answer=approve" in text)
            self._page(entry)
        elif not self._is_ours():
            self._answer(401, {"error": "who are you?"})
        else:
            self._act(parts, json.loads(text or b"{}"))

    def _act(self, parts: list[str], body: dict[str, Any]) -> None:
        if parts == ["v1", "payments"]:
            self._create(body)
            return
        entry = self.ledger.find(parts[2]) if parts[:2] == ["v1", "payments"] and len(parts) == 4 else None  # noqa: PLR2004
        if entry is None:
            self._answer(404, {"error": "no such payment"})
        elif parts[3] == "capture":
            self.ledger.capture(entry)
            self._answer(200, self.ledger.shown(entry))
        elif parts[3] == "void":
            self.ledger.void(entry)
            self._answer(200, self.ledger.shown(entry))
        elif parts[3] == "refunds":
            name = self.headers.get("Idempotency-Key", "")
            state = self.ledger.refund(entry, name=name, amount_minor=int(body.get("amount_minor", 0)))
            self._answer(200, {"reference": f"re_{name}", "state": state, "payment": self.ledger.shown(entry)})
        else:
            self._answer(404, {"error": "no such action"})

    def _create(self, body: dict[str, Any]) -> None:
        try:
            entry = self.ledger.create(body)
        except Unacceptable as refusal:
            self._answer(422, {"error": str(refusal)})
            return
        if self.ledger.loses_answer(entry.client_reference):
            # What was asked for is done, and nobody is told.
            self.close_connection = True
            return
        self._answer(201, self.ledger.shown(entry))

    def _page(self, entry: Entry | None) -> None:
        if entry is None:
            self._write(404, _PAGE.format(content="<p>There is no such payment.</p>").encode(), "text/html")
            return
        if entry.state == "requires_action":
            content = _QUESTION.format(amount=f"{entry.amount_minor} minor units of", currency=entry.currency)
        else:
            content = _THANKS.format(state=entry.state, back=html.escape(entry.return_url or "/"))
        self._write(200, _PAGE.format(content=content).encode(), "text/html")

    def _parts(self) -> list[str]:
        return [part for part in self.path.partition("?")[0].split("/") if part]

    def _is_ours(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.secret}"

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        self._write(status, json.dumps(document).encode(), "application/json")

    def _write(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: tokens and names of payments are in the addresses."""


def serve(*, port: int, webhook: str, secret: str, file: Path | None) -> ThreadingHTTPServer:
    """The server, ready to answer; its messenger is at work."""
    messenger = Messenger(url=webhook, secret=secret)
    holder: list[Ledger] = []
    ledger = Ledger(
        file=file,
        tell=lambda entry: messenger.tell(entry, holder[0].shown(entry)),
        action_url=f"http://{HOST}:{port}/pay",
    )
    holder.append(ledger)

    def tick() -> None:
        while True:
            ledger.go_on()
            time.sleep(_TICK_SECONDS)

    for work in (messenger.work, tick):
        threading.Thread(target=work, daemon=True).start()
    handler = type("Handler", (_Handler,), {"ledger": ledger, "secret": secret})
    return ThreadingHTTPServer((HOST, port), handler)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--webhook", required=True, help="Where the platform listens.")
    parser.add_argument("--file", type=Path, help="Where the payments are kept; without one, in memory only.")
    arguments = parser.parse_args()
    server = serve(
        port=arguments.port,
        webhook=arguments.webhook,
        secret=os.environ["PAYMENT_PROVIDER_SECRET"],
        file=arguments.file,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"payments ready on {HOST}:{arguments.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
