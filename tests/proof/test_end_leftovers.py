"""A run of the proof ends what an earlier one has left running, and nobody else's processes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.processes import is_alive
from config.local.proof.leftovers import Leftovers


@pytest.fixture
def program() -> Iterator[subprocess.Popen[bytes]]:
    """A program that ends with its input, in a group of its own as the proof starts them."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        yield process


def test_a_program_that_still_runs_is_ended(tmp_path: Path, program: subprocess.Popen[bytes]) -> None:
    Leftovers(tmp_path / "programs").note("web", program.pid)

    ended = Leftovers(tmp_path / "programs").end()

    assert ended == [program.pid]
    assert not is_alive(program.pid)
    assert Leftovers(tmp_path / "programs").end() == []


def test_a_stranger_with_the_number_of_an_old_program_is_left_alone(
    tmp_path: Path, program: subprocess.Popen[bytes]
) -> None:
    (tmp_path / "programs").write_text(f"{program.pid} another start\n")

    ended = Leftovers(tmp_path / "programs").end()

    assert ended == []
    assert is_alive(program.pid)
