"""The bugs that are seeded into the platform under proof still find what they replace."""

from collections.abc import Callable
from typing import Any

import pytest

from config.local.proof import arms, seeded_bugs
from config.local.proof.scenarios._seeded import BUGS


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what a bug would have replaced in this process; it stays as it is."""
    names: list[str] = []

    def put(owner: Any, name: str, function: Callable[..., Any]) -> None:
        assert callable(function)
        assert function is not getattr(owner, name)
        names.append(name)

    monkeypatch.setattr(seeded_bugs, "_put", put)
    return names


@pytest.mark.parametrize("bug", seeded_bugs.SEEDS)
def test_a_bug_finds_what_it_replaces(bug: str, replaced: list[str]) -> None:
    arms.arm({seeded_bugs.BUG: bug})

    assert replaced


def test_without_its_variable_nothing_is_replaced(replaced: list[str]) -> None:
    arms.arm({})

    assert replaced == []


def test_every_bug_is_put_on_trial() -> None:
    assert {bug.name for bug in BUGS} == set(seeded_bugs.SEEDS)
    assert all(bug.caught_by for bug in BUGS)
