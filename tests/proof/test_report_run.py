"""A run is reported so that nobody can overlook a violation, and anybody can repeat it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from config.local.proof import command_line, report
from config.local.proof.proving import Result, Run

CLEAN = Result(test="T3", done="one key", expected="one booking", seen="one", violations=(), seconds=4.0)
BROKEN = replace(CLEAN, test="T1", violations=("C3 key: 2 bookings under one key",))


def run_of(*results: Result) -> Run:
    return Run(seed=42, short=True, results=results, history=Path("run.jsonl"), attempts=550, seconds=9.0)


def test_a_clean_run_holds_and_names_its_seed() -> None:
    text = report.table(run_of(CLEAN))

    assert "| T3 | one key | one booking | one | 4 | holds |" in text
    assert "Seed 42" in text
    assert "VIOLATED" not in text


def test_one_violation_is_a_violated_run_with_its_reason() -> None:
    run = run_of(CLEAN, BROKEN)

    text, document = report.table(run), json.loads(report.document(run))

    assert not run.holds
    assert "T1: C3 key: 2 bookings under one key" in text
    assert document["holds"] is False
    assert [result["verdict"] for result in document["results"]] == ["holds", "VIOLATED"]


@pytest.mark.parametrize("holds", [True, False])
def test_the_exit_code_tells_whether_it_holds(holds: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(CLEAN if holds else BROKEN)
    monkeypatch.setattr(command_line, "prove", lambda **_: run)

    code = command_line.run(short=True, only="t3", seed=42, json=True)

    assert code == (0 if holds else 1)


def test_an_unknown_test_proves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code = command_line.run(short=True, only="T3,T99", seed=1, json=False)

    assert code == 2
    assert "No such test: T99" in capsys.readouterr().err
