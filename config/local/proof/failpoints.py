"""Failpoints: the exact places of a booking at which the proof ends or freezes the process that is there.

`install` wraps the functions below by their names, in a process whose environment says so. A place is armed for one
strike by a file; whoever comes by first takes the file away and is struck.
"""

import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = "PROOF_FAILPOINTS"
"""The variable that names the folder of the files. Without it nothing is wrapped."""

LOCK, NIGHTS, BOOKING, COMMIT = "after-the-lock", "after-the-nights", "after-the-booking", "after-the-commit"

PLACES: Mapping[str, str] = {
    LOCK: "apps.platform.locks:next_fence",
    NIGHTS: "apps.inventory.services:take_nights",
    BOOKING: "apps.bookings.services._placing:_insert",
    COMMIT: "apps.platform.commands:_Run.in_transaction",
}
"""After the return of which function each place lies."""


@dataclass(frozen=True, kw_only=True)
class Failpoints:
    """The files of one folder, as the scenario sees them."""

    folder: Path

    def arm(self, place: str, number: signal.Signals) -> None:
        """Send this signal to the next process that comes to the place, once."""
        self.folder.mkdir(exist_ok=True)
        for old in self.folder.glob(f"{place}.by-*"):
            old.unlink()
        unfinished = self.folder / f"{place}.new"
        unfinished.write_text(number.name)
        unfinished.rename(self.folder / place)

    def struck(self, place: str) -> int | None:
        """The process that was struck at the place since it was armed; None as long as there is none."""
        for file in self.folder.glob(f"{place}.by-*"):
            return int(file.suffix.removeprefix(".by-"))
        return None


def install(environment: Mapping[str, str]) -> None:
    """Wrap the functions of all places, if the environment asks for it.

    :raises AttributeError: if a function is not where this page says; nothing is proven by a place that is not there.
    """
    if not (folder := environment.get(FOLDER)):
        return
    for place, where in PLACES.items():
        module, _, path = where.partition(":")
        *owners, name = path.split(".")
        owner: Any = import_module(module)
        for step in owners:
            owner = getattr(owner, step)
        setattr(owner, name, _struck_after(getattr(owner, name), Path(folder) / place))


def _struck_after(function: Callable[..., Any], armed: Path) -> Callable[..., Any]:
    @wraps(function)
    def struck(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        taken = armed.with_name(f"{armed.name}.by-{os.getpid()}")
        try:
            # Only one of many succeeds.
            armed.rename(taken)
        except FileNotFoundError:
            return result
        # To this thread, not to the process: a SIGSTOP to the process is for any of its threads to take, and as long as
        # that one waits for a processor, this one goes on past the place.
        signal.pthread_kill(threading.get_ident(), signal.Signals[taken.read_text()])
        return result

    return struck
