"""What the clients of a run asked and were told: one line of JSON for each attempt and one for its completion."""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal, Self

Type = Literal["invoke", "ok", "fail", "info"]
"""Asked; done; refused for good; unknown, because no answer came or one that settles nothing."""

Intention = tuple[str, str, str, tuple[tuple[str, str], ...]]
"""Whose key asked for what: attempts alike in this must come to the same."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line. An attempt and its completion have the same `op_id`; the same intention may have many attempts.

    `f` is what was asked: book, hold, confirm, amend, cancel, check_in, check_out, or look, which has no key and
    changes nothing. `value` is of what: room type and dates, or the booking. `t` is a clock that is never set, `wall`
    the one that PostgreSQL has as well. `left` is how many rooms a look has found.
    """

    op_id: int
    process: str
    user: str
    key: str
    f: str
    value: Mapping[str, str]
    type: Type
    t: float
    wall: float
    status: int = 0
    body_sha: str = ""
    code: str = ""
    booking: str = ""
    reservation: str = ""
    left: int = 0

    @property
    def intention(self) -> Intention:
        return self.user, self.key, self.f, tuple(sorted(self.value.items()))


@dataclass(kw_only=True)
class History:
    """The events of a run in their order, in memory and in a file. Safe for many threads."""

    path: Path
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w")
        self._lock = threading.Lock()
        self._ids = count(1)

    def next_id(self) -> int:
        return next(self._ids)

    def add(self, *, op_id: int, process: str, user: str, key: str, f: str, **found: Any) -> Event:
        """Note an event under the present time; the order of the lines is the order of their times.

        :param found: the other fields of an event, but for its times.
        """
        with self._lock:
            common: dict[str, Any] = {"op_id": op_id, "process": process, "user": user, "key": key, "f": f}
            event = Event(**common, **found, t=time.monotonic(), wall=time.time())
            self.events.append(event)
            self._file.write(json.dumps(asdict(event)) + "\n")
        return event

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_history(path: Path) -> Iterator[Event]:
    """The events of a file that `History` has written."""
    with path.open() as lines:
        for line in lines:
            yield Event(**json.loads(line))


def unsettled(events: Iterable[Event]) -> list[Event]:
    """One attempt of each intention that has not come to a definite answer, in the order of the first attempts.

    A look that was not answered is not among them: nobody needs to know.
    """
    open_: dict[object, Event] = {}
    settled = set()
    for event in events:
        if event.f == "look":
            continue
        if event.type == "invoke":
            open_.setdefault(event.intention, event)
        elif event.type in {"ok", "fail"}:
            settled.add(event.intention)
    return [event for intention, event in open_.items() if intention not in settled]
