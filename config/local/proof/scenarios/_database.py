"""PostgreSQL that goes away: T8."""

import time

from config.local.processes import wait_until
from config.local.proof.scenarios._scene import Scene, Seen, beside_load


def postgres_crashes(scene: Scene) -> Seen:
    clients, crashes, waits = scene.clients, scene.size(1, 5), []

    def crash() -> None:
        up = scene.ground.crash_postgres()
        before = clients.successes()
        wait_until(lambda: clients.successes() > before, seconds=30)
        waits.append(time.monotonic() - up)

    seen = beside_load(scene, crash, times=crashes, done=f"{crashes} x immediate shutdown of PostgreSQL")
    return Seen(
        done=seen.done,
        expected=f"{seen.expected}; a success within 5 s of its return",
        seen=f"{seen.seen}; success after at most {max(waits):.1f} s",
        holds=seen.holds and max(waits) < 5,  # noqa: PLR2004
    )
