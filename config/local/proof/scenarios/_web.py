"""Web processes that end while they work: T6."""

from config.local.proof.scenarios._scene import Scene, Seen, beside_load


def web_killed(scene: Scene) -> Seen:
    kills, chance = scene.size(10, 200), scene.clients.chance

    def kill() -> None:
        if chance.random() < 0.5:  # noqa: PLR2004
            scene.ground.kill("web")
        else:
            scene.ground.kill_web_worker(chance)

    return beside_load(scene, kill, times=kills, done=f"{kills} x kill -9 of the web server or of one of its workers")
