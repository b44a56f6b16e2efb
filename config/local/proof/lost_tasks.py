"""Handing over again at once what a broker or a worker has lost, where the relay of the proof would wait for 20 s."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from config.local import programs
from config.local.processes import wait_until
from config.local.proof.ground import Ground

_LOST_AFTER_SECONDS = 3
_PATIENCE_SECONDS = 90


def hand_over_lost_tasks(ground: Ground) -> None:
    """When nothing waits in the broker, let a relay pass once that takes for lost what is not done after 3 s.

    Just once: while tasks wait, to hand them over again and again would only make the queue longer.

    :raises TimeoutError: if the queues do not get empty, or the relay does not end.
    """
    relay = programs.relay()
    once = replace(
        relay,
        name="relay once",
        arguments=(*relay.arguments, "--once"),
        environment={**relay.environment, "OUTBOX_LOST_AFTER_SECONDS": str(_LOST_AFTER_SECONDS)},
    )
    _await(lambda: ground.broker.waiting() == 0)
    _await(lambda: _just_handed_over(ground) == 0)
    ground.stack.provide(once)
    ground.stack.start(once.name, wait=False)
    _await(lambda: not ground.stack.is_running(once.name))


def _just_handed_over(ground: Ground) -> int:
    sql = "SELECT count(*) AS n FROM platform_outboxmessage WHERE done_at IS NULL AND published_at > now() - %s"
    return int(ground.query(sql, [timedelta(seconds=_LOST_AFTER_SECONDS)])[0]["n"])


def _await(condition: Callable[[], bool]) -> None:
    if not wait_until(condition, seconds=_PATIENCE_SECONDS, pause=0.1):
        raise TimeoutError(f"what was lost is not handed over within {_PATIENCE_SECONDS} s")
