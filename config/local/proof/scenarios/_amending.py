"""Bookings that change all the time, while web workers die: T31."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.local.proof.clients import Order
from config.local.proof.history import Event
from config.local.proof.scenarios._scene import Scene, Seen, counts
from config.local.proof.scenarios._web import killing_workers

_DAYS = 6
_MOST_REVISIONS = 2
_ENDING, _CANCELING = 0.3, 0.5


def amending_storm(scene: Scene) -> Seen:
    clients, requests = scene.clients, scene.size(120, 2_000)
    rooms = scene.size(6, 90)
    storm = _Storm(scene=scene, room_types=[scene.room_type(rooms), scene.room_type(rooms)])
    with killing_workers(scene, scene.size(6, 60)) as killed:
        ends = clients.send_all([clients.book(storm.some_stay()) for _ in range(requests)], then=storm.go_on)
    clients.settle()
    amended = {
        event.key: (event.booking, event.value["revision"])
        for event in clients.events
        if event.f == "amend" and event.type == "ok"
    }
    most = max(Counter(amended.values()).values(), default=0)
    return Seen(
        done=f"{requests:,} bookings wanted in 2 x {rooms} rooms and {_DAYS} days, each amended under two keys a"
        f" revision, one of them twice, some canceled; {killed['workers']} x kill -9 of a web worker",
        expected="nothing lost, nothing double; of the wishes for one revision at most one is granted",
        seen=f"{len(amended):,} amendments, at most {most} of one revision; {counts(ends)}",
        holds=len(amended) > requests / 10 and most == 1,
    )


@dataclass(frozen=True, kw_only=True)
class _Storm:
    """What follows from each booking and each amendment of it."""

    scene: Scene
    room_types: Sequence[str]

    def some_stay(self) -> dict[str, str]:
        clients, chance = self.scene.clients, self.scene.clients.chance
        return clients.stay(chance.choice(self.room_types), day=chance.randrange(_DAYS), nights=chance.randint(1, 3))

    def go_on(self, order: Order, end: Event) -> Sequence[Order]:
        if end.type != "ok" or order.f == "cancel":
            return ()
        chance, revision = self.scene.clients.chance, int(order.value.get("revision", "0")) + 1
        if revision <= _MOST_REVISIONS and chance.random() > _ENDING:
            return list(self._amendments(order, end, revision))
        return [self.scene.clients.cancel(order, end.booking)] if chance.random() < _CANCELING else ()

    def _amendments(self, order: Order, end: Event, revision: int) -> Iterator[Order]:
        """Two wishes for one revision; the first of them comes again."""
        clients = self.scene.clients
        first = clients.amend(order, end, self._another_stay(order), revision=revision)
        yield from (first, first, clients.amend(order, end, self._another_stay(order), revision=revision))

    def _another_stay(self, order: Order) -> dict[str, str]:
        """(What is wanted as it is already makes no revision.)"""
        while (stay := self.some_stay()).items() <= order.value.items():
            pass
        return stay
