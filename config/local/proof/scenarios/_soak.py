"""A long time with everything at once: T30."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle

from config.local.processes import send, wait_until
from config.local.proof.memory import Memory
from config.local.proof.scenarios._database import terminate_backends
from config.local.proof.scenarios._scene import Scene, Seen, beside_load
from config.local.proof.web_servers import await_workers, workers_of

_MOST_GROWTH = 0.10
_WARM_UP = 0.3
_MEASURED = ("web", "worker", "relay")


def soak(scene: Scene) -> Seen:
    seconds, chance = scene.size(8, 600), scene.clients.chance
    faults, suffered, ended = _faults(scene), Counter[str](), list[str]()
    limit = time.monotonic() + seconds

    def suffer() -> None:
        for name in cycle(chance.sample(sorted(faults), len(faults))):
            if time.monotonic() > limit:
                return
            faults[name]()
            suffered[name] += 1
            ended.extend(scene.ground.start_fallen())
            # (A soak is as long as it is: between its faults the platform works.)
            time.sleep(min(chance.uniform(0, seconds / 30), max(0.0, limit - time.monotonic())))

    with _memory_watched(scene) as memory:
        seen = beside_load(scene, suffer, times=1, done=f"{seconds} s of faults at random times", clients=2)
        ended.extend(scene.ground.start_fallen())
    grown = memory.growth(warm_up=_WARM_UP)
    told = ", ".join(f"{name} {share:+.1%}" for name, share in grown.items())
    short = " (too short to judge)" if scene.short else f" by less than {_MOST_GROWTH:.0%} after the warm-up"
    return replace(
        seen,
        done=f"{seen.done}: {', '.join(f'{times} x {name}' for name, times in sorted(suffered.items()))}",
        expected=f"{seen.expected}; the memory of web, worker and relay grows{short}",
        seen=f"{seen.seen}; memory: {told}; {', '.join(ended) or 'no process'} ended by itself and was started again",
        # (The worker may have been started again too late to be judged.)
        holds=seen.holds and (scene.short or ({"web", "relay"} <= set(grown) and max(grown.values()) < _MOST_GROWTH)),
    )


def _faults(scene: Scene) -> Mapping[str, Callable[[], object]]:
    """What may happen at any time; the relay, the worker and the oldest web worker live on, to be measured."""
    ground = scene.ground

    def web_worker_killed() -> None:
        workers = workers_of(ground.stack)
        send(workers[-1], signal.SIGKILL)
        wait_until(lambda: workers[-1] not in workers_of(ground.stack), seconds=10)
        await_workers(ground.stack, len(workers))

    def redis_gone() -> None:
        with ground.without_redis():
            time.sleep(scene.size(1, 5))

    return {
        "web worker killed": web_worker_killed,
        "beat killed": lambda: ground.kill("beat"),
        "backends terminated": lambda: terminate_backends(ground),
        "PostgreSQL crashed": ground.crash_postgres,
        "Redis gone": redis_gone,
    }


@contextmanager
def _memory_watched(scene: Scene) -> Iterator[Memory]:
    memory, over = Memory(stack=scene.ground.stack, programs=_MEASURED), threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            memory.sample()

    watcher = threading.Thread(target=watch)
    memory.sample()
    watcher.start()
    try:
        yield memory
    finally:
        over.set()
        watcher.join()
        memory.sample()
