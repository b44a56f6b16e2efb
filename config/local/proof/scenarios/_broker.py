"""A broker that swallows everything, and one that forgets: T15 and T16."""

from collections.abc import Sequence

from config.local.processes import wait_until
from config.local.proof.history import Event
from config.local.proof.lost_tasks import hand_over_lost_tasks
from config.local.proof.scenarios._mails import mails_to
from config.local.proof.scenarios._scene import Scene, Seen, counts, succeeded

_MOST_SLOWER = 1.2
_PATIENCE_SECONDS = 60


def broker_black_holed(scene: Scene) -> Seen:
    ground, clients = scene.ground, scene.clients
    rounds, bookings = scene.size(2, 4), scene.size(20, 50)
    room_type = scene.room_type(2 * rounds * bookings)
    usual: list[Event] = []
    swallowed: list[Event] = []
    held_back = []

    def book() -> list[Event]:
        return clients.send_all([clients.book(clients.stay(room_type)) for _ in range(bookings)], clients=4)

    for number in range(rounds):
        _await_drain(scene)
        usual += book()
        begun = ground.log.length()
        with ground.broker.paused():
            before = ground.undone_events()
            swallowed += book()
            held_back.append(ground.undone_events() - before)
            if not scene.short and number == rounds - 1:
                # Until the relay's own patience has run out as well.
                wait_until(lambda: ground.log.count("relay waits", since=begun) > 0, seconds=40)  # noqa: B023
    mails = mails_to(ground, [guest.email for guest in clients.guests])
    ratio = _p95(clients.events, swallowed) / _p95(clients.events, usual)
    ends, asked = [*usual, *swallowed], 2 * rounds * bookings
    # In the short form the latency is of too few bookings, on a machine with too much else to do, to be judged.
    limit = "reported" if scene.short else f"at most {_MOST_SLOWER} x that without the fault"
    return Seen(
        done=f"the broker takes connections and answers nobody during {rounds} x {bookings} of {asked} bookings",
        expected=f"201 each; meanwhile no event goes out, afterwards all {asked} mails, once; p95 {limit}",
        seen=f"{counts(ends)}; at least {min(held_back)} events held back at a time; {mails}; p95 {ratio:.2f} x",
        holds=succeeded(ends) == asked
        and min(held_back) >= bookings
        and (mails.each_arrived and mails.sent == asked and mails.again == 0)
        and (scene.short or ratio <= _MOST_SLOWER),
    )


def broker_forgets(scene: Scene) -> Seen:
    ground, clients, tasks = scene.ground, scene.clients, scene.size(60, 500)
    room_type = scene.room_type(tasks)
    _await_drain(scene)
    ground.stack.stop("worker")
    ends = clients.send_all([clients.book(clients.stay(room_type)) for _ in range(tasks)])
    if not wait_until(lambda: ground.broker.waiting() >= tasks, seconds=_PATIENCE_SECONDS):
        raise TimeoutError(f"no {tasks} tasks are queued within {_PATIENCE_SECONDS} s")
    ground.broker.stop()
    ground.broker.start()
    left = ground.broker.waiting()
    hand_over_lost_tasks(ground)
    ground.stack.start("worker")
    mails = mails_to(ground, [guest.email for guest in clients.guests])
    return Seen(
        done=f"the broker restarted empty with the tasks of {tasks} bookings in its queues",
        expected=f"nothing is left in the broker, and yet {tasks} mails arrive, each once",
        seen=f"{left} tasks left; {counts(ends)}; {mails}",
        holds=succeeded(ends) == tasks
        and left < tasks / 10
        and (mails.each_arrived and mails.sent == tasks and mails.again == 0),
    )


def _await_drain(scene: Scene) -> None:
    if not wait_until(lambda: scene.ground.undone_events() == 0, seconds=_PATIENCE_SECONDS):
        raise TimeoutError(f"the outbox is not empty after {_PATIENCE_SECONDS} s")


def _p95(events: Sequence[Event], ends: Sequence[Event]) -> float:
    """The time, in seconds, within which 95 of 100 of these attempts were answered."""
    asked = {event.op_id: event.t for event in events if event.type == "invoke"}
    times = sorted(end.t - asked[end.op_id] for end in ends)
    return times[int(0.95 * (len(times) - 1))]
