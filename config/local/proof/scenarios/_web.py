"""Web processes that end while they work: T6."""

from config.local.proof import web_servers
from config.local.proof.scenarios._scene import Scene, Seen, beside_load

_WHOLE = 20  # one kill in so many ends the whole server


def web_killed(scene: Scene) -> Seen:
    kills, ground, chance = scene.size(20, 200), scene.ground, scene.clients.chance
    whole = set(chance.sample(range(kills), kills // _WHOLE))
    done = iter(range(kills))

    def kill() -> None:
        if next(done) in whole:
            ground.kill("web")
        else:
            web_servers.kill_worker(ground.stack, chance)

    return beside_load(
        scene, kill, times=kills, done=f"{kills} x kill -9 of a web worker, {len(whole)} of them of all at once"
    )
