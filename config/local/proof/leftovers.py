"""The programs of a run that was itself ended with kill -9: they are found by the next one, and ended."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from config.local.processes import is_alive, started_at, wait_until

_PATIENCE_SECONDS = 10


class Leftovers:
    """A file that says which programs were started, and when: a number alone could be another's by then."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def note(self, _: str, pid: int) -> None:
        """Remember a program that was started, at the head of a process group of its own."""
        with self._file.open("a") as file:
            file.write(f"{pid} {started_at(pid)}\n")

    def end(self) -> list[int]:
        """End with kill -9 what still runs, children included; which programs that were."""
        if not self._file.exists():
            return []
        noted = (line.split(" ", 1) for line in self._file.read_text().splitlines())
        running = [int(pid) for pid, start in noted if started_at(int(pid)) == start]
        for pid in running:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        wait_until(lambda: not any(is_alive(pid) for pid in running), seconds=_PATIENCE_SECONDS)
        self._file.unlink()
        return running
