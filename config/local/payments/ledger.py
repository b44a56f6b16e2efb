"""What the local provider knows of payments: in memory, and in a file that outlives it."""

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from config.local.payments.cards import card_of


class Unacceptable(Exception):
    """A request that no provider would take."""


@dataclass(kw_only=True)
class Entry:
    """One payment as the provider knows it; `client_reference` is what we call it."""

    reference: str
    client_reference: str
    amount_minor: int
    currency: str
    method: str
    return_url: str
    state: str = "created"
    captured_minor: int = 0
    refunded_minor: int = 0
    failure: str = ""
    goes_through_at: float | None = None
    refunds: dict[str, int] = field(default_factory=dict)
    captures: int = 0
    """How often money was taken: more than once must never be."""


class Ledger:
    """Every payment, each change of which is told to `tell`. What is asked twice under one name is done once."""

    def __init__(self, *, file: Path | None, tell: Callable[[Entry], None], action_url: str) -> None:
        self._file, self._tell, self._action_url = file, tell, action_url
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._answers_to_lose: dict[str, int] = {}
        if file is not None and file.exists():
            self._entries = {row["client_reference"]: Entry(**row) for row in json.loads(file.read_text())}

    def create(self, body: dict[str, Any]) -> Entry:
        """Begin a payment, or find the one that has begun."""
        card = card_of(str(body.get("method", "")))
        name, amount = str(body.get("client_reference", "")), body.get("amount_minor")
        if card is None or not name or not isinstance(amount, int) or amount <= 0:
            raise Unacceptable("no such card, or nothing to pay")
        with self._lock:
            if name in self._entries:
                return self._entries[name]
            entry = self._entries[name] = Entry(
                reference=f"pay_{secrets.token_hex(8)}",
                client_reference=name,
                amount_minor=amount,
                currency=str(body.get("currency", "")),
                method=str(body.get("method", "")),
                return_url=str(body.get("return_url", "")),
            )
            self._answers_to_lose[name] = card.drops
            if card.after:
                entry.goes_through_at = time.time() + card.after
                self._keep()
            else:
                self._become(entry, card.ends_as)
            return entry

    def loses_answer(self, name: str) -> bool:
        """Whether the answer to this creation is lost on its way."""
        with self._lock:
            left = self._answers_to_lose.get(name, 0)
            self._answers_to_lose[name] = max(0, left - 1)
            return left > 0

    def find(self, name: str) -> Entry | None:
        with self._lock:
            return self._entries.get(name)

    def all(self) -> list[Entry]:
        with self._lock:
            return list(self._entries.values())

    def by_reference(self, reference: str) -> Entry | None:
        with self._lock:
            return next((entry for entry in self._entries.values() if entry.reference == reference), None)

    def capture(self, entry: Entry) -> None:
        with self._lock:
            if entry.state == "authorized":
                self._become(entry, "captured")

    def void(self, entry: Entry) -> None:
        with self._lock:
            if entry.state in {"created", "requires_action", "authorized"}:
                self._become(entry, "voided")

    def decide(self, entry: Entry, *, approved: bool) -> None:
        """What the guest has pressed on the page."""
        with self._lock:
            if entry.state == "requires_action":
                self._become(entry, "captured" if approved else "failed")

    def refund(self, entry: Entry, *, name: str, amount_minor: int) -> str:
        """Give money back once for each name; the state of the refund."""
        with self._lock:
            if name in entry.refunds:
                return "refunded"
            if not name or amount_minor <= 0 or entry.refunded_minor + amount_minor > entry.captured_minor:
                return "failed"
            entry.refunds[name] = amount_minor
            entry.refunded_minor += amount_minor
            self._become(entry, "refunded" if entry.refunded_minor == entry.captured_minor else "captured")
            return "refunded"

    def go_on(self) -> None:
        """Let what takes its time go through."""
        with self._lock:
            for entry in self._entries.values():
                if entry.goes_through_at is not None and entry.goes_through_at <= time.time():
                    card = card_of(entry.method)
                    if entry.state == "created" and card is not None:
                        self._become(entry, card.ends_as)
                    entry.goes_through_at = None

    def shown(self, entry: Entry) -> dict[str, Any]:
        """A payment as answers and messages have it."""
        return {
            "reference": entry.reference,
            "client_reference": entry.client_reference,
            "state": entry.state,
            "amount_minor": entry.amount_minor,
            "currency": entry.currency,
            "captured_minor": entry.captured_minor,
            "refunded_minor": entry.refunded_minor,
            "action_url": f"{self._action_url}/{entry.reference}" if entry.state == "requires_action" else "",
            "failure": entry.failure,
        }

    def _become(self, entry: Entry, state: str) -> None:
        if state == "captured" and not entry.captured_minor:
            entry.captured_minor = entry.amount_minor
            entry.captures += 1
        entry.state = state
        entry.failure = "card_declined" if state == "failed" else ""
        self._keep()
        self._tell(entry)

    def _keep(self) -> None:
        if self._file is not None:
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps([asdict(entry) for entry in self._entries.values()]))
            fresh.replace(self._file)
