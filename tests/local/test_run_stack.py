"""Running programs together: prefixed lines, readiness, crashes and an end without remains."""

import io
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from config.local.ports import free_port
from config.local.processes import is_alive, wait_until
from config.local.programs import Program
from config.local.stack import Stack, StackError

TALKER = "import time; print('hello'); print('ready'); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(600)"
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid); print("ready"); time.sleep(600)
"""
SITE = "import http.server, sys; http.server.HTTPServer(('127.0.0.1', {port}), {handler}).serve_forever()"


def program(name: str, code: str) -> Program:
    return Program(name=name, arguments=("-c", code), ready_line="^ready$")


def stack_of(*programs: Program, show: io.StringIO | None = None) -> Stack:
    return Stack(programs, environment={"PATH": os.environ["PATH"]}, folder=Path.cwd(), show=show)


@pytest.fixture
def talker() -> Iterator[Stack]:
    with stack_of(program("talker", TALKER)) as stack:
        yield stack


def test_each_line_carries_the_name_of_its_program() -> None:
    shown = io.StringIO()

    with stack_of(program("one", TALKER), program("second", TALKER), show=shown):
        pass

    lines = shown.getvalue().splitlines()
    assert {"one    | hello", "second | hello", "one    | ready"} <= set(lines)


def test_a_killed_program_can_be_started_again(talker: Stack) -> None:
    before = talker.pid("talker")

    talker.kill("talker")
    assert not talker.is_running("talker")
    talker.start("talker")

    assert talker.is_running("talker")
    assert talker.pid("talker") != before
    assert talker.next_fallen(wait=0) is None


def test_a_program_that_ends_by_itself_is_reported() -> None:
    shown = io.StringIO()
    with stack_of(program("worker", TALKER), show=shown) as stack:
        os.kill(stack.pid("worker"), signal.SIGKILL)

        fallen = stack.next_fallen(wait=10)

    assert fallen == "worker"
    assert "worker | ended unexpectedly (SIGKILL)" in shown.getvalue()


def test_a_program_that_does_not_get_ready_shows_its_last_words() -> None:
    with pytest.raises(StackError, match=r"(?s)web ended \(exit code 3\).*no database"):
        stack_of(program("web", "import sys; print('no database'); sys.exit(3)")).start_all()


def test_the_children_of_a_killed_program_end_with_it() -> None:
    with stack_of(program("parent", PARENT)) as stack:
        child = int(stack.lines("parent")[0].removeprefix("child "))

        os.kill(stack.pid("parent"), signal.SIGKILL)
        stack.next_fallen(wait=10)

    assert wait_until(lambda: not is_alive(child), seconds=5)


def test_a_program_that_ignores_the_request_is_killed_after_the_grace() -> None:
    shown = io.StringIO()
    stack = stack_of(program("deaf", STUBBORN), show=shown)
    stack.start_all()

    stack.stop(grace=0.1)

    assert not stack.is_running("deaf")
    assert "deaf   | does not end within 0 s: killed" in shown.getvalue()


def test_a_failed_start_leaves_nothing_running() -> None:
    stack = stack_of(program("good", TALKER), program("bad", "raise SystemExit(1)"))

    with pytest.raises(StackError, match="bad ended"), stack:
        pass

    assert not stack.is_running("good")


def test_a_site_is_ready_when_its_address_answers() -> None:
    port = free_port()
    code = SITE.format(port=port, handler="http.server.SimpleHTTPRequestHandler")
    web = Program(name="web", arguments=("-c", code), ready_url=f"http://127.0.0.1:{port}/")

    with stack_of(web), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass

    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pytest.fail("the site answers after its end")


def test_every_program_runs_under_the_python_of_this_environment() -> None:
    assert program("any", "").command[0] == sys.executable
