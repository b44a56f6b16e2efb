"""What comes of a replay: what was done and refused, counted, and the lines to which something happened."""

from collections import Counter
from dataclasses import dataclass, field

import orjson

from apps.bookings.management.replay.history import Fault
from apps.bookings.management.replay.house import House
from apps.bookings.management.replay.timetable import Kind, Step
from apps.platform.idempotency import Outcome


@dataclass(kw_only=True)
class Tally:
    """What came of a replay. `commands` counts what was asked of the services, refused or not.

    :param changes: of bookings, by outcome or code of the refusal.
    :param moves: into a room of the type that the history assigned, likewise.
    """

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    done: Counter[Kind] = field(default_factory=Counter)
    commands: int = 0
    faults: list[Fault] = field(default_factory=list)
    captured_minor: int = 0
    refunded_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class Clerk:
    """Who issues the commands of a replay, each under a key of its own, and writes down what is refused."""

    house: House
    digest: str
    tally: Tally

    def key(self, step: Step, what: object) -> str:
        """The idempotency key of one command: the same for the same line of the same file."""
        return f"replay:{self.digest}:{step.booking.line}:{step.kind}:{step.number}:{what}"

    def went_well(self, step: Step, outcome: Outcome) -> bool:
        """Count a command; a refusal is noted with its line."""
        self.tally.commands += 1
        if outcome.refused:
            self.note(step, outcome.code, orjson.loads(outcome.body)["detail"])
        return not outcome.refused

    def note(self, step: Step, code: str, detail: str) -> None:
        """Write down what did not go as it should."""
        problem = f"the {step.kind} of {step.day} is refused: {code}: {detail}"
        self.tally.faults.append(Fault(line=step.booking.line, problem=problem))
