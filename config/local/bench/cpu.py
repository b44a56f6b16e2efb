"""How much processor time a server has used, its children included. From /proc: elsewhere it is not known."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class _Process:
    parent: int
    own_ticks: int
    reaped_ticks: int
    """Those of its children that have ended."""


def used_seconds(root: int) -> float | None:
    """Processor seconds, user and system, of a process and all beneath it since they started; None off Linux.

    What a child of a process used before it ended counts too, so that a difference of two calls misses nobody.
    """
    if not (_PROC / "self" / "stat").exists():
        return None
    processes = {pid: process for pid in _pids() if (process := _read(pid)) is not None}
    family, ahead = set(), {root}
    while ahead:
        family |= ahead
        ahead = {pid for pid, process in processes.items() if process.parent in ahead}
    ticks = sum(process.own_ticks + process.reaped_ticks for pid, process in processes.items() if pid in family)
    return ticks / _TICKS


def _pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.glob("[0-9]*")]


def _read(pid: int) -> _Process | None:
    """One process, or None where it has ended meanwhile."""
    try:
        # (The name in parentheses may itself hold parentheses and spaces.)
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    user, system, reaped_user, reaped_system = (int(text) for text in fields[11:15])
    return _Process(parent=int(fields[1]), own_ticks=user + system, reaped_ticks=reaped_user + reaped_system)
