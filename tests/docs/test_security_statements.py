"""The forty statements of docs/security.md: all there, each with tests that name it or with what is still to come."""

import re

from tests.docs.reading import ROOT

PAGE = ROOT / "docs" / "security.md"
TESTS = ROOT / "tests"
_NAMED = re.compile(r"Statements? ([0-9, and]+) of docs/security\.md")


def rows() -> dict[int, str]:
    """The last cell of each statement, by its number."""
    found = re.findall(r"^\| (\d+) \| .+ \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    return {int(number): cell for number, cell in found}


def named_in(text: str) -> set[int]:
    return {int(number) for numbers in _NAMED.findall(text) for number in re.findall(r"\d+", numbers)}


def test_all_forty_are_there() -> None:
    assert sorted(rows()) == list(range(1, 41))


def test_each_has_a_test_or_says_what_comes() -> None:
    without = [number for number, cell in rows().items() if "../tests/" not in cell and "comes with" not in cell]

    assert without == []


def test_those_about_tokens_are_named_by_their_tests() -> None:
    unnamed = [
        f"{number}: {name}"
        for number, cell in rows().items()
        for name in re.findall(r"\.\./tests/([\w/.]+)", cell)
        if number <= 16 and number not in named_in((TESTS / name).read_text())
    ]

    assert unnamed == []


def test_what_a_test_names_is_a_statement() -> None:
    numbers = {number for path in TESTS.rglob("test_*.py") for number in named_in(path.read_text())}

    assert numbers <= set(rows())
