"""What a scenario is given and gives back, and the load that goes on beside a fault."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.local.processes import wait_until
from config.local.proof.clients import Clients
from config.local.proof.ground import Ground
from config.local.proof.history import Event

_PROGRESS_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a scenario did, expected and saw; `holds` is whether the last two agree.

    A scenario that cannot be tried where it runs says so: it does not apply, and proves nothing.
    """

    done: str
    expected: str
    seen: str
    holds: bool
    applies: bool = True


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


def beside_load(
    scene: Scene,
    fault: Callable[[], None],
    *,
    times: int,
    done: str,
    clients: int = 16,
    room_types: Sequence[str] = (),
    between: tuple[int, int] = (5, 40),
) -> Seen:
    """So many faults, each after some successes since the one before, while clients book, cancel and repeat.

    :param between: the fewest and the most successes before a fault.
    """
    load, chance = scene.clients, scene.clients.chance
    room_types = room_types or [scene.room_type(rooms) for rooms in (3, 20, 400)]
    with load.mixed_load(room_types, clients=clients):
        for _ in range(times):
            await_successes(load, chance.randint(*between))
            fault()
        await_successes(load, 40)
    unknown = {event.intention for event in load.events if event.type == "info" and event.f != "look"}
    load.settle()
    ends = [event for event in load.events if event.type != "invoke" and event.f != "look"]
    keys = len({event.key for event in ends})
    return Seen(
        done=f"{done}, {clients} clients with duplicates",
        expected="nothing lost, nothing double, all known at the end",
        seen=f"{keys:,} keys, {len(unknown):,} of them unknown for a while; {counts(ends)}",
        holds=keys > times,
    )


def await_successes(load: Clients, more: int) -> None:
    before = load.successes()
    if not wait_until(lambda: load.successes() >= before + more, seconds=_PROGRESS_SECONDS):
        raise TimeoutError(f"no {more} successes within {_PROGRESS_SECONDS} s")


def taken_of(scene: Scene, room_type: str) -> dict[str, int]:
    rows = scene.ground.query(
        "SELECT night::text, sold + held AS taken FROM inventory_roomnight WHERE room_type_id = %s", [room_type]
    )
    return {row["night"]: row["taken"] for row in rows}


def succeeded(events: Sequence[Event]) -> int:
    return sum(event.type == "ok" for event in events)


def counts(ends: Sequence[Event]) -> str:
    found = Counter((end.code or str(end.status)) if end.status else "no answer" for end in ends)
    return ", ".join(f"{number:,} x {what}" for what, number in sorted(found.items()))
