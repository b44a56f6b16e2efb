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
from datetime import UTC, date, datetime, timedelta
from typing import Any

from config.local.proof.checker import ROLLOVER, Violation, check
from config.local.proof.connection import Connection, Unanswered
from config.local.proof.ground import Ground, Guest
from config.local.proof.history import Event, History, Type, unsettled

# Answers that settle nothing: the same key is to be sent again.
_UNSETTLING = {"request_in_progress", "token_expired"}
_SETTLING_SECONDS = 90
_MIXED_TRIES = 60
# So that what follows from bookings (mails above all) keeps up with them on two processors.
_MIXED_PER_SECOND = 50
_MOST_MIXED = 200_000

# The shares of the mixed load.
_LOOKING = 0.05
_REPEATING, _GOING_ON = 0.25, 0.6
_HOLDING, _CONFIRMING = 0.3, 0.75
_ARRIVING_TODAY = 0.15


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
    events: list[Event] = field(default_factory=list)
    """The part of these clients in the history, in order."""
    _tokens: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _granted: int = 0

    def __post_init__(self) -> None:
        self.ports = self.ports or (self.ground.port,)
        self.chance = random.Random(f"{self.seed} {self.name}")  # noqa: S311 - repeatable, not secret
        self._lock = threading.Lock()

    # Orders

    def key(self) -> str:
        """A fresh one."""
        with self._lock:
            self._count += 1
            return f"{self.name}-{self.seed}-{self._count}"

    def stay(self, room_type: str, *, day: int = 0, nights: int = 1) -> dict[str, str]:
        return _stay(room_type, self.ground.first_night.date() + timedelta(days=day), nights)

    def stay_from_today(self, room_type: str, *, nights: int = 1) -> dict[str, str]:
        """A stay that may be checked in at once."""
        return _stay(room_type, (datetime.now(tz=UTC) - ROLLOVER).date(), nights)

    def book(self, value: dict[str, str], *, guest: Guest | None = None, key: str = "") -> Order:
        return Order(guest=guest or self.chance.choice(self.guests), key=key or self.key(), f="book", value=value)

    def hold(self, value: dict[str, str], *, guest: Guest | None = None, key: str = "") -> Order:
        """Book without confirming."""
        return Order(guest=guest or self.chance.choice(self.guests), key=key or self.key(), f="hold", value=value)

    def confirm(self, order: Order, booking: str) -> Order:
        """Confirm what an order holds, under a fresh key."""
        return Order(guest=order.guest, key=self.key(), f="confirm", value={"booking": booking})

    def cancel(self, order: Order, booking: str) -> Order:
        """Cancel what an order has booked, under a fresh key."""
        return Order(guest=order.guest, key=self.key(), f="cancel", value={"booking": booking})

    def amend(self, order: Order, end: Event, stay: dict[str, str], *, revision: int, key: str = "") -> Order:
        """Let what an order has booked be another stay, as long as it is in this revision."""
        value = {"booking": end.booking, "reservation": end.reservation, "revision": str(revision), **stay}
        return Order(guest=order.guest, key=key or self.key(), f="amend", value=value)

    def at_the_desk(self, f: str, booking: str, reservation: str) -> Order:
        """Let the staff check a guest in or out, under a fresh key."""
        value = {"booking": booking, "reservation": reservation}
        return Order(guest=self.ground.staff, key=self.key(), f=f, value=value)

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
        guests = {guest.principal: guest for guest in [*self.guests, self.ground.staff]}
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
        self._note(**common, type="invoke")
        try:
            status, content = connection.post(
                path, body, token=token, key=order.key, revision=order.value.get("revision", "")
            )
        except Unanswered as error:
            return self._note(**common, type="info", code=str(error))
        answer = _document(content)
        code = str(answer.get("code", ""))
        if code == "token_expired":
            self._tokens[order.guest.email] = self.ground.sign_in(order.guest.email).token
        return self._note(
            **common,
            type=_type_of(status, code),
            status=status,
            code=code,
            body_sha=hashlib.sha256(content).hexdigest(),
            booking=str(answer.get("id", "")),
            reservation="".join(stay["id"] for stay in answer.get("reservations", ())[:1]),
        )

    def look(self, connection: Connection, value: dict[str, str], *, process: str) -> Event:
        """Ask how many rooms of a type are left for a stay, and note the answer."""
        common: dict[str, Any] = {
            "op_id": self.history.next_id(),
            "process": process,
            "user": "",
            "key": "",
            "f": "look",
            "value": value,
        }
        dates = f"arrival={value['arrival']}&departure={value['departure']}"
        self._note(**common, type="invoke")
        try:
            status, content = connection.get(f"/api/v1/hotels/{self.ground.hotel}/offers?{dates}&occupancy=1")
        except Unanswered as error:
            return self._note(**common, type="info", code=str(error))
        if status != 200:  # noqa: PLR2004
            return self._note(**common, type="info", status=status, code=str(_document(content).get("code", "")))
        offers = _document(content)["results"]
        left = [offer["rooms_left"] for offer in offers if offer["room_type"]["id"] == value["room_type"]]
        return self._note(**common, type="ok", status=status, left=max(left, default=0))

    def _note(self, **event: Any) -> Event:
        with self._lock:
            noted = self.history.add(**event)
            self.events.append(noted)
            self._granted += noted.type == "ok" and noted.f != "look"
        return noted

    def _request(self, order: Order) -> tuple[str, dict[str, Any]]:
        if order.f in {"cancel", "confirm"}:
            return f"/api/v1/bookings/{order.value['booking']}/{order.f}", {}
        if order.f == "amend":
            stay = {"id": order.value["reservation"], "room_type_id": order.value["room_type"]}
            stay |= {name: order.value[name] for name in ("arrival", "departure")}
            return f"/api/v1/bookings/{order.value['booking']}/amend", {"reservations": [stay]}
        if order.f in {"check_in", "check_out"}:
            return f"/api/v1/reservations/{order.value['reservation']}/{order.f.replace('_', '-')}", {}
        return "/api/v1/bookings", {
            "hotel_id": self.ground.hotel,
            "arrival": order.value["arrival"],
            "departure": order.value["departure"],
            "rooms": [{"room_type_id": order.value["room_type"], "rate_plan_id": self.ground.rate_plan, "adults": 1}],
            "booker": {"full_name": "Ada Lovelace", "email": order.guest.email},
            "confirm": order.f == "book",
        }

    # Load beside a fault

    @contextmanager
    def mixed_load(self, room_types: Sequence[str], *, clients: int = 16) -> Iterator[None]:
        """Everything that guests and staff do, with duplicates, all through the block; who gets no answer asks again.

        Now and then somebody looks how many rooms are left.
        """
        over = threading.Event()
        mix = _Mix(clients=self, room_types=room_types)
        with ThreadPoolExecutor(max_workers=clients) as pool:
            pause = clients / _MIXED_PER_SECOND
            working = [pool.submit(self._mixed, f"client-{number}", mix, over, pause) for number in range(clients)]
            try:
                yield
            finally:
                over.set()
                for done in working:
                    done.result()

    def _mixed(self, process: str, mix: "_Mix", over: threading.Event, pause: float) -> None:
        connection = Connection(*self.ports)
        try:
            while not over.is_set() and len(self.events) < _MOST_MIXED:
                if look := mix.next_look():
                    self.look(connection, look, process=process)
                order = mix.next_order()
                for _ in range(_MIXED_TRIES):
                    completion = self.attempt(connection, order, process=process)
                    if completion.type != "info" or over.is_set():
                        mix.learn(order, completion)
                        break
                    # Asked again like a client that was told to wait, not like a hammer.
                    over.wait(0.1)
                over.wait(pause)
        except BaseException:
            over.set()
            raise
        finally:
            connection.close()

    def successes(self) -> int:
        """How many attempts have succeeded so far; looking counts for nothing."""
        return self._granted


class _Mix:
    """What goes on in a hotel: guests book, hold, confirm, cancel and ask again; some arrive today, and leave."""

    def __init__(self, *, clients: Clients, room_types: Sequence[str]) -> None:
        self._clients, self._room_types = clients, room_types
        self._recent: deque[Order] = deque(maxlen=200)
        self._following: deque[Order] = deque()
        self._lock = threading.Lock()

    def next_look(self) -> dict[str, str] | None:
        """The stay that somebody wonders about, or most often None."""
        with self._lock:
            return self._some_stay() if self._clients.chance.random() < _LOOKING else None

    def next_order(self) -> Order:
        with self._lock:
            dice = self._clients.chance.random()
            if dice < _REPEATING and self._recent:
                return self._clients.chance.choice(self._recent)
            order = self._following.popleft() if dice < _GOING_ON and self._following else self._some_order()
            self._recent.append(order)
            return order

    def learn(self, order: Order, completion: Event) -> None:
        """Let a success have consequences."""
        if completion.type == "ok":
            with self._lock:
                self._following.extend(self._consequences(order, completion))

    def _some_stay(self) -> dict[str, str]:
        chance = self._clients.chance
        room_type, nights = chance.choice(self._room_types), chance.randint(1, 3)
        if chance.random() < _ARRIVING_TODAY:
            return self._clients.stay_from_today(room_type, nights=nights)
        return self._clients.stay(room_type, day=chance.randrange(30), nights=nights)

    def _some_order(self) -> Order:
        place = self._clients.hold if self._clients.chance.random() < _HOLDING else self._clients.book
        return place(self._some_stay())

    def _consequences(self, order: Order, completion: Event) -> Iterator[Order]:
        clients, booking = self._clients, completion.booking
        arrives_today = order.value.get("arrival") == clients.stay_from_today("")["arrival"]
        if order.f == "hold":
            yield (
                clients.confirm(order, booking)
                if clients.chance.random() < _CONFIRMING
                else clients.cancel(order, booking)
            )
        elif order.f == "book" and arrives_today:
            yield clients.at_the_desk("check_in", booking, completion.reservation)
        elif order.f == "check_in":
            yield clients.at_the_desk("check_out", booking, completion.reservation)
        elif order.f in {"book", "confirm"}:
            yield clients.cancel(order, booking)


def contradictions(clients: Clients) -> tuple[Violation, ...]:
    """What the rules of the checker find, once everything is settled."""
    ground = clients.ground
    principals = [guest.principal for guest in [*clients.guests, ground.staff]]
    return check(
        clients.events,
        ground.bookings_of(principals),
        ground.commits_of(principals),
        capacities=ground.capacities,
    )


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


def _stay(room_type: str, arrival: date, nights: int) -> dict[str, str]:
    departure = arrival + timedelta(days=nights)
    return {"room_type": room_type, "arrival": arrival.isoformat(), "departure": departure.isoformat()}
