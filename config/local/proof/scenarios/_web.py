"""Web processes that end, or stand still, while they work: T6, T7 and T14."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager

from config.local.processes import is_alive, send, wait_until
from config.local.proof import failpoints, web_servers
from config.local.proof.clients import Clients, Order
from config.local.proof.connection import Connection
from config.local.proof.failpoints import Failpoints
from config.local.proof.history import Event
from config.local.proof.scenarios._scene import Scene, Seen, beside_load, counts, succeeded
from config.local.proof.web_servers import WebServer, another_web_server

_WHOLE = 20  # one kill in so many ends the whole server
_PATIENCE_SECONDS = 20
_BETWEEN_KILLS_SECONDS = 0.4


def web_killed(scene: Scene) -> Seen:
    kills, ground, chance = scene.size(20, 200), scene.ground, scene.clients.chance
    whole = set(chance.sample(range(kills), kills // _WHOLE))
    done = iter(range(kills))

    def kill() -> None:
        if next(done) in whole:
            ground.kill("web")
        else:
            web_servers.kill_worker(ground.stack, chance)

    return beside_load(
        scene,
        kill,
        times=kills,
        done=f"{kills} x kill -9 of a web worker, {len(whole)} of them of the whole server",
        between=(1, 12),
    )


def web_killed_at_exact_places(scene: Scene) -> Seen:
    clients, each = scene.clients, scene.size(3, 25)
    # A lock outlives its dead holder for a while: each kill behind a lock has a room type of its own.
    scarce, plenty = [scene.room_type(1) for _ in range(each)], scene.room_type(100)
    stood: dict[str, int] = {}
    with another_web_server(scene.ground) as web, closing(Connection(web.port)) as connection:
        for place in failpoints.PLACES:
            room_types = scarce if place == failpoints.LOCK else [plenty] * each
            orders = [clients.book(clients.stay(room_type)) for room_type in room_types]
            for order in orders:
                web.failpoints.arm(place, signal.SIGKILL)
                _struck(clients.attempt(connection, order, process=place), web.failpoints, place)
                web.stack.wait_until_ready(web.name)
            stood[place] = _standing(scene, orders)
    killed = [event for event in clients.events if event.type == "info"]
    clients.settle()
    booked = succeeded(clients.events)
    return Seen(
        done=f"{each} x kill -9 of the process itself at each of {len(stood)} places of a booking; then the key again",
        expected=f"nothing stands before the COMMIT, all {each} after it; each key is booked once in the end",
        seen=f"{len(killed)} killed; stood {', '.join(f'{place} {number}' for place, number in stood.items())};"
        f" {booked} booked in the end",
        holds=stood == dict.fromkeys(stood, 0) | {failpoints.COMMIT: each}
        and len(killed) == booked == each * len(stood),
    )


def _struck(end: Event, places: Failpoints, place: str) -> None:
    """:raises TimeoutError: if the process lives on, so that nothing was tried."""
    pid = places.struck(place)
    if end.type != "info" or pid is None or not wait_until(lambda: not is_alive(pid), seconds=_PATIENCE_SECONDS):
        raise TimeoutError(f"no process was killed {place}: {end.status} {end.code}")


def _standing(scene: Scene, orders: Sequence[Order]) -> int:
    keys = [order.key for order in orders]
    rows = scene.ground.query("SELECT count(*) AS n FROM bookings_booking WHERE idempotency_key = ANY(%s)", [keys])
    return int(rows[0]["n"])


def web_paused_in_transaction(scene: Scene) -> Seen:
    clients, rounds, room_type = scene.clients, scene.size(1, 5), scene.room_type(100)
    waits: list[float] = []
    late: list[Event] = []
    others: list[Event] = []
    with another_web_server(scene.ground) as web:
        for day in range(rounds):
            order = clients.book(clients.stay(room_type, day=day))
            with ThreadPoolExecutor(max_workers=1) as pool, _paused(web, pool, clients, order) as asked:
                began = time.monotonic()
                others += _until_one_succeeds(scene, order)
                waits.append(time.monotonic() - began)
            late.append(asked.result())
    failures = sum(end.status == 500 for end in [*late, *others])  # noqa: PLR2004
    return Seen(
        done=f"{rounds} x SIGSTOP of a web process that has taken its nights and not committed; others want the same",
        expected="503 or a booking for the others, who go on within 15 s; 503 or the truth for it afterwards; no 500",
        seen=f"others: {counts(others)}, the first 201 after at most {max(waits):.1f} s; afterwards: {counts(late)}",
        holds=failures == 0 and max(waits) < 15 and all(end.status for end in late),  # noqa: PLR2004
    )


@contextmanager
def _paused(web: WebServer, pool: ThreadPoolExecutor, clients: Clients, order: Order) -> Iterator[Future[Event]]:
    """The order has taken its nights on this server, and the process stands still through the block."""
    web.failpoints.arm(failpoints.NIGHTS, signal.SIGSTOP)
    asked = pool.submit(_alone, clients, order, web.port)
    wait_until(lambda: web.failpoints.struck(failpoints.NIGHTS) is not None, seconds=_PATIENCE_SECONDS)
    pid = web.failpoints.struck(failpoints.NIGHTS)
    if pid is None:
        raise TimeoutError("no process came to the place where it was to stand still")
    try:
        yield asked
    finally:
        send(pid, signal.SIGCONT)


def _alone(clients: Clients, order: Order, port: int) -> Event:
    with closing(Connection(port)) as connection:
        return clients.attempt(connection, order, process="paused")


def _until_one_succeeds(scene: Scene, like: Order) -> list[Event]:
    """What others are told who want the same nights, until somebody gets them, or for a bounded time."""
    clients, ends = scene.clients, list[Event]()
    limit = time.monotonic() + 2 * _PATIENCE_SECONDS
    while not succeeded(ends) and time.monotonic() < limit:
        ends += clients.send_all([clients.book(like.value) for _ in range(4)], clients=4)
    return ends


@contextmanager
def killing_workers(scene: Scene, times: int) -> Iterator[Counter[str]]:
    """Web workers die during the block, one after the other, so many at most."""
    over, killed = threading.Event(), Counter[str]()

    def kill() -> None:
        while killed["workers"] < times and not over.wait(_BETWEEN_KILLS_SECONDS):
            web_servers.kill_worker(scene.ground.stack, scene.clients.chance)
            killed["workers"] += 1

    with ThreadPoolExecutor(max_workers=1) as pool:
        killing = pool.submit(kill)
        try:
            yield killed
        finally:
            over.set()
            killing.result()
