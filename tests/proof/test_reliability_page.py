"""docs/reliability.md tells of every test of the proof, has places for its results, and shows none that is gone."""

import re

import pytest

from config.local.proof import report
from config.local.proof.command_line import PAGE
from config.local.proof.proving import Run
from config.local.proof.report import Circumstances
from config.local.proof.scenarios import SCENARIOS

ROW = re.compile(r"^\| (T\d+) .*? \| (.+?) \| (.*?) ?\|$", re.MULTILINE)
UNDER = Circumstances(command="make prove", date="2026-11-22", machine="two processors")


def listed() -> dict[str, tuple[str, str]]:
    section = PAGE.read_text().partition("\n## The tests\n")[2].partition("\n## ")[0]
    return {name: (short, full) for name, short, full in ROW.findall(section)}


def test_all_are_listed_in_their_order() -> None:
    numbers = [int(name[1:]) for name in listed()]

    assert numbers == sorted(set(numbers))
    assert set(SCENARIOS) | {f"T{number}" for number in range(1, 31)} <= set(listed())


def test_every_scenario_says_what_it_does_in_both_forms() -> None:
    silent = [name for name in SCENARIOS if not all(listed()[name]) or listed()[name][0] == "no scenario yet"]

    assert silent == []


def test_what_has_no_scenario_says_so() -> None:
    others = {name: short for name, (short, _) in listed().items() if name not in SCENARIOS}

    assert [name for name, said in others.items() if not said.startswith(("a test: ", "no scenario yet"))] == []


@pytest.mark.parametrize("short", [True, False])
def test_the_page_has_a_place_for_each_form(short: bool) -> None:
    run = Run(seed=4242, short=short, results=(), history=PAGE, attempts=1, seconds=1.0)

    page = report.written(PAGE.read_text(), run, UNDER)

    assert "Seed 4242" in page
    assert report.written(page, run, UNDER) == page


def test_a_page_without_a_place_is_not_written() -> None:
    run = Run(seed=1, short=True, results=(), history=PAGE, attempts=1, seconds=1.0)

    with pytest.raises(ValueError, match="no place"):
        report.written("Nothing.", run, UNDER)
