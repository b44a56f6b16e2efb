"""Handing over again at once what a broker or a worker has lost, where the relay of the proof would wait."""

from dataclasses import replace
from datetime import timedelta

from config.local import programs
from config.local.processes import wait_until
from config.local.proof.ground import Ground

_LOST_AFTER_SECONDS = 3
_PATIENCE_SECONDS = 60


def hand_over_lost_tasks(ground: Ground) -> None:
    """When nothing waits in the broker, let a relay pass once that takes for lost what is not done after 3 s.

    Just once: while tasks wait, to hand them over again and again would only make the queue longer. On a machine that
    is too busy for that the usual relay finds what is left.
    """
    relay = programs.relay()
    once = replace(
        relay,
        name="relay once",
        arguments=(*relay.arguments, "--once"),
        environment={**relay.environment, "OUTBOX_LOST_AFTER_SECONDS": str(_LOST_AFTER_SECONDS)},
    )
    wait_until(lambda: ground.broker.waiting() == 0, seconds=_PATIENCE_SECONDS, pause=0.1)
    wait_until(lambda: _just_handed_over(ground) == 0, seconds=_PATIENCE_SECONDS, pause=0.1)
    ground.stack.provide(once)
    ground.stack.start(once.name, wait=False)
    if not wait_until(lambda: not ground.stack.is_running(once.name), seconds=_PATIENCE_SECONDS, pause=0.1):
        ground.stack.stop(once.name)


def _just_handed_over(ground: Ground) -> int:
    sql = "SELECT count(*) AS n FROM platform_outboxmessage WHERE done_at IS NULL AND published_at > now() - %s"
    return int(ground.query(sql, [timedelta(seconds=_LOST_AFTER_SECONDS)])[0]["n"])
