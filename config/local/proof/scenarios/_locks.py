"""Lock nodes that are away or forget: T11."""

import time

from config.local.proof.scenarios._scene import Scene, Seen, beside_load


def valkey_gone(scene: Scene) -> Seen:
    seconds = scene.size(5, 60)

    def outage() -> None:
        with scene.ground.without_redis():
            time.sleep(seconds)

    seen = beside_load(scene, outage, times=1, done=f"Valkey down for {seconds} s, then empty")
    ends = [event for event in scene.clients.events if event.type != "invoke"]
    lost = sum(end.type == "info" and end.code != "request_in_progress" for end in ends)
    return Seen(
        done=seen.done,
        expected=f"{seen.expected}; at least 99.9 % are answered",
        seen=f"{seen.seen}; {100 * (1 - lost / len(ends)):.2f} % answered",
        holds=seen.holds and lost <= len(ends) / 1_000,
    )
