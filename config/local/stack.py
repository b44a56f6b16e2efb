"""Running the programs of the platform together, in one terminal or in one test."""

import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from config.local import programs
from config.local.errors import LocalServersError
from config.local.ports import HOST
from config.local.programs import Program

_COLOURS = (36, 33, 35, 32, 34, 31)
# No proxy of the environment stands between a machine and itself.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class StackError(LocalServersError):
    """A program did not get ready; the message ends with its last lines."""


@dataclass(kw_only=True)
class _Running:
    """A started program with the threads that read it and wait for its end."""

    program: Program
    process: subprocess.Popen[str]
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=2_000))
    said_ready: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    asked_to_end: bool = False


class Stack:
    """Programs that start, print and stop together; each can be killed and started again.

    As a context manager it starts all, waits until all are ready, and leaves nothing running behind.
    """

    def __init__(
        self,
        stack_programs: Sequence[Program],
        *,
        environment: Mapping[str, str],
        folder: Path,
        show: TextIO | None = None,
        on_start: Callable[[str, int], None] | None = None,
    ) -> None:
        """Name the programs; nothing is started.

        :param folder: the working directory of every program.
        :param show: where the prefixed lines go; None keeps them silent (see `lines`).
        :param on_start: told the name and the pid of every process started.
        """
        self._programs = {program.name: program for program in stack_programs}
        self._environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self._folder = folder
        self._show = show
        self._on_start = on_start
        self._running: dict[str, _Running] = {}
        self._printing = threading.Lock()
        self._changed = threading.Condition()
        self._fallen: deque[str] = deque()

    def __enter__(self) -> Self:
        try:
            self.start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start_all(self, *, patience: float = 60) -> None:
        """Start every program and return when all are ready.

        :raises StackError: if one ends, or is not ready in time.
        """
        for name in self._programs:
            self.start(name, wait=False)
        for name in self._programs:
            self.wait_until_ready(name, patience=patience)

    def start(self, name: str, *, wait: bool = True) -> None:
        """Start one program that does not run."""
        program = self._programs[name]
        if self.is_running(name):
            raise ValueError(f"{name} runs already")
        process = subprocess.Popen(
            program.command,
            cwd=self._folder,
            env={**self._environment, **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A group of its own: Ctrl-C reaches this process only, and a kill reaches the program's children.
            start_new_session=True,
        )
        running = self._running[name] = _Running(program=program, process=process)
        for work in (self._read, self._wait):
            threading.Thread(target=work, args=(running,), daemon=True).start()
        if self._on_start:
            self._on_start(name, process.pid)
        if wait:
            self.wait_until_ready(name)

    def provide(self, program: Program) -> None:
        """Make this the program of its name, from its next start on; it may be a new one."""
        self._programs[program.name] = program

    def program(self, name: str) -> Program:
        """How the program of this name is started."""
        return self._programs[name]

    def wait_until_ready(self, name: str, *, patience: float = 60) -> None:
        """Return when the program does its work.

        :raises StackError: if it ends, or is not ready in time.
        """
        running = self._running[name]
        limit = time.monotonic() + patience
        while not _is_ready(running):
            if running.ended.is_set():
                code = _describe(running.process.returncode)
                raise StackError(f"{name} ended ({code}) instead of getting ready:\n{self._last(name)}")
            if time.monotonic() > limit:
                raise StackError(f"{name} is not ready after {patience:.0f} s:\n{self._last(name)}")
            running.said_ready.wait(0.05)
            if running.program.ready_url:
                time.sleep(0.05)

    def kill(self, name: str) -> None:
        """End a program and its children the hard way, as a crash would (SIGKILL)."""
        running = self._running[name]
        running.asked_to_end = True
        _kill_group(running)
        running.ended.wait()

    def pause(self, name: str) -> None:
        """Freeze a program where it stands (SIGSTOP), as a machine that hangs would."""
        os.killpg(self._running[name].process.pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a frozen program go on (SIGCONT)."""
        os.killpg(self._running[name].process.pid, signal.SIGCONT)

    def stop(self, name: str | None = None, *, grace: float = 25) -> None:
        """Ask one program, or all, to end (SIGTERM); what is left after the grace is killed."""
        asked = [self._running[name]] if name else list(self._running.values())
        for running in asked:
            running.asked_to_end = True
            if not running.ended.is_set():
                # To the program itself: a Celery worker lets its children finish, a signal to them would end tasks.
                running.process.terminate()
        limit = time.monotonic() + grace
        for running in asked:
            if not running.ended.wait(max(0.0, limit - time.monotonic())):
                self._print(running.program.name, f"does not end within {grace:.0f} s: killed")
                _kill_group(running)
                running.ended.wait()

    def is_running(self, name: str) -> bool:
        """Whether this program runs now."""
        return name in self._running and not self._running[name].ended.is_set()

    def pid(self, name: str) -> int:
        """The process id of a started program."""
        return self._running[name].process.pid

    def lines(self, name: str) -> list[str]:
        """The last lines that a program printed since its start."""
        return list(self._running[name].lines)

    def next_fallen(self, *, wait: float | None = None) -> str | None:
        """The next program that ended without being asked to; None if there is none in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._fallen, timeout=wait)
            return self._fallen.popleft() if self._fallen else None

    def _read(self, running: _Running) -> None:
        pattern = running.program.ready_line
        if running.process.stdout is None:
            return
        with running.process.stdout as output:
            for line in output:
                text = line.rstrip("\n")
                running.lines.append(text)
                self._print(running.program.name, text)
                if pattern and re.search(pattern, text):
                    running.said_ready.set()

    def _wait(self, running: _Running) -> None:
        if hasattr(os, "waitid"):
            # Left unreaped for a moment, so that nobody else can have its number while its children are ended.
            os.waitid(os.P_PID, running.process.pid, os.WEXITED | os.WNOWAIT)
        _kill_group(running)
        code = running.process.wait()
        running.ended.set()
        running.said_ready.set()
        if running.asked_to_end:
            return
        self._print(running.program.name, f"ended unexpectedly ({_describe(code)})")
        with self._changed:
            self._fallen.append(running.program.name)
            self._changed.notify_all()

    def _last(self, name: str) -> str:
        return "\n".join(self.lines(name)[-30:])

    def _print(self, name: str, text: str) -> None:
        if self._show is None:
            return
        prefix = f"{name:<6} |"
        if self._show.isatty():
            colour = _COLOURS[list(self._programs).index(name) % len(_COLOURS)]
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        with self._printing:
            self._show.write(f"{prefix} {text}\n")
            self._show.flush()


def platform_stack(
    *,
    port: int,
    mail_port: int,
    mailbox: Path,
    environment: Mapping[str, str],
    folder: Path,
    payments_port: int | None = None,
    without: Collection[str] = (),
    show: TextIO | None = None,
    on_start: Callable[[str, int], None] | None = None,
) -> Stack:
    """The whole platform on local ports: mail, web, worker, beat and relay, or all but those named in `without`.

    :param payments_port: where the local payment provider answers, in front of them all; without, there is none.
    """
    addresses = {"MAIL_PORT": str(mail_port), "SITE_URL": f"http://{HOST}:{port}"}
    money = []
    if payments_port is not None:
        webhook = f"http://{HOST}:{port}/api/v1/payments/webhooks/online"
        money = [programs.payments(port=payments_port, webhook=webhook, file=mailbox.with_name("payments.json"))]
        addresses["PAYMENT_PROVIDER_URL"] = f"http://{HOST}:{payments_port}"
    everything = (
        *money,
        programs.mail(port=mail_port, folder=mailbox),
        programs.web(port=port),
        programs.worker(),
        programs.beat(),
        programs.relay(),
    )
    return Stack(
        [program for program in everything if program.name not in without],
        environment={**environment, **addresses},
        folder=folder,
        show=show,
        on_start=on_start,
    )


def _is_ready(running: _Running) -> bool:
    if running.ended.is_set():
        return False
    if running.program.ready_url:
        return _answers(running.program.ready_url)
    return running.program.ready_line is None or running.said_ready.is_set()


def _answers(url: str) -> bool:
    try:
        with _direct.open(url, timeout=2) as response:
            return bool(response.status == 200)  # noqa: PLR2004
    except (OSError, urllib.error.URLError):
        return False


def _kill_group(running: _Running) -> None:
    """End what is left of a program: itself and its children."""
    if running.ended.is_set():
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.process.pid, signal.SIGKILL)


def _describe(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
