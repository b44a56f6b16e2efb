"""A relay that dies between publishing and noting it, again and again, and a keeper that starts the next one.

The keeper has the platform's code loaded and forks, so that a hundred lives take seconds. It prints a line for each
death, and runs until SIGTERM. Nothing is connected before the fork.
"""

import argparse
import os
import random
import signal
import sys
from collections.abc import Callable
from typing import Any


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deaths", type=int, required=True, help="After so many the relay lives on.")
    parser.add_argument("--seed", required=True)
    arguments = parser.parse_args()
    import django

    django.setup()
    chance = random.Random(arguments.seed)  # noqa: S311 - repeatable, not secret
    print("relay ready", flush=True)
    for death in range(1, arguments.deaths + 1):
        if not _live(mortal=True, batches=chance.randint(1, 3)):
            return 0
        print(f"death {death}", flush=True)
    _live(mortal=False, batches=0)
    return 0


def _live(*, mortal: bool, batches: int) -> bool:
    """One life; whether it ended by kill -9."""
    child = os.fork()
    if child == 0:
        if mortal:
            _die_at_the_mark(batches)
        from django.core.management import call_command

        call_command("run_outbox_relay", stdout=sys.stderr)
        os._exit(0)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _die_at_the_mark(batches: int) -> None:
    """Kill this process when it is about to note the last of so many batches, which Celery has already."""
    from apps.platform import outbox

    mark: Callable[..., Any] = outbox._mark_published  # noqa: SLF001 - a seam of the proof
    left = batches

    def mark_or_die(ids: list[Any], *, done: bool) -> None:
        nonlocal left
        if ids and not done:
            left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        mark(ids, done=done)

    outbox._mark_published = mark_or_die  # noqa: SLF001


if __name__ == "__main__":
    sys.exit(main())
