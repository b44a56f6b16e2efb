"""How much memory the processes of the platform hold."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from config.local.stack import Stack


@dataclass(kw_only=True)
class Memory:
    """The resident memory of the processes that live as long as the proof looks, by program."""

    stack: Stack
    programs: Sequence[str]
    _samples: list[Mapping[int, int]] = field(default_factory=list)

    def sample(self) -> None:
        self._samples.append(resident_kilobytes())

    def growth(self, *, warm_up: float) -> dict[str, float]:
        """By how much each program has grown, as a share of its most memory in the warm-up.

        The process of a program that has grown most counts; one that has not lived all the time does not.

        :param warm_up: the share of the time in which a process may grow as it likes.
        """
        warm = max(1, round(len(self._samples) * warm_up))
        early, late = self._samples[:warm], self._samples[-warm:]
        grown = {}
        for program in self.programs:
            living = set(family(self.stack.pid(program))).intersection(*self._samples)
            grown[program] = max(
                max(sample[pid] for sample in late) / max(sample[pid] for sample in early) - 1 for pid in living
            )
        return grown


def resident_kilobytes() -> dict[int, int]:
    """What every process of this machine holds."""
    return {pid: size for pid, _, size in _processes()}


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found, processes = [pid], _processes()
    for member in found:
        found += [child for child, parent, _ in processes if parent == member]
    return found


def _processes() -> list[tuple[int, int, int]]:
    shown = subprocess.run(["/bin/ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in shown.stdout.splitlines())
    return [(int(pid), int(parent), int(size)) for pid, parent, size in rows]
