"""The programs of the platform: how each is started and how one sees that it is ready."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.local.errors import LocalServersError
from config.local.ports import HOST

BASE_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process of the platform, started by this Python: the scripts of a deep environment may not start."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_line: str | None = None
    """A pattern in the output that says: ready."""
    ready_url: str | None = None
    """An address that answers 200 when the program is ready."""

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, *self.arguments)


def web(*, port: int) -> Program:
    return Program(
        name="web",
        arguments=(
            *("-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)),
            *("--blocking-threads", "8", "--respawn-failed-workers", "--no-ws", "config.wsgi:application"),
        ),
        environment={"PROCESS_KIND": "web"},
        ready_url=f"http://{HOST}:{port}/livez",
    )


def worker() -> Program:
    return Program(
        name="worker",
        arguments=(
            *(
                "-m",
                "celery",
                "--quiet",
                "-A",
                "config.celery",
                "worker",
                "--queues",
                "critical,bulk",
                "--concurrency",
                "2",
            ),
            *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        ),
        environment={"PROCESS_KIND": "worker"},
        ready_line=r"@\S+ ready\.",
    )


def beat() -> Program:
    return Program(
        name="beat",
        # (An empty pid file: beat would leave one in the checkout, and refuse to start after kill -9.)
        arguments=("-m", "celery", "--quiet", "-A", "config.celery", "beat", "--loglevel", "INFO", "--pidfile="),
        environment={"PROCESS_KIND": "worker"},
        ready_line=r"beat: Starting",
    )


def relay() -> Program:
    return Program(
        name="relay",
        arguments=("manage.py", "run_outbox_relay"),
        environment={"PROCESS_KIND": "worker"},
        ready_line=r"relay ready",
    )


def mail(*, port: int, folder: Path) -> Program:
    return Program(
        name="mail",
        arguments=("-m", "config.local.mailsink", "--port", str(port), "--folder", str(folder)),
        ready_line=r"listening",
    )


def payments(*, port: int, webhook: str, file: Path | None = None) -> Program:
    """The local payment provider; PAYMENT_PROVIDER_SECRET of the environment is what it shares with the platform."""
    kept = ("--file", str(file)) if file else ()
    return Program(
        name="payments",
        arguments=("-m", "config.local.payments", "--port", str(port), "--webhook", webhook, *kept),
        ready_line=r"payments ready",
    )


def run_to_end(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run this Python in the checkout with these arguments; what came of it, with what it printed."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def output_of(*arguments: str, environment: Mapping[str, str]) -> str:
    """What this Python prints in the checkout with these arguments.

    :raises LocalServersError: if it fails; with the end of what it printed.
    """
    done = run_to_end(*arguments, environment=environment)
    if done.returncode != 0:
        last_words = f"{done.stdout}{done.stderr}".strip()[-2_000:]
        raise LocalServersError(f"`{' '.join(arguments[:2])}` failed:\n{last_words}")
    return done.stdout
