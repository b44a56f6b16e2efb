"""Lock nodes that are silent, away or forgetful, and holders that come too late: T10 to T13.

The policy is that of production. The room types are those of one or two rooms: there it takes a lock each time.
"""

import time
from contextlib import ExitStack

from config.local.processes import wait_until
from config.local.proof.checker import NO_ROOMS_LEFT
from config.local.proof.fences import locks_taken, stale_writes_counted
from config.local.proof.late_holders import REFUSED_BY_THE_FENCE, Late, late_web
from config.local.proof.scenarios._scene import Scene, Seen, beside_load

_ANSWERED_SHARE = 0.999
_PAUSED_NODES = 2
_EMPTIED_NODES = 3
_EMPTIED_EVERY_SECONDS = 0.2
_PATIENCE_SECONDS = 30
_DRAIN_SECONDS = 60
_TOO_FEW_NODES = "lock nodes answer), going on without"


def two_nodes_paused(scene: Scene) -> Seen:
    seconds, ground = scene.size(3, 60), scene.ground
    taken = without = booked = 0

    def pause() -> None:
        nonlocal taken, without, booked
        locks, log, successes = locks_taken(ground), ground.log.length(), scene.clients.successes()
        with ExitStack() as paused:
            for node in scene.clients.chance.sample(ground.lock_nodes, _PAUSED_NODES):
                paused.enter_context(node.paused())
            time.sleep(seconds)
            # (A busy machine may need longer for the first one.)
            wait_until(lambda: locks_taken(ground) > locks, seconds=_PATIENCE_SECONDS)
            taken = locks_taken(ground) - locks
            without = ground.log.count(_TOO_FEW_NODES, since=log)
            booked = scene.clients.successes() - successes

    seen = beside_load(
        scene,
        pause,
        times=1,
        done=f"{_PAUSED_NODES} of {len(ground.lock_nodes)} lock nodes paused for {seconds} s",
        room_types=_scarce(scene),
    )
    lost = _unanswered(scene)
    return Seen(
        done=seen.done,
        expected=f"{seen.expected}; every request is answered; locks are taken on the other nodes",
        seen=f"{seen.seen}; meanwhile {booked} successes, {taken} locks, {without} times no majority;"
        f" {lost} without an answer",
        # (On a busy machine a node that runs may be silent for its 50 ms as well.)
        holds=seen.holds and lost == 0 and booked > 0 and taken > without,
    )


def redis_gone(scene: Scene) -> Seen:
    seconds, ground, clients = scene.size(3, 60), scene.ground, scene.clients
    meanwhile = taken = 0
    back = 0.0
    ended: list[str] = []

    def outage() -> None:
        nonlocal meanwhile, taken, back
        with ground.without_redis():
            successes, locks = clients.successes(), locks_taken(ground)
            time.sleep(seconds)
            wait_until(lambda: clients.successes() > successes, seconds=_PATIENCE_SECONDS)
            meanwhile, taken = clients.successes() - successes, locks_taken(ground) - locks
        began, locks = time.monotonic(), locks_taken(ground)
        wait_until(lambda: locks_taken(ground) > locks, seconds=_PATIENCE_SECONDS)
        back = time.monotonic() - began

    def drained() -> bool:
        ended.extend(ground.start_fallen())
        return not ground.undone_events()

    seen = beside_load(
        scene,
        outage,
        times=1,
        done=f"broker, cache and all lock nodes down for {seconds} s, then empty",
        room_types=_scarce(scene),
    )
    wait_until(drained, seconds=_DRAIN_SECONDS)
    lost, ends = _unanswered(scene), sum(event.type != "invoke" for event in clients.events)
    share = 1 - lost / ends
    return Seen(
        done=seen.done,
        expected=f"{seen.expected}; at least {100 * _ANSWERED_SHARE} % answered, without locks; then with them",
        seen=f"{seen.seen}; {100 * share:.2f} % answered; meanwhile {meanwhile} successes and {taken} locks;"
        f" the next lock {back:.1f} s after the return; {', '.join(ended) or 'no process'} to be started again",
        holds=seen.holds and share >= _ANSWERED_SHARE and meanwhile > 0 and taken == 0 and back < _PATIENCE_SECONDS,
    )


def nodes_forget(scene: Scene) -> Seen:
    seconds, ground, chance = scene.size(3, 60), scene.ground, scene.clients.chance
    forgotten = taken = refused = stale = 0

    def forget() -> None:
        nonlocal forgotten, taken, refused, stale
        locks, log, over = locks_taken(ground), ground.log.length(), time.monotonic() + seconds
        with stale_writes_counted(ground) as stale_writes:
            while time.monotonic() < over:
                for node in chance.sample(ground.lock_nodes, _EMPTIED_NODES):
                    node.forget()
                forgotten += 1
                time.sleep(_EMPTIED_EVERY_SECONDS)
            stale = stale_writes()
        taken, refused = locks_taken(ground) - locks, ground.log.count(REFUSED_BY_THE_FENCE, since=log)

    seen = beside_load(
        scene,
        forget,
        times=1,
        done=f"FLUSHALL on {_EMPTIED_NODES} of {len(ground.lock_nodes)} lock nodes every 200 ms for {seconds} s",
        room_types=_scarce(scene),
    )
    return Seen(
        done=f"{seen.done}, {forgotten} times",
        expected=f"{seen.expected}; no night is written under an older lock",
        seen=f"{seen.seen}; {taken} locks, {refused} writes refused by the fence, {stale} stale writes",
        holds=seen.holds and stale == 0 and forgotten >= seconds and taken >= seconds,
    )


def holders_paused(scene: Scene) -> Seen:
    """A holder is stopped with its lock and its token, its lock ends, another one books, and it goes on."""
    pauses, ground = scene.size(4, 50), scene.ground
    room_types = {rooms: scene.room_type(rooms) for rooms in (1, 2)}
    told: list[Late] = []
    tries = 0
    with stale_writes_counted(ground) as stale_writes, late_web(ground) as web:
        # (A busy machine may keep the one or the other from a majority of the nodes: then there is nothing to tell.)
        while len(told) < pauses and tries < 3 * pauses:
            rooms, tries = 1 + tries % 2, tries + 1
            late = web.outrun(scene.clients, room_types[rooms], day=tries)
            if late is not None:
                told.append(late)
        stale = stale_writes()
    refused = sum(late.refused for late in told)
    right = sum(late.is_right for late in told)
    return Seen(
        done=f"{len(told)} x a lock holder stopped until its lock of 1 s was over and another holder had booked",
        expected=f"{pauses} late writes refused by the fence, then 201 where a room is left, else {NO_ROOMS_LEFT};"
        " no night is written under an older lock",
        seen=f"{refused} refused by the fence, {right} right answers, {stale} stale writes",
        holds=len(told) == refused == right == pauses and stale == 0,
    )


def _scarce(scene: Scene) -> list[str]:
    """Room types where the policy takes the lock for every booking; enough of them to go on for the whole form."""
    return [scene.room_type(rooms) for rooms in (1, 2) * scene.size(3, 20)]


def _unanswered(scene: Scene) -> int:
    return sum(event.type == "info" and event.code != "request_in_progress" for event in scene.clients.events)
