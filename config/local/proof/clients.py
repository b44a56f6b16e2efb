"""The clients: each attempt and its completion goes into the history, whatever becomes of the platform meanwhile."""

import hashlib
import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from config.local.proof.connection import Connection, Unanswered
from config.local.proof.ground import Ground, Guest
from config.local.proof.history import Event, History, Type, unsettled

# Answers that settle nothing: the same key is to be sent again.
_UNSETTLING = {"request_in_progress", "token_expired"}
_SETTLING_SECONDS = 90
_MIXED_TRIES = 60
_MOST_MIXED = 200_000


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a client wants: under one key, however often it is sent."""

    guest: Guest
    key: str
    f: str
    value: dict[str, str]


@dataclass(kw_only=True)
class Clients:
    """The clients of one scenario, with guests and keys of their own."""

    ground: Ground
    history: History
    name: str
    seed: int
    guests: list[Guest]
    ports: Sequence[int] = ()
    begin: int = 0
    _tokens: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        self.ports = self.ports or (self.ground.port,)
        self.begin = len(self.history.events)
        self.chance = random.Random(f"{self.seed} {self.name}")  # noqa: S311 - repeatable, not secret
        self._lock = threading.Lock()

    @property
    def events(self) -> list[Event]:
        """The history of this scenario."""
        return self.history.events[self.begin :]

    # Orders

    def key(self) -> str:
        """A fresh one."""
        with self._lock:
            self._count += 1
            return f"{self.name}-{self.seed}-{self._count}"

    def stay(self, room_type: str, *, day: int = 0, nights: int = 1) -> dict[str, str]:
        arrival = self.ground.first_night.date() + timedelta(days=day)
        return {
            "room_type": room_type,
            "arrival": arrival.isoformat(),
            "departure": (arrival + timedelta(days=nights)).isoformat(),
        }

    def book(self, value: dict[str, str], *, guest: Guest | None = None, key: str = "") -> Order:
        return Order(guest=guest or self.chance.choice(self.guests), key=key or self.key(), f="book", value=value)

    def cancel(self, order: Order, booking: str) -> Order:
        """Cancel what an order has booked, under a fresh key."""
        return Order(guest=order.guest, key=self.key(), f="cancel", value={"booking": booking})

    # Sending

    def send_all(
        self,
        orders: Iterable[Order],
        *,
        clients: int = 16,
        then: Callable[[Order, Event], Sequence[Order]] | None = None,
    ) -> list[Event]:
        """Send every order once, by so many clients at a time; the completions as they came.

        :param then: what is to be sent next, by whoever is free, after the completion of an order.
        """
        waiting = deque(orders)
        completions: list[Event] = []

        def work(number: int) -> None:
            connection = Connection(*self.ports)
            try:
                while True:
                    try:
                        order = waiting.popleft()
                    except IndexError:
                        return
                    completion = self.attempt(connection, order, process=f"client-{number}")
                    completions.append(completion)
                    if then:
                        waiting.extendleft(reversed(then(order, completion)))
            finally:
                connection.close()

        with ThreadPoolExecutor(max_workers=clients) as pool:
            for done in [pool.submit(work, number) for number in range(clients)]:
                done.result()
        return completions

    def settle(self) -> None:
        """Send again what nobody knows the outcome of, until everybody does, or for a bounded time."""
        guests = {guest.principal: guest for guest in self.guests}
        limit = time.monotonic() + _SETTLING_SECONDS
        while (unknown := unsettled(self.events)) and time.monotonic() < limit:
            self.send_all(
                Order(guest=guests[event.user], key=event.key, f=event.f, value=dict(event.value)) for event in unknown
            )

    def attempt(self, connection: Connection, order: Order, *, process: str) -> Event:
        """Send an order once, and note what is known afterwards."""
        common: dict[str, Any] = {
            "op_id": self.history.next_id(),
            "process": process,
            "user": order.guest.principal,
            "key": order.key,
            "f": order.f,
            "value": order.value,
        }
        path, body = self._request(order)
        token = self._tokens.get(order.guest.email, order.guest.token)
        self.history.add(**common, type_="invoke")
        try:
            status, content = connection.post(path, body, token=token, key=order.key)
        except Unanswered as error:
            return self.history.add(**common, type_="info", code=str(error))
        answer = _document(content)
        code = str(answer.get("code", ""))
        if code == "token_expired":
            self._tokens[order.guest.email] = self.ground.sign_in(order.guest.email).token
        return self.history.add(
            **common,
            type_=_type_of(status, code),
            status=status,
            code=code,
            body_sha=hashlib.sha256(content).hexdigest(),
            booking=str(answer.get("id", "")),
        )

    def _request(self, order: Order) -> tuple[str, dict[str, Any]]:
        if order.f == "cancel":
            return f"/api/v1/bookings/{order.value['booking']}/cancel", {}
        return "/api/v1/bookings", {
            "hotel_id": self.ground.hotel,
            "arrival": order.value["arrival"],
            "departure": order.value["departure"],
            "rooms": [{"room_type_id": order.value["room_type"], "rate_plan_id": self.ground.rate_plan, "adults": 1}],
            "booker": {"full_name": "Ada Lovelace", "email": order.guest.email},
            "confirm": True,
        }

    # Load beside a fault

    @contextmanager
    def mixed_load(self, room_types: Sequence[str], *, clients: int = 16) -> Iterator[None]:
        """Bookings, cancellations and duplicates of both, all through the block; who gets no answer asks again."""
        over = threading.Event()
        mix = _Mix(clients=self, room_types=room_types)
        with ThreadPoolExecutor(max_workers=clients) as pool:
            working = [pool.submit(self._mixed, f"client-{number}", mix, over) for number in range(clients)]
            try:
                yield
            finally:
                over.set()
                for done in working:
                    done.result()

    def _mixed(self, process: str, mix: "_Mix", over: threading.Event) -> None:
        connection = Connection(*self.ports)
        try:
            while not over.is_set() and len(self.history.events) - self.begin < _MOST_MIXED:
                order = mix.next_order()
                for _ in range(_MIXED_TRIES):
                    completion = self.attempt(connection, order, process=process)
                    if completion.type != "info" or over.is_set():
                        mix.learn(order, completion)
                        break
                    # Asked again like a client that was told to wait, not like a hammer.
                    over.wait(0.1)
        finally:
            connection.close()

    def successes(self) -> int:
        """How many attempts have succeeded so far."""
        return sum(event.type == "ok" for event in self.events)


class _Mix:
    """What clients want beside a fault: a room, their money back, or the same thing as somebody just now."""

    def __init__(self, *, clients: Clients, room_types: Sequence[str]) -> None:
        self._clients, self._room_types = clients, room_types
        self._recent: deque[Order] = deque(maxlen=200)
        self._booked: deque[tuple[Order, str]] = deque()
        self._lock = threading.Lock()

    def next_order(self) -> Order:
        with self._lock:
            chance = self._clients.chance
            dice = chance.random()
            if dice < 0.25 and self._recent:  # noqa: PLR2004
                return chance.choice(self._recent)
            if dice < 0.5 and self._booked:  # noqa: PLR2004
                order = self._clients.cancel(*self._booked.popleft())
            else:
                room_type = chance.choice(self._room_types)
                stay = self._clients.stay(room_type, day=chance.randrange(30), nights=chance.randint(1, 3))
                order = self._clients.book(stay)
            self._recent.append(order)
            return order

    def learn(self, order: Order, completion: Event) -> None:
        if order.f == "book" and completion.type == "ok":
            with self._lock:
                self._booked.append((order, completion.booking))


def _type_of(status: int, code: str) -> Type:
    if 200 <= status < 300:  # noqa: PLR2004
        return "ok"
    if status >= 500 or status == 429 or code in _UNSETTLING:  # noqa: PLR2004
        return "info"
    return "fail"


def _document(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
