"""The load generator, a process of its own: `python -m config.local.bench.load`, told what to do line by line.

The first line on its standard input is a Start, every other one an Order, each answered by one line with what came of
it. One thread is one client with one connection that stays open. Requests are written as bytes and answers read no
further than their length: the client must cost little beside the servers.
"""

import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import django
import orjson
import psycopg

from config.local.bench import figures
from config.local.bench.world import ARRIVALS, NIGHTS_OF_A_STAY, Product, World, product_ids
from config.local.ports import HOST

PATIENCE_SECONDS = 30.0
# Neither an answer nor a refusal: the connection broke or the database said no.
BROKEN = 0
T = TypeVar("T")
_NOTHING_ADDRESS, _BOOKINGS = "/api/v1/bench/nothing", "/api/v1/bookings"


@dataclass(frozen=True, kw_only=True)
class Order:
    """Do one kind of work with so many clients for so long, or until each client has done so many requests."""

    variant: str
    clients: int
    seconds: float
    requests: int | None = None


Work = Callable[[], int]
"""One piece of work; the status of its answer."""


class Connection:
    """One HTTP connection that stays open; opened anew after it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def post(self, path: str, *, token: str, key: str, body: bytes) -> int:
        """The status of the answer, or BROKEN."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            open_socket = self._socket or self._connect()
            open_socket.sendall(head.encode() + body)
            return _read_answer(open_socket)
        except (OSError, ValueError):
            self._close()
            return BROKEN

    def _connect(self) -> socket.socket:
        self._socket = socket.create_connection((HOST, self._port), timeout=PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _read_answer(open_socket: socket.socket) -> int:
    """Read one answer to its end and give its status.

    :raises ValueError: if it does not say how long it is.
    :raises OSError: if it ends before that.
    """
    received = _more(open_socket)
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _more(open_socket)
    head = received[:end].lower()
    _, found, length = head.partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError("an answer without a length")
    missing = int(length.partition(b"\r\n")[0]) - (len(received) - end - 4)
    while missing > 0:
        missing -= len(_more(open_socket))
    return int(head[9:12])


def _more(open_socket: socket.socket) -> bytes:
    part = open_socket.recv(65_536)
    if not part:
        raise ConnectionError("the server closed the connection")
    return part


class Client:
    """One client: its own connections, its own random numbers, keys that nobody else uses."""

    def __init__(self, number: int, *, world: World, port: int, database_url: str, statement: str) -> None:
        self._number = number
        self._world = world
        self._http = Connection(port)
        self._database_url = database_url
        self._database: psycopg.Connection[tuple[object, ...]] | None = None
        self._statement = statement
        self._random = random.Random(number)  # noqa: S311 - the same work at every run
        self._sent = 0
        self.works: dict[str, Work] = {
            figures.NOTHING: lambda: self._order(self._some(world.spread), path=_NOTHING_ADDRESS),
            figures.SPREAD: lambda: self._order(self._some(world.spread)),
            figures.HOT: lambda: self._order(world.hot, ahead=0),
            figures.REFUSED: lambda: self._order(world.sold_out),
            figures.REPLAYED: self._replay,
            figures.BARE: self._take,
        }

    def _order(self, product: Product, *, path: str = _BOOKINGS, ahead: int | None = None) -> int:
        self._sent += 1
        return self._http.post(
            path,
            token=self._some(self._world.tokens),
            key=f"bench-{self._number}-{self._sent}",
            body=self._body(product, self._random.randrange(ARRIVALS) if ahead is None else ahead),
        )

    def _replay(self) -> int:
        guest = self._random.randrange(len(self._world.tokens))
        return self.first_of(guest)

    def first_of(self, guest: int) -> int:
        """The one booking of this guest under a key that is sent again and again."""
        product = self._world.spread[guest % len(self._world.spread)]
        return self._http.post(
            _BOOKINGS, token=self._world.tokens[guest], key=f"replayed-{guest:010}", body=self._body(product, 0)
        )

    def _body(self, product: Product, ahead: int) -> bytes:
        arrival = self._world.arrival(ahead)
        return orjson.dumps(
            {
                "hotel_id": product.hotel_id,
                "arrival": arrival,
                "departure": arrival + timedelta(days=NIGHTS_OF_A_STAY),
                # Sold at once: a guest may keep only a few unconfirmed bookings.
                "confirm": True,
                "rooms": [
                    {
                        "room_type_id": product.room_type_id,
                        "rate_plan_id": product.rate_plan_id,
                        "adults": 2,
                        "guest": {"full_name": "Ada Lovelace"},
                    }
                ],
                "booker": {"full_name": "Ada Lovelace", "email": "ada@bench.example", "phone": "+351 210 000 000"},
            }
        )

    def _take(self) -> int:
        room_type_id, _ = product_ids(self._some(self._world.bare))
        arrival = self._world.arrival(self._random.randrange(ARRIVALS))
        nights = [arrival + timedelta(days=number) for number in range(NIGHTS_OF_A_STAY)]
        if self._database is None or self._database.closed:
            self._database = psycopg.connect(self._database_url, autocommit=True)
        row = self._database.execute(
            self._statement,
            {
                "night_types": [room_type_id] * NIGHTS_OF_A_STAY,
                "nights": nights,
                "ids": [room_type_id],
                "types": [room_type_id],
                "arrivals": [arrival],
                "departures": [arrival + timedelta(days=NIGHTS_OF_A_STAY)],
                "hold_until": None,
                "fence": None,
                "unrestricted": False,
                "now": datetime.now(UTC),
                "cause": "bench",
            },
        ).fetchone()
        return figures.EXPECTED[figures.BARE] if row and row[0] else BROKEN

    def _some(self, things: tuple[T, ...]) -> T:
        return things[self._random.randrange(len(things))]


class Generator:
    """The clients, kept with their connections from one order to the next."""

    def __init__(self, make_client: Callable[[int], Client]) -> None:
        self._make_client = make_client
        self._clients: list[Client] = []

    def first(self) -> Client:
        return self._enough(1)[0]

    def carry_out(self, order: Order) -> figures.Slice:
        """Let all clients work at once, each to the end of its last request."""
        workers = [_Worker(client.works[order.variant], order) for client in self._enough(order.clients)]
        began = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        seconds = time.perf_counter() - began
        return figures.Slice(
            seconds=seconds,
            latencies_ms=[latency for worker in workers for latency in worker.latencies_ms],
            statuses=sum((worker.statuses for worker in workers), Counter()),
            cpu_seconds={},
        )

    def _enough(self, count: int) -> list[Client]:
        while len(self._clients) < count:
            self._clients.append(self._make_client(len(self._clients)))
        return self._clients[:count]


class _Worker(threading.Thread):
    """One client at work."""

    def __init__(self, work: Work, order: Order) -> None:
        super().__init__(daemon=True)
        self._work, self._order = work, order
        self.latencies_ms: list[float] = []
        self.statuses: Counter[int] = Counter()

    def run(self) -> None:
        work, latencies, statuses = self._work, self.latencies_ms, self.statuses
        most = self._order.requests
        limit = time.perf_counter() + self._order.seconds
        began = time.perf_counter()
        while began < limit and (most is None or len(latencies) < most):
            try:
                status = work()
            except psycopg.Error:
                status = BROKEN
            ended = time.perf_counter()
            latencies.append((ended - began) * 1_000)
            statuses[status] += 1
            began = ended


def main() -> None:
    django.setup()
    # The very statement of the platform, so that this limit moves with it.
    from apps.inventory.services._nights import _TAKE

    start = orjson.loads(sys.stdin.readline())
    world = World.read(start["world"])
    generator = Generator(
        lambda number: Client(
            number, world=world, port=start["port"], database_url=start["database_url"], statement=_TAKE
        )
    )
    booked = [generator.first().first_of(guest) for guest in range(len(world.tokens))]
    _say({"booked": booked.count(figures.EXPECTED[figures.REPLAYED]), "guests": len(booked)})
    for line in sys.stdin:
        part = generator.carry_out(Order(**orjson.loads(line)))
        latencies = [round(latency, 3) for latency in part.latencies_ms]
        _say({"seconds": part.seconds, "latencies_ms": latencies, "statuses": list(part.statuses.items())})


def _say(content: object) -> None:
    sys.stdout.write(orjson.dumps(content).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
