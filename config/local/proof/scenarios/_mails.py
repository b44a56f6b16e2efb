"""The mails of a scenario: what the platform says that it has sent, and what the mail server really got."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.local.processes import wait_until
from config.local.proof.ground import Ground

_PATIENCE_SECONDS = 180
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([0-9a-f-]{36})@", re.MULTILINE | re.IGNORECASE)
_RECIPIENT = re.compile(rb"\AX-Envelope-To: (\S+)\r\n")
_ABOUT_BOOKINGS = ("booking_confirmed", "booking_canceled", "hold_expired")
_SQL = "SELECT id::text, state, template FROM notifications_delivery WHERE recipient = ANY(%s)"


@dataclass(frozen=True, kw_only=True)
class Mails:
    """Mails about bookings that are sent; and of all mails those that never arrived, came again, or are wrong."""

    sent: int
    missing: int
    again: int
    strangers: int
    unsent: int

    @property
    def each_arrived(self) -> bool:
        """Every mail is sent and has arrived at least once, and each arrival is one of them by its Message-ID."""
        return self.missing == self.strangers == self.unsent == 0

    def __str__(self) -> str:
        wrong = f", {self.strangers} under another Message-ID, {self.unsent} not sent"
        return f"{self.sent} mails sent, {self.missing} missing, {self.again} again{'' if self.each_arrived else wrong}"


def mails_to(ground: Ground, addresses: Sequence[str]) -> Mails:
    """Wait until nothing more is to be done for these addresses, for a bounded time, and look what has arrived."""
    wait_until(lambda: _is_settled(ground, addresses), seconds=_PATIENCE_SECONDS, pause=0.3)
    states = {row["id"]: row["state"] for row in ground.query(_SQL, [list(addresses)])}
    sent = [delivery for delivery, state in states.items() if state == "sent"]
    arrived = _arrivals(ground.mailbox, set(addresses))
    return Mails(
        sent=mails_sent(ground, addresses),
        missing=sum(delivery not in arrived for delivery in sent),
        again=sum(number - 1 for number in arrived.values()),
        strangers=sum(number for delivery, number in arrived.items() if delivery not in states),
        unsent=sum(state not in {"sent", "suppressed"} for state in states.values()),
    )


def mails_sent(ground: Ground, addresses: Sequence[str]) -> int:
    """How many mails about bookings the platform has sent to these addresses so far."""
    rows = ground.query(_SQL, [list(addresses)])
    return sum(row["state"] == "sent" and row["template"] in _ABOUT_BOOKINGS for row in rows)


def _is_settled(ground: Ground, addresses: Sequence[str]) -> bool:
    if ground.undone_events():
        return False
    return all(row["state"] in {"sent", "dead", "suppressed"} for row in ground.query(_SQL, [list(addresses)]))


def _arrivals(mailbox: Path, addresses: set[str]) -> Counter[str]:
    """How often the mail of each delivery has arrived: its id is in the Message-ID."""
    found: Counter[str] = Counter()
    for file in mailbox.glob("*.eml"):
        content = file.read_bytes()
        recipient, message = _RECIPIENT.search(content), _MESSAGE_ID.search(content)
        if recipient and recipient[1].decode() in addresses:
            found[message[1].decode() if message else "none"] += 1
    return found
