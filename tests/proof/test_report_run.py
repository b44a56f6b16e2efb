"""A run is reported so that nobody can overlook a violation, and anybody can repeat it."""

import json
from dataclasses import replace
from pathlib import Path

from config.local.proof import report
from config.local.proof.proving import Result, Run
from config.local.proof.report import Circumstances

CLEAN = Result(test="T3", done="one key", expected="one booking", seen="one", violations=(), seconds=4.0)
BROKEN = replace(CLEAN, test="T1", violations=("C3 key: 2 bookings under one key",))
UNDER = Circumstances(command="make prove-short", date="2026-11-22", machine="two processors")


def run_of(*results: Result) -> Run:
    return Run(seed=42, short=True, results=results, history=Path("run.jsonl"), attempts=550, seconds=9.0)


def test_a_clean_run_holds_and_names_its_seed() -> None:
    text = report.table(run_of(CLEAN), UNDER)

    assert "| T3 | one key | one booking | one | 4 | holds |" in text
    assert "Seed 42" in text
    assert "`make prove-short`, 2026-11-22, two processors." in text
    assert "VIOLATED" not in text


def test_one_violation_is_a_violated_run_with_its_reason() -> None:
    run = run_of(CLEAN, BROKEN)

    text, document = report.table(run, UNDER), json.loads(report.document(run, UNDER))

    assert not run.holds
    assert "T1: C3 key: 2 bookings under one key" in text
    assert document["holds"] is False
    assert [result["verdict"] for result in document["results"]] == ["holds", "VIOLATED"]


def test_what_could_not_be_tried_does_not_pass_for_proven() -> None:
    untried = replace(CLEAN, test="T23", applies=False)

    text = report.table(run_of(CLEAN, untried), UNDER)

    assert "| T23 | one key | one booking | one | 4 | NOT TRIED |" in text
