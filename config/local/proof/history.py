"""What the clients of a run asked and were told: one line of JSON for each attempt and one for its completion."""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal, Self

Type = Literal["invoke", "ok", "fail", "info"]
"""Asked; done; refused for good; unknown, because no answer came or one that settles nothing."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line. An attempt and its completion have the same `op_id`; the same intention may have many attempts.

    `value` is what was asked: for `book` the room type and the dates, for `cancel` the booking.
    """

    op_id: int
    process: str
    user: str
    key: str
    f: str
    value: Mapping[str, str]
    type: Type
    t: float
    status: int = 0
    body_sha: str = ""
    code: str = ""
    booking: str = ""

    @property
    def intention(self) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
        """Whose key asked for what: attempts alike in this must come to the same."""
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

    def add(
        self,
        *,
        op_id: int,
        process: str,
        user: str,
        key: str,
        f: str,
        value: Mapping[str, str],
        type_: Type,
        status: int = 0,
        body_sha: str = "",
        code: str = "",
        booking: str = "",
    ) -> Event:
        """Note an event under the present time; the order of the lines is the order of their times."""
        with self._lock:
            event = Event(
                op_id=op_id,
                process=process,
                user=user,
                key=key,
                f=f,
                value=value,
                type=type_,
                t=time.monotonic(),
                status=status,
                body_sha=body_sha,
                code=code,
                booking=booking,
            )
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
    """One attempt of each intention that has not come to a definite answer, in the order of the first attempts."""
    open_: dict[object, Event] = {}
    settled = set()
    for event in events:
        if event.type == "invoke":
            open_.setdefault(event.intention, event)
        elif event.type in {"ok", "fail"}:
            settled.add(event.intention)
    return [event for intention, event in open_.items() if intention not in settled]
