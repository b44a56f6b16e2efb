"""Server processes that outlive their starter: launching, recognising and ending them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from config.local.system_user import SystemUser

_PROC = Path("/proc")
# The shell leaves its child behind, prints the pid and ends: no starter that lives on can leave the server a zombie.
_DETACH = '"$@" </dev/null >&2 & echo $!'


def launch_detached(command: Sequence[str], *, cwd: Path, log: Path, user: SystemUser) -> int:
    """Start a server that outlives this process and its terminal, with its output appended to the log.

    :return: the pid of the server, whatever becomes of it.
    """
    with log.open("ab") as output:
        finished = subprocess.run(
            user.command(["/bin/sh", "-c", _DETACH, "sh", *command]),
            cwd=cwd,
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            check=True,
            start_new_session=True,
        )
    return int(finished.stdout)


def server_environment() -> dict[str, str]:
    """What a server may see of our environment: no locale, no PG* variables, no secrets."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def is_alive(pid: int) -> bool:
    """Whether a process with this pid runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        status = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return not _PROC.joinpath("self").exists()
    return status.rpartition(")")[2].split()[0] != "Z"


def works_in(pid: int, folder: Path) -> bool:
    """Whether this pid is a live process working in the folder, and no stranger that inherited the number."""
    if not is_alive(pid):
        return False
    if not _PROC.joinpath("self").exists():
        shown = subprocess.run(
            ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return any(name in shown.stdout for name in ("postgres", "valkey-server", "redis-server"))
    try:
        return (_PROC / str(pid) / "cwd").samefile(folder)
    except OSError:
        return False


def workers_in(folder: Path) -> list[int]:
    """Every live process working in the folder, as far as this system shows them."""
    pids = (int(entry.name) for entry in _PROC.glob("[0-9]*"))
    return [pid for pid in pids if works_in(pid, folder)]


def started_at(pid: int) -> str | None:
    """A mark that tells this process from a later one with the same pid; None if it is gone."""
    if not is_alive(pid):
        return None
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        shown = subprocess.run(
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return shown.stdout.strip() or None


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may be gone by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_until(condition: Callable[[], bool], *, seconds: float, pause: float = 0.03) -> bool:
    """Ask until the condition holds or the time is over."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(pause)
    return True
