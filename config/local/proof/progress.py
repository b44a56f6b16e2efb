"""The progress of a run on a terminal: which test is at work, since when, how many are left, and the time so far."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Never

from tqdm import tqdm

_FORMAT = "{desc} |{bar}| {n_fmt} of {total_fmt} tests, {elapsed}"


@contextmanager
def progress(names: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """A bar for the block that goes on by itself; call what it gives before each test, with its name.

    Nothing is drawn where nobody looks, that is without a terminal.
    """
    with tqdm(total=len(names), disable=None, leave=False, bar_format=_FORMAT) as bar:
        over, at_work = threading.Event(), _AtWork(bar)
        ticking = threading.Thread(target=at_work.tick_until, args=(over,), daemon=True)
        ticking.start()
        try:
            yield at_work.go_on
        finally:
            over.set()
            ticking.join()


def say(line: str) -> None:
    """Print a line beside the bar."""
    tqdm.write(line, file=sys.stderr)


class _AtWork:
    def __init__(self, bar: "tqdm[Never]") -> None:
        self._bar, self._name, self._since = bar, "", 0.0

    def go_on(self, name: str) -> None:
        if self._name:
            self._bar.update()
        self._name, self._since = name, time.monotonic()
        self._show()

    def tick_until(self, over: threading.Event) -> None:
        while not over.wait(1):
            self._show()

    def _show(self) -> None:
        if self._name:
            self._bar.set_description_str(f"{self._name}, {time.monotonic() - self._since:.0f} s")
