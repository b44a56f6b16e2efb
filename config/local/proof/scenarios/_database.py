"""PostgreSQL that goes away, and connections that it ends: T8 and T9."""

import time
from dataclasses import replace

from config.local.processes import wait_until
from config.local.proof.clients import Clients
from config.local.proof.ground import Ground
from config.local.proof.scenarios._scene import Scene, Seen, beside_load

_SOON_SECONDS = 5
_PATIENCE_SECONDS = 30


def postgres_crashes(scene: Scene) -> Seen:
    clients, crashes, waits = scene.clients, scene.size(1, 5), list[float]()

    def crash() -> None:
        down = time.monotonic()
        up = scene.ground.crash_postgres()
        wait_until(
            lambda: _first_success(clients, asked_after=down, told_after=up) is not None, seconds=_PATIENCE_SECONDS
        )
        waits.append((_first_success(clients, asked_after=down, told_after=up) or time.monotonic()) - up)

    seen = beside_load(scene, crash, times=crashes, done=f"{crashes} x immediate shutdown of PostgreSQL")
    return replace(
        seen,
        expected=f"{seen.expected}; a success within {_SOON_SECONDS} s of the moment when it lets a stranger in",
        seen=f"{seen.seen}; success after at most {max(waits):.2f} s",
        holds=seen.holds and max(waits) < _SOON_SECONDS,
    )


def _first_success(clients: Clients, *, asked_after: float, told_after: float) -> float | None:
    """When the first attempt that began after one moment succeeded after another."""
    recent = [event for event in list(clients.events) if event.t > asked_after]
    asked = {event.op_id for event in recent if event.type == "invoke"}
    return next(
        (event.t for event in recent if event.type == "ok" and event.op_id in asked and event.t > told_after), None
    )


def backends_terminated(scene: Scene) -> Seen:
    ground, seconds = scene.ground, scene.size(4, 60)
    ended: list[int] = []

    def terminate_all() -> None:
        ended.append(terminate_backends(ground))
        # Each second, whatever comes of it: this is a clock, not a wait for something.
        time.sleep(1)

    running = [name for name in ("web", "worker", "beat", "relay") if ground.stack.is_running(name)]
    seen = beside_load(
        scene,
        terminate_all,
        times=seconds,
        done=f"{seconds} x all backends terminated, one second apart",
        between=(1, 1),
    )
    failures = sum(event.status == 500 for event in scene.clients.events)  # noqa: PLR2004
    fallen = [name for name in running if not ground.stack.is_running(name)]
    return replace(
        seen,
        done=f"{seen.done} ({sum(ended)} connections)",
        expected=f"{seen.expected}; never 500; every process goes on",
        seen=f"{seen.seen}; {', '.join(fallen) or 'no process'} ended",
        holds=seen.holds and failures == 0 and not fallen and sum(ended) > seconds,
    )


def terminate_backends(ground: Ground) -> int:
    """End every connection that the platform has to PostgreSQL; how many there were."""
    sql = (
        "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) AS n FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
    )
    return int(ground.query(sql)[0]["n"])
