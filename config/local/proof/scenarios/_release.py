"""What happens while a new release goes out: two releases at once, and web servers that are told to end: T23, T25."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace

import psycopg

from config.local.ports import is_free
from config.local.processes import wait_until
from config.local.proof import previous_release
from config.local.proof.clients import Clients, Order
from config.local.proof.connection import Connection
from config.local.proof.history import Event
from config.local.proof.scenarios._scene import Scene, Seen, beside_load, succeeded
from config.local.proof.web_servers import WebServer, another_web_server

_HELD = 4  # requests that are surely at work when their server is told to end
_PATIENCE_SECONDS = 20


def releases_side_by_side(scene: Scene) -> Seen:
    clients, each = scene.clients, scene.size(10, 100)
    release = previous_release.previous_release()
    if release is None:
        return Seen(
            done="nothing: the previous release is not in the history that is here",
            expected="a checkout with its history",
            seen="nothing was tried",
            holds=True,
            applies=False,
        )
    with previous_release.running(scene.ground, release) as port:
        old, new = [port], [scene.ground.port]
        crossed = [_crossed(scene, each, first, then) for first, then in ((old, new), (new, old))]
        with _ports(clients, [*old, *new]):
            load = beside_load(scene, lambda: None, times=1, done="", clients=8, between=(scene.size(100, 1_000),) * 2)
    return Seen(
        done=f"the web server of {release[:12]} on this schema beside the present one: {2 * each} bookings repeated and"
        " canceled at the other one, then requests to both in turn, 8 clients with duplicates",
        expected=f"what one has done the other one knows: {2 * each} repeated, {2 * each} canceled; {load.expected}",
        seen=f"{sum(twice for twice, _ in crossed)} repeated, {sum(off for _, off in crossed)} canceled; {load.seen}",
        holds=load.holds and crossed == [(each, each)] * 2,
    )


def _crossed(scene: Scene, times: int, first: Sequence[int], then: Sequence[int]) -> tuple[int, int]:
    """How many bookings of one release the other one repeats, and cancels."""
    clients, room_type = scene.clients, scene.room_type(times)
    orders = [clients.book(clients.stay(room_type)) for _ in range(times)]
    with _ports(clients, first):
        booked = {event.key: event for event in clients.send_all(orders, clients=8)}
    with _ports(clients, then):
        again = clients.send_all(orders, clients=8)
        canceled = clients.send_all(
            [clients.cancel(order, booked[order.key].booking) for order in orders if booked[order.key].booking],
            clients=8,
        )
    repeated = sum(event.type == "ok" and event.body_sha == booked[event.key].body_sha for event in again)
    return repeated, succeeded(canceled)


@contextmanager
def _ports(clients: Clients, ports: Sequence[int]) -> Iterator[None]:
    """The clients send to these ports in turn."""
    before, clients.ports = clients.ports, tuple(ports)
    try:
        yield
    finally:
        clients.ports = before


def rolling_restart(scene: Scene) -> Seen:
    clients, rounds, held_type = scene.clients, scene.size(1, 10), scene.room_type(1_000)
    held: list[Event] = []
    with (
        another_web_server(scene.ground, workers=2) as one,
        another_web_server(scene.ground, workers=2) as other,
        _ports(clients, [one.port, other.port]),
    ):
        turns = iter([one, other] * rounds)
        load = beside_load(
            scene,
            lambda: held.extend(_ended_gently(scene, next(turns), held_type)),
            times=2 * rounds,
            done=f"{2 * rounds} x SIGTERM of one of two web servers, in turn, with {_HELD} requests at work in it",
            between=(10, 40),
        )
    answered = sum(event.status != 0 for event in held)
    # What was asked of both and let in by neither.
    shut_out = sum(event.code == "ConnectionRefusedError" for event in clients.events)
    closed = sum(event.type == "info" and not event.status for event in clients.events) - shut_out
    return replace(
        load,
        expected=f"{load.expected}; all {len(held)} requests at work are answered; nobody is shut out by both",
        seen=f"{load.seen}; {answered} at work answered, {succeeded(held)} of them 201; {shut_out} shut out;"
        f" {closed} met a closing connection and were repeated",
        holds=load.holds and answered == len(held) == 2 * rounds * _HELD and shut_out == 0,
    )


def _ended_gently(scene: Scene, web: WebServer, room_type: str) -> list[Event]:
    """End a server while requests wait in it for a lock of ours, let them go on when it listens no more, start it."""
    clients = scene.clients
    orders = [clients.book(clients.stay(room_type)) for _ in range(_HELD)]
    with ThreadPoolExecutor(max_workers=_HELD + 1) as pool:
        with psycopg.connect(scene.ground.environment["DATABASE_URL"]) as blocker:
            blocker.execute("SELECT FROM inventory_roomnight WHERE room_type_id = %s FOR UPDATE", [room_type])
            asked = [pool.submit(_alone, clients, order, web.port) for order in orders]
            wait_until(lambda: _waiting(scene) >= _HELD or _all_done(asked), seconds=_PATIENCE_SECONDS)
            ending = pool.submit(web.stack.stop, web.name)
            wait_until(lambda: is_free(web.port) or _all_done(asked), seconds=_PATIENCE_SECONDS)
        answers = [future.result() for future in asked]
        ending.result()
    web.stack.start(web.name)
    return answers


def _alone(clients: Clients, order: Order, port: int) -> Event:
    with closing(Connection(port)) as connection:
        return clients.attempt(connection, order, process="at work")


def _all_done(asked: Sequence[Future[Event]]) -> bool:
    return all(future.done() for future in asked)


def _waiting(scene: Scene) -> int:
    """How many transactions wait for rows that another one has."""
    sql = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%roomnight%%'"
    return int(scene.ground.query(sql)[0]["n"])
