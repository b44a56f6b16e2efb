"""The web servers of the proof: that of the ground and others beside it, and what is done to their workers."""

import random
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from config.local import programs
from config.local.errors import LocalServersError
from config.local.ports import free_port
from config.local.processes import is_alive, send, wait_until
from config.local.programs import Program
from config.local.proof.failpoints import FOLDER, Failpoints
from config.local.stack import Stack

if TYPE_CHECKING:
    from config.local.proof.ground import Ground

_PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True)
class WebServer:
    """A web server beside that of the ground, on the same database, with places at which it can be struck."""

    stack: Stack
    name: str
    port: int
    failpoints: Failpoints


def web_program(*, port: int, workers: int, environment: Mapping[str, str] | None = None) -> Program:
    """A web server as in production, but for what web.py says."""
    web = programs.web(port=port)
    return replace(
        web,
        arguments=(
            *("-m", "config.local.proof.web"),
            *web.arguments[2:-1],
            *("--workers", str(workers), "--respawn-interval", "0.2"),
            web.arguments[-1],
        ),
        environment={**web.environment, **(environment or {})},
    )


@contextmanager
def another_web_server(
    ground: "Ground", *, workers: int = 1, environment: Mapping[str, str] | None = None
) -> Iterator[WebServer]:
    """One more web server for the block, ready to answer; it ends with the block."""
    port = free_port()
    failpoints = Failpoints(folder=ground.mailbox.parent / f"failpoints-{port}")
    armed = {**(environment or {}), FOLDER: str(failpoints.folder)}
    program = replace(web_program(port=port, workers=workers, environment=armed), name=f"web-{port}")
    with started(ground, program):
        yield WebServer(stack=ground.stack, name=program.name, port=port, failpoints=failpoints)


@contextmanager
def started(ground: "Ground", program: Program) -> Iterator[None]:
    """A program beside those of the ground, ready for the block; it ends with the block."""
    ground.stack.provide(program)
    ground.stack.start(program.name)
    try:
        yield
    finally:
        if ground.stack.is_running(program.name):
            ground.stack.stop(program.name)


def workers_of(stack: Stack, name: str = "web") -> list[int]:
    """The processes of a web server that answer requests, the oldest first."""
    # (Python's own trackers are children too.)
    return sorted(pid for pid, command in _children(stack.pid(name)) if command and "resource_tracker" not in command)


def _children(parent: int) -> Iterator[tuple[int, str]]:
    """The children of a process with their commands; a zombie has none."""
    try:
        # Asked often while workers are killed: reading this costs a hundredth of starting ps.
        for pid in (_PROC / str(parent) / "task" / str(parent) / "children").read_text().split():
            with suppress(OSError):
                yield int(pid), (_PROC / pid / "cmdline").read_text()
    except FileNotFoundError:
        shown = subprocess.run(
            ["/bin/ps", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=False
        ).stdout
        for line in shown.splitlines():
            pid, of, command = line.split(None, 2)
            if int(of) == parent:
                yield int(pid), command.replace("<defunct>", "")


def kill_worker(stack: Stack, chance: random.Random, name: str = "web") -> None:
    """End one worker with kill -9, and return when the server has replaced it."""
    workers = workers_of(stack, name)
    victim = chance.choice(workers)
    send(victim, signal.SIGKILL)
    wait_until(lambda: not is_alive(victim), seconds=10)
    await_workers(stack, len(workers), name)


def await_workers(stack: Stack, number: int, name: str = "web") -> None:
    """Return when the server has so many workers.

    :raises LocalServersError: if it does not within some seconds.
    """
    if not wait_until(lambda: len(workers_of(stack, name)) >= number, seconds=20):
        raise LocalServersError(f"{name} does not replace its worker.")
