"""What happens after the commit, when its processes are killed: T17 and T22."""

import re
from collections import Counter
from pathlib import Path

from config.local.processes import wait_until
from config.local.proof.scenarios._scene import Scene, Seen, beside_load

_MAIL_SECONDS = 120


def relay_killed(scene: Scene) -> Seen:
    kills = scene.size(5, 100)
    seen = beside_load(
        scene, lambda: scene.ground.kill("relay"), times=kills, done=f"{kills} x kill -9 of the relay", clients=4
    )
    return _with_mails(scene, seen, kills=kills)


def worker_killed(scene: Scene) -> Seen:
    kills = scene.size(3, 50)
    seen = beside_load(
        scene, lambda: scene.ground.kill("worker"), times=kills, done=f"{kills} x kill -9 of the worker", clients=4
    )
    return _with_mails(scene, seen, kills=kills)


def _with_mails(scene: Scene, seen: Seen, *, kills: int) -> Seen:
    """Every mail that was due has arrived, and those that arrived twice are the same message."""
    emails = [guest.email for guest in scene.clients.guests]
    sql = "SELECT id::text, state FROM notifications_delivery WHERE recipient = ANY(%s)"

    def settled() -> bool:
        undone = scene.ground.undone_events()
        return not undone and all(
            row["state"] in {"sent", "dead", "suppressed"} for row in scene.ground.query(sql, [emails])
        )

    wait_until(settled, seconds=_MAIL_SECONDS, pause=0.5)
    states = Counter(row["state"] for row in scene.ground.query(sql, [emails]))
    sent = [row["id"] for row in scene.ground.query(f"{sql} AND state = 'sent'", [emails])]
    arrived = _arrivals(scene.ground.mailbox)
    missing = sum(delivery not in arrived for delivery in sent)
    again = sum(arrived[delivery] - 1 for delivery in sent if delivery in arrived)
    # Two tasks are at work at a time, so that one kill may interrupt two mails.
    holds = missing == 0 and again <= 2 * kills and set(states) <= {"sent", "suppressed"} and len(sent) > kills
    return Seen(
        done=seen.done,
        expected=f"{seen.expected}; every mail at least once, at most {2 * kills} again under the same Message-ID",
        seen=f"{seen.seen}; {len(sent)} mails sent, {missing} missing, {again} again",
        holds=seen.holds and holds,
    )


def _arrivals(mailbox: Path) -> Counter[str]:
    """How often the mail of each delivery has arrived: its id is in the Message-ID."""
    found: Counter[str] = Counter()
    for file in mailbox.glob("*.eml"):
        match = re.search(rb"^Message-ID:\s*<([0-9a-f-]{36})", file.read_bytes(), re.MULTILINE | re.IGNORECASE)
        if match:
            found[match[1].decode()] += 1
    return found
