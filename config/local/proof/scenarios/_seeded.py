"""The checker on trial: platforms with a bug each, under a load that brings it out: T26."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg

from config.local.ports import free_port
from config.local.proof import databases
from config.local.proof.clients import Clients, Order, contradictions
from config.local.proof.ground import Ground
from config.local.proof.history import Event
from config.local.proof.scenarios._scene import Scene, Seen
from config.local.proof.seeded_bugs import BUG
from config.local.proof.web_servers import started, web_program

_AT_ONCE = 2
_NONE = "no bug"
_TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid()"
)


def seeded_bugs(scene: Scene) -> Seen:
    """Each bug in a database of its own, two at a time; and all the loads on a platform without a bug."""
    for bug in (*BUGS, _SOUND):
        _prepare(scene.ground, bug)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        found = dict(zip((*BUGS, _SOUND), pool.map(lambda bug: _tried(scene, bug), (*BUGS, _SOUND)), strict=True))
    accused = found.pop(_SOUND)
    missed = [bug.name for bug, rules in found.items() if not rules & bug.caught_by]
    seen = [f"{bug.name} by {', '.join(sorted(rules)) or 'nothing'}" for bug, rules in found.items()]
    return Seen(
        done=f"{len(BUGS)} bugs seeded into platforms of their own; the same loads without a bug",
        expected="each is caught by a rule that it breaks: "
        + ", ".join(f"{bug.name} by {' or '.join(sorted(bug.caught_by))}" for bug in BUGS)
        + "; without a bug nothing is found",
        seen=f"{len(BUGS) - len(missed)} caught: {'; '.join(seen)}; without a bug: {', '.join(accused) or 'nothing'}",
        holds=not missed and not accused,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Bug:
    """What is wrong, how it comes out, and which rules must see it."""

    name: str
    load: Callable[[Clients], None]
    caught_by: frozenset[str]
    dropped: Mapping[str, str] = field(default_factory=dict)
    """The constraints that are not there in a system with this bug, with their tables."""
    environment: Mapping[str, str] = field(default_factory=lambda: {"LOCK_POLICY": "never"})

    @property
    def database(self) -> str:
        return f"with_{self.name.replace(' ', '_').replace('-', '_')}"


def _prepare(ground: Ground, bug: _Bug) -> None:
    main = ground.environment["DATABASE_URL"]
    url = databases.copy(databases.sibling(main, databases.PRISTINE), to=bug.database)
    with psycopg.connect(url, autocommit=True) as connection:
        for constraint, table in bug.dropped.items():
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}".encode())


def _tried(scene: Scene, bug: _Bug) -> set[str]:
    """The rules that are broken by a platform with this bug, after its load."""
    with _house(scene.ground, bug) as house:
        house.open_hotel()
        clients = Clients(
            ground=house,
            history=scene.clients.history,
            name=f"{scene.clients.name}-{bug.database}",
            seed=scene.clients.seed,
            guests=[house.sign_up("ada@example.com"), house.sign_up("bob@example.com")],
        )
        bug.load(clients)
        clients.settle()
        found = {violation.rule for violation in contradictions(clients)}
    # (Asking takes seconds: only where the history alone cannot know.)
    if (bug is _SOUND or "C4" in bug.caught_by) and house.broken_invariants():
        found.add("C4")
    return found


@contextmanager
def _house(ground: Ground, bug: _Bug) -> Iterator[Ground]:
    """A hotel on a web server with this bug, beside the ground."""
    port, url = free_port(), databases.sibling(ground.environment["DATABASE_URL"], bug.database)
    armed = {"DATABASE_URL": url, **bug.environment, **({} if bug is _SOUND else {BUG: bug.name})}
    program = replace(web_program(port=port, workers=1, environment=armed), name=bug.database)
    with started(ground, program):
        environment = {**ground.environment, "DATABASE_URL": url}
        yield replace(ground, environment=environment, port=port, hotel="", rate_plan="", capacities={})


# The loads ------------------------------------------------------------------------------------------------------------


def _crowd(clients: Clients) -> None:
    stay = _some_stay(clients, rooms=5)
    clients.send_all(clients.book(stay) for _ in range(40))


def _duplicates(clients: Clients) -> None:
    stay = _some_stay(clients, rooms=100)
    orders = [clients.book(stay) for _ in range(12)]
    clients.send_all(order for order in orders for _ in range(4))


def _cancel_twice(clients: Clients) -> None:
    order = clients.book(_some_stay(clients, rooms=5))
    booking = _answer_to(clients, order).booking
    for _ in range(2):
        _answer_to(clients, clients.cancel(order, booking))


def _terminated_backends(clients: Clients) -> None:
    ground, over = clients.ground, threading.Event()
    stay = _some_stay(clients, rooms=100)

    def terminate() -> None:
        while not over.wait(0.1):
            ground.query(_TERMINATE)

    with ThreadPoolExecutor(max_workers=1) as pool:
        terminating = pool.submit(terminate)
        try:
            clients.send_all(clients.book(stay) for _ in range(40))
        finally:
            over.set()
            terminating.result()


def _last_room(clients: Clients) -> None:
    stay = _some_stay(clients, rooms=1)
    clients.send_all([clients.book(stay) for _ in range(6)], clients=6)


def _delayed_duplicate(clients: Clients) -> None:
    stay = _some_stay(clients, rooms=1)
    first, refused = clients.book(stay), clients.book(stay)
    booking = _answer_to(clients, first).booking
    _answer_to(clients, refused)
    _answer_to(clients, clients.cancel(first, booking))
    _answer_to(clients, refused)


def _replay_after_a_change(clients: Clients) -> None:
    order = clients.book(_some_stay(clients, rooms=1))
    _answer_to(clients, clients.cancel(order, _answer_to(clients, order).booking))
    _answer_to(clients, order)


def _some_stay(clients: Clients, *, rooms: int) -> dict[str, str]:
    """In rooms of a type of their own."""
    code = f"TYPE-{len(clients.ground.capacities) + 1}"
    return clients.stay(clients.ground.add_room_type(code=code, rooms=rooms))


def _answer_to(clients: Clients, order: Order) -> Event:
    return clients.send_all([order], clients=1)[0]


def _everything(clients: Clients) -> None:
    for bug in BUGS:
        bug.load(clients)


_CAPACITY = {
    "room_night_never_oversold": "inventory_roomnight",
    "room_night_counts_not_negative": "inventory_roomnight",
}
_KEYS = {"idempotency_principal_key": "platform_idempotencyrecord", "booking_once_per_key": "bookings_booking"}
_SHORT_LOCKS = {"LOCK_POLICY": "always", "LOCK_TTL_SECONDS": "1"}

BUGS: Sequence[_Bug] = (
    _Bug(name="read-then-write", load=_crowd, caught_by=frozenset({"C5"}), dropped=_CAPACITY),
    _Bug(name="answer-in-its-own-transaction", load=_duplicates, caught_by=frozenset({"C2", "C3", "C5"})),
    _Bug(name="no-unique-per-key", load=_duplicates, caught_by=frozenset({"C3"}), dropped=_KEYS),
    _Bug(
        name="second-cancel-gives-back-again", load=_cancel_twice, caught_by=frozenset({"C4", "C5"}), dropped=_CAPACITY
    ),
    _Bug(name="outbox-after-commit", load=_terminated_backends, caught_by=frozenset({"C4"})),
    _Bug(
        name="fence-ignored",
        load=_last_room,
        caught_by=frozenset({"C5"}),
        dropped=_CAPACITY,
        environment=_SHORT_LOCKS,
    ),
    _Bug(name="refusal-not-stored", load=_delayed_duplicate, caught_by=frozenset({"C2", "C3"})),
    _Bug(name="replay-rendered-anew", load=_replay_after_a_change, caught_by=frozenset({"C3"})),
)
_SOUND = _Bug(name=_NONE, load=_everything, caught_by=frozenset(), environment={})
