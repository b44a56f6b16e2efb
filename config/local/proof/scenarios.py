"""The scenarios, by their numbers in docs/proof.md: what is done to the platform, and what it must look like then.

Each says what it expects beyond the rules of the checker, which are asked after every one of them.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.local.processes import wait_until
from config.local.proof.checker import NO_ROOMS_LEFT
from config.local.proof.clients import Clients, Order
from config.local.proof.ground import Ground
from config.local.proof.history import Event

_PROGRESS_SECONDS = 60
_MAIL_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a scenario did, expected and saw; `holds` is whether the last two agree."""

    done: str
    expected: str
    seen: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A scenario at work: its ground, its clients, and whether it is the short form."""

    ground: Ground
    clients: Clients
    short: bool

    def size(self, short: int, full: int) -> int:
        return short if self.short else full

    def room_type(self, rooms: int) -> str:
        number = len(self.ground.capacities) + 1
        return self.ground.add_room_type(code=f"{self.clients.name}-{number}", rooms=rooms)


def last_room(scene: Scene) -> Seen:
    clients, room_type, requests = scene.clients, scene.room_type(1), scene.size(500, 10_000)
    ends = clients.send_all([clients.book(clients.stay(room_type)) for _ in range(requests)], clients=50)
    refused = sum(end.code == NO_ROOMS_LEFT for end in ends)
    return Seen(
        done=f"{requests:,} requests with as many keys for one room, 50 clients",
        expected=f"201 once, {requests - 1:,} times {NO_ROOMS_LEFT}, no 5xx",
        seen=_counts(ends),
        holds=_ok(ends) == 1 and refused == requests - 1,
    )


def overlapping_nights(scene: Scene) -> Seen:
    clients, rooms, requests = scene.clients, 37, scene.size(500, 5_000)
    room_type, chance = scene.room_type(rooms), clients.chance
    # (Short: fewer nights, so that 500 tries fill them as well.)
    days = scene.size(6, 30)
    ends = clients.send_all(
        clients.book(clients.stay(room_type, day=chance.randrange(days), nights=chance.randint(1, 7)))
        for _ in range(requests)
    )
    most = max(_taken(scene, room_type).values())
    failures = sum(end.type == "info" for end in ends)
    return Seen(
        done=f"{requests:,} tries of 1 to 7 overlapping nights, {rooms} rooms",
        expected=f"the fullest night has {rooms} of {rooms}, no answer is lost, nobody sees a deadlock",
        seen=f"{most} of {rooms}; {_counts(ends)}",
        holds=most == rooms and failures == 0,
    )


def one_key(scene: Scene) -> Seen:
    clients, at_once, after = scene.clients, 500, 50
    order = clients.book(clients.stay(scene.room_type(3)))
    first = clients.send_all([order] * at_once, clients=100)
    later = clients.send_all([order] * after, clients=8)
    granted = [end for end in [*first, *later] if end.type == "ok"]
    busy = sum(end.code == "request_in_progress" for end in first)
    bodies = len({end.body_sha for end in granted})
    return Seen(
        done=f"one key {at_once} times by 100 clients at once, then {after} times",
        expected="201 with the same bytes, or 409 request_in_progress; afterwards 201 only; one booking",
        seen=f"{len(granted)} x 201 in {bodies} version, {busy} x in progress; afterwards {_ok(later)} x 201",
        holds=bodies == 1 and _ok(later) == after and _ok(first) + busy == at_once,
    )


def shuffled_duplicates(scene: Scene) -> Seen:
    clients, keys, copies = scene.clients, scene.size(200, 1_000), 5
    room_type = scene.room_type(keys)
    orders = [clients.book(clients.stay(room_type, day=number % 20)) for number in range(keys)] * copies
    clients.chance.shuffle(orders)
    ends = clients.send_all(orders)
    clients.settle()
    booked = len(scene.ground.bookings_of([guest.principal for guest in clients.guests]))
    return Seen(
        done=f"{keys:,} keys, each {copies} times, shuffled",
        expected=f"{keys:,} bookings",
        seen=f"{booked:,} bookings; {_counts(ends)}",
        holds=booked == keys,
    )


def keys_of_others(scene: Scene) -> Seen:
    clients, times = scene.clients, scene.size(20, 200)
    room_type = scene.room_type(2 * times)
    one, other = clients.guests[:2]
    orders = [clients.book(clients.stay(room_type), guest=one) for _ in range(times)]
    clients.send_all(orders)
    changed = clients.send_all(clients.book(clients.stay(room_type, day=5), guest=one, key=o.key) for o in orders)
    others = clients.send_all(clients.book(clients.stay(room_type), guest=other, key=o.key) for o in orders)
    refused = sum(end.status == 422 for end in changed)  # noqa: PLR2004
    first = {event.booking for event in clients.events if event.user == one.principal}
    booked = {end.booking for end in others if end.type == "ok"} - first
    return Seen(
        done=f"{times} keys again with another body, and by another user",
        expected="422 for another body; another user has a booking of their own",
        seen=f"{refused} x 422, {len(booked)} bookings of their own",
        holds=refused == times and len(booked) == times,
    )


def web_killed(scene: Scene) -> Seen:
    kills, chance = scene.size(10, 200), scene.clients.chance

    def kill() -> None:
        if chance.random() < 0.5:  # noqa: PLR2004
            scene.ground.kill("web")
        else:
            scene.ground.kill_web_worker(chance)

    return _beside_load(scene, kill, times=kills, done=f"{kills} x kill -9 of the web server or of one of its workers")


def postgres_crashes(scene: Scene) -> Seen:
    clients, crashes, waits = scene.clients, scene.size(1, 5), []

    def crash() -> None:
        up = scene.ground.crash_postgres()
        before = clients.successes()
        wait_until(lambda: clients.successes() > before, seconds=30)
        waits.append(time.monotonic() - up)

    seen = _beside_load(scene, crash, times=crashes, done=f"{crashes} x immediate shutdown of PostgreSQL")
    return Seen(
        done=seen.done,
        expected=f"{seen.expected}; a success within 5 s of its return",
        seen=f"{seen.seen}; success after at most {max(waits):.1f} s",
        holds=seen.holds and max(waits) < 5,  # noqa: PLR2004
    )


def valkey_gone(scene: Scene) -> Seen:
    seconds = scene.size(5, 60)

    def outage() -> None:
        with scene.ground.without_valkey():
            time.sleep(seconds)

    seen = _beside_load(scene, outage, times=1, done=f"Valkey down for {seconds} s, then empty")
    ends = [event for event in scene.clients.events if event.type != "invoke"]
    lost = sum(end.type == "info" and end.code != "request_in_progress" for end in ends)
    return Seen(
        done=seen.done,
        expected=f"{seen.expected}; at least 99.9 % are answered",
        seen=f"{seen.seen}; {100 * (1 - lost / len(ends)):.2f} % answered",
        holds=seen.holds and lost <= len(ends) / 1_000,
    )


def relay_killed(scene: Scene) -> Seen:
    kills = scene.size(5, 100)
    seen = _beside_load(
        scene, lambda: scene.ground.kill("relay"), times=kills, done=f"{kills} x kill -9 of the relay", clients=4
    )
    return _with_mails(scene, seen, kills=kills)


def worker_killed(scene: Scene) -> Seen:
    kills = scene.size(3, 50)
    seen = _beside_load(
        scene, lambda: scene.ground.kill("worker"), times=kills, done=f"{kills} x kill -9 of the worker", clients=4
    )
    return _with_mails(scene, seen, kills=kills)


def canceling_storm(scene: Scene) -> Seen:
    clients, requests = scene.clients, scene.size(300, 5_000)
    room_type, chance = scene.room_type(5), clients.chance

    def cancel_twice(order: Order, end: Event) -> Sequence[Order]:
        if order.f != "book" or end.type != "ok":
            return ()
        first, second = clients.cancel(order, end.booking), clients.cancel(order, end.booking)
        return (first, first, second)

    ends = clients.send_all(
        [clients.book(clients.stay(room_type, day=chance.randrange(2), nights=2)) for _ in range(requests)],
        then=cancel_twice,
    )
    clients.settle()
    left = sum(_taken(scene, room_type).values())
    booked = len({end.booking for end in ends if end.f == "book" and end.type == "ok"})
    return Seen(
        done=f"{requests:,} tries for 5 rooms, every booking canceled under two keys, one of them twice",
        expected="no night is given back twice: 0 are taken at the end",
        seen=f"{booked:,} booked and canceled, {left} nights taken; {_counts(ends)}",
        holds=left == 0 and booked > requests / 5,
    )


SCENARIOS: Mapping[str, Callable[[Scene], Seen]] = {
    "T1": last_room,
    "T2": overlapping_nights,
    "T3": one_key,
    "T4": shuffled_duplicates,
    "T5": keys_of_others,
    "T6": web_killed,
    "T8": postgres_crashes,
    "T11": valkey_gone,
    "T17": worker_killed,
    "T22": relay_killed,
    "T24": canceling_storm,
}


def _beside_load(scene: Scene, fault: Callable[[], None], *, times: int, done: str, clients: int = 16) -> Seen:
    """So many faults, each after some successes since the one before, while clients book, cancel and repeat."""
    load, chance = scene.clients, scene.clients.chance
    room_types = [scene.room_type(rooms) for rooms in (3, 20, 400)]
    with load.mixed_load(room_types, clients=clients):
        for _ in range(times):
            _await_successes(load, chance.randint(5, 40))
            fault()
        _await_successes(load, 40)
    unknown = {event.intention for event in load.events if event.type == "info"}
    load.settle()
    ends = [event for event in load.events if event.type != "invoke"]
    keys = len({event.key for event in ends})
    return Seen(
        done=f"{done}, {clients} clients with duplicates and cancellations",
        expected="nothing lost, nothing double, all known at the end",
        seen=f"{keys:,} keys, {len(unknown):,} of them unknown for a while; {_counts(ends)}",
        holds=keys > times,
    )


def _await_successes(load: Clients, more: int) -> None:
    before = load.successes()
    if not wait_until(lambda: load.successes() >= before + more, seconds=_PROGRESS_SECONDS):
        raise TimeoutError(f"no {more} successes within {_PROGRESS_SECONDS} s")


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


def _taken(scene: Scene, room_type: str) -> dict[str, int]:
    rows = scene.ground.query(
        "SELECT night::text, sold + held AS taken FROM inventory_roomnight WHERE room_type_id = %s", [room_type]
    )
    return {row["night"]: row["taken"] for row in rows}


def _ok(events: Sequence[Event]) -> int:
    return sum(event.type == "ok" for event in events)


def _counts(ends: Sequence[Event]) -> str:
    found = Counter((end.code or str(end.status)) if end.status else "no answer" for end in ends)
    return ", ".join(f"{number:,} x {what}" for what, number in sorted(found.items()))
