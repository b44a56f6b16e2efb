"""The memory of a program is that of its processes which live all the time, and growth begins after the warm-up."""

import os
from typing import Any

import pytest

from config.local.proof import memory
from config.local.proof.memory import Memory, family, resident_kilobytes


class Programs:
    """A stack of one program: this process."""

    def pid(self, name: str) -> int:
        return os.getpid()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Memory of a program with the processes 1 and 2, in samples to be filled in."""
    monkeypatch.setattr(memory, "family", lambda pid: [1, 2])

    def with_samples(*samples: dict[int, int]) -> Memory:
        taken = iter(samples)
        monkeypatch.setattr(memory, "resident_kilobytes", lambda: next(taken))
        found = Memory(stack=Programs(), programs=["web"])  # type: ignore[arg-type]
        for _ in samples:
            found.sample()
        return found

    return with_samples


def test_the_process_that_has_grown_most_counts(watched: Any) -> None:
    found = watched({1: 100, 2: 100}, {1: 100, 2: 100}, {1: 105, 2: 130}, {1: 105, 2: 130})

    assert found.growth(warm_up=0.5) == {"web": pytest.approx(0.3)}


def test_growth_in_the_warm_up_is_none(watched: Any) -> None:
    found = watched({1: 50, 2: 50}, {1: 100, 2: 100}, {1: 100, 2: 100}, {1: 100, 2: 100})

    assert found.growth(warm_up=0.5) == {"web": pytest.approx(0.0)}


def test_a_process_that_has_lived_for_less_than_half_of_the_time_does_not_count(watched: Any) -> None:
    found = watched({1: 100}, {1: 100}, {1: 105}, {1: 110, 2: 500}, {1: 110, 2: 900})

    assert found.growth(warm_up=0.5) == {"web": pytest.approx(0.1)}


def test_a_program_that_was_started_again_too_late_is_not_judged(watched: Any) -> None:
    found = watched({}, {}, {}, {1: 110, 2: 500}, {1: 110, 2: 900})

    assert found.growth(warm_up=0.5) == {}


def test_this_process_is_of_its_own_family_and_holds_something() -> None:
    members, sizes = family(os.getpid()), resident_kilobytes()

    assert members[0] == os.getpid()
    assert sizes[os.getpid()] > 1_000
