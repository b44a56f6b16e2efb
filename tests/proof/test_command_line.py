"""The command says by its exit code whether it holds, and by its usage what it will not do."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.local.errors import LocalServersError
from config.local.proof import command_line
from config.local.proof.ground import BASE_DIR
from config.local.proof.proving import Result, Run
from config.local.proof.scenarios import SCENARIOS

HOLDS = Result(test="T3", done="one key", expected="one booking", seen="one", violations=(), seconds=4.0)
BROKEN = Result(test="T1", done="one room", expected="one", seen="two", violations=("C6",), seconds=4.0)
PAGE = "Before.\n<!-- short form: begin -->\nAn earlier run.\n<!-- short form: end -->\nAfter.\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command asks for, where the platform would be started; `results` are what it gets."""
    seen: dict[str, Any] = {"results": (HOLDS,)}

    def prove(**asked_for: Any) -> Run:
        seen.update(asked_for)
        return Run(
            seed=asked_for["seed"],
            short=asked_for["short"],
            results=seen["results"],
            history=Path("run.jsonl"),
            attempts=550,
            seconds=9.0,
        )

    monkeypatch.setattr(command_line, "prove", prove)
    return seen


@pytest.mark.parametrize(("result", "code"), [(HOLDS, 0), (BROKEN, 1)])
def test_the_exit_code_tells_whether_it_holds(asked: dict[str, Any], result: Result, code: int) -> None:
    asked["results"] = (HOLDS, result)

    assert command_line.run(short=True, only="", seed=1, json=True) == code


def test_a_platform_that_does_not_start_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def prove(**_: Any) -> Run:
        raise LocalServersError("PostgreSQL does not start.")

    monkeypatch.setattr(command_line, "prove", prove)

    assert command_line.run(short=True, only="", seed=1, json=False) == 2


def test_only_names_tests_in_either_case_and_in_their_own_order(asked: dict[str, Any]) -> None:
    command_line.run(short=False, only="t6, T3", seed=42, json=False)

    assert asked["names"] == ["T6", "T3"]
    assert asked["seed"] == 42


def test_without_only_every_test_runs(asked: dict[str, Any]) -> None:
    command_line.run(short=False, only="", seed=None, json=False)

    assert asked["names"] == list(SCENARIOS)


def test_the_result_names_the_command_that_repeats_it(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    command_line.run(short=True, only="T3", seed=None, json=False)

    assert f'make prove-short ARGS="--only T3 --seed {asked["seed"]}"' in capsys.readouterr().out


def test_write_replaces_the_earlier_run_of_its_form_and_nothing_else(
    asked: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "reliability.md"
    page.write_text(PAGE)
    monkeypatch.setattr(command_line, "PAGE", page)

    command_line.run(short=True, only="", seed=42, json=False, write=True)

    text = page.read_text()
    assert "| T3 | one key | one booking | one | 4 | holds |" in text
    assert "Seed 42" in text
    assert "An earlier run" not in text
    assert text.startswith("Before.\n<!-- short form: begin -->\n")
    assert text.endswith("\n<!-- short form: end -->\nAfter.\n")


def test_a_part_of_the_tests_is_not_written(asked: dict[str, Any]) -> None:
    assert command_line.run(short=True, only="T3", seed=1, json=False, write=True) == 2
    assert "names" not in asked


def test_an_unknown_test_is_an_error_of_the_user_at_once() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "config.local.proof", "--only", "T3,T99"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 2
    assert "No such test: T99" in finished.stderr
