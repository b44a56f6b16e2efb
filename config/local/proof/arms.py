"""What a process of the platform does wrong on purpose, armed by its environment and in the proof only.

Everything is wrapped or registered from outside, by name: the platform itself knows nothing of it.
"""

import os
import signal
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from config.local.proof import failpoints, seeded_bugs

POISON = "PROOF_POISON"
"""The id of a booking whose confirmation is poison: one handler fails at it, another one ends its process."""
POISON_RUNS = "PROOF_POISON_RUNS"
"""A file that gets a line, the name of the handler, for every run of a poisoned handler."""
LEASE_SECONDS = "PROOF_LEASE_SECONDS"
"""How long a relay that died keeps its messages from the others."""


def arm(environment: Mapping[str, str]) -> None:
    """Arm this process with whatever its environment names."""
    failpoints.install(environment)
    if bug := environment.get(seeded_bugs.BUG):
        seeded_bugs.seed(bug)
    if seconds := environment.get(LEASE_SECONDS):
        _shorten_lease(timedelta(seconds=float(seconds)))
    if booking := environment.get(POISON):
        _poison(booking, Path(environment[POISON_RUNS]))


def _shorten_lease(lease: timedelta) -> None:
    from apps.platform import outbox

    outbox.LEASE = lease


def _poison(booking: str, runs: Path) -> None:
    from apps.platform.outbox import Message, handles

    def is_poison(message: Message, handler: str) -> bool:
        if UUID(message.payload["data"]["booking_id"]) != UUID(booking):
            return False
        with runs.open("a") as file:
            file.write(f"{handler}\n")
        return True

    @handles("booking.confirmed", queue="critical")
    def fail(message: Message) -> None:
        if is_poison(message, "fail"):
            raise ValueError("poison")

    @handles("booking.confirmed", queue="critical")
    def die(message: Message) -> None:
        if is_poison(message, "die"):
            os.kill(os.getpid(), signal.SIGKILL)
