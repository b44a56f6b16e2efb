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

        The process of a program that has grown most counts. One that has lived for less than half of the time does not,
        and a program that has no other is left out.

        :param warm_up: the share of its time in which a process may grow as it likes.
        """
        grown: dict[str, float] = {}
        for program in self.programs:
            for pid in family(self.stack.pid(program)):
                sizes = [sample[pid] for sample in self._samples if pid in sample]
                if len(sizes) < len(self._samples) / 2:
                    continue
                warm = max(1, round(len(sizes) * warm_up))
                share = max(sizes[-warm:]) / max(sizes[:warm]) - 1
                grown[program] = max(share, grown.get(program, share))
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
