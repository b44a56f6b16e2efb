"""`make demo`, as a newcomer uses it: it comes up, its lines work as they stand, and it leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from config.local.examples import curl_examples
from config.local.mails import latest_mails
from config.local.ports import free_port
from config.local.processes import wait_until, works_in
from config.local.servers import LocalServers, endpoints

BASE = Path(__file__).resolve().parent.parent.parent
PASSWORD = 'it\'s "quoted" & odd'


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A copy of the working tree with servers and data of its own."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    for name in ("apps", "config", "templates"):
        shutil.copytree(BASE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(BASE / "manage.py", folder)
    yield folder
    LocalServers(folder / ".local").forget()


@contextmanager
def running_demo(checkout: Path, port: int) -> "Iterator[subprocess.Popen[str]]":
    ours = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "JWT_SIGNING_KEY")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    with subprocess.Popen(
        [sys.executable, "-m", "config.local", "demo"],
        cwd=checkout,
        env={**environment, "PORT": str(port), "DEMO_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as demo:
        try:
            yield demo
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate()


def read_until(demo: "subprocess.Popen[str]", ending: str) -> list[str]:
    assert demo.stdout is not None
    lines: list[str] = []
    for line in demo.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith(ending):
            return lines
    pytest.fail("the demo ended:\n" + "\n".join(lines[-40:]))


def in_a_shell(line: str) -> str:
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True, timeout=60).stdout


def processes_in(checkout: Path) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if works_in(pid, checkout)]


@pytest.mark.processes
def test_a_newcomer_starts_the_demo_books_by_curl_reads_the_mail_and_stops_it(checkout: Path) -> None:
    with running_demo(checkout, free_port()) as demo:
        shown = read_until(demo, "Ctrl-C stops everything")
        search, book = [line for line in shown if line.startswith("TOKEN=")]

        found = json.loads(in_a_shell(search))
        first, second = in_a_shell(book).split("-- second\n")
        arrived = wait_until(lambda: bool(latest_mails(checkout / ".local" / "mailbox")), seconds=30)

    assert found["results"][0]["hotel"]["name"] == "Hotel Miramar"
    assert " 201\n" in first
    assert " 201\n" in second
    assert "replayed" not in first.lower()
    assert "idempotent-replayed: true" in second.lower()
    number = re.compile(r'"confirmation_number": ?"([^"]+)"')
    assert number.findall(first) == number.findall(second) != []
    assert arrived
    assert demo.returncode == 0
    assert processes_in(checkout) == []
    assert LocalServers(checkout / ".local").running() == {}


def test_a_taken_port_is_named_with_a_free_choice(checkout: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with running_demo(checkout, port) as demo:
            shown = "\n".join(read_until(demo, f"Port {port}"))
            # It ends by itself: an interrupt on its last steps would be what ended it.
            code = demo.wait()

    assert f"Port {port} is taken by another program. Choose another one: PORT={port + 1} make demo" in shown
    assert code == 1


def test_servers_of_the_environment_are_used_and_none_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere")

    found = endpoints(tmp_path / ".local")

    assert (found.database_url, found.redis_url) == ("postgresql://somewhere/else", "redis://somewhere")
    assert not (tmp_path / ".local").exists()


@pytest.mark.parametrize("position", [0, 1])
def test_the_curl_lines_are_one_line_each_and_read_by_any_shell(position: int) -> None:
    examples = curl_examples(base_url="http://127.0.0.1:1", email="a@b.c", password=PASSWORD, today=date(2026, 2, 27))

    line = examples[position].line

    assert "\n" not in line
    subprocess.run(["sh", "-n", "-c", line], check=True)
    assert "arrival=2026-03-29" in line
