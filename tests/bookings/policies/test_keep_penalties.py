"""A penalty that has accrued is not escaped: the terms of an amended stay from that moment on."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.bookings.policies import not_below, penalty_at
from apps.inventory.services import TermStep

NOON = datetime(2027, 3, 26, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=3)


def terms(*steps: tuple[datetime | None, int]) -> tuple[TermStep, ...]:
    """Steps by their beginnings and penalties."""
    ends = [start for start, _ in steps[1:]] + [None]
    return tuple(
        TermStep(starts_at=start, ends_at=end, penalty_minor=penalty)
        for (start, penalty), end in zip(steps, ends, strict=True)
    )


FREE_THEN_ALL = terms((None, 0), (LATER, 300))


@pytest.mark.parametrize(
    ("since", "floor", "expected"),
    [
        (NOON, 100, terms((None, 0), (NOON, 100), (LATER, 300))),
        (NOON, 300, terms((None, 0), (NOON, 300))),
        (LATER - timedelta(seconds=1), 100, terms((None, 0), (LATER - timedelta(seconds=1), 100), (LATER, 300))),
        (LATER, 100, FREE_THEN_ALL),
        (LATER + timedelta(seconds=1), 100, FREE_THEN_ALL),
        (LATER, 400, terms((None, 0), (LATER, 400))),
        (LATER + timedelta(seconds=1), 400, terms((None, 0), (LATER, 300), (LATER + timedelta(seconds=1), 400))),
        (NOON, 0, FREE_THEN_ALL),
    ],
)
def test_no_step_is_below_the_penalty_from_that_moment_on(
    since: datetime, floor: int, expected: tuple[TermStep, ...]
) -> None:
    assert not_below(FREE_THEN_ALL, since=since, floor_minor=floor) == expected


@pytest.mark.parametrize(("seconds", "penalty"), [(-1, 0), (0, 100), (1, 100)])
def test_what_was_before_that_moment_stays_as_it_was(seconds: int, penalty: int) -> None:
    kept = not_below(FREE_THEN_ALL, since=NOON, floor_minor=100)

    assert penalty_at(kept, NOON + timedelta(seconds=seconds)) == penalty


def test_a_policy_that_becomes_cheaper_with_time_does_not_go_below_either() -> None:
    falling = terms((None, 500), (NOON, 50), (LATER, 300))

    assert not_below(falling, since=NOON - timedelta(days=1), floor_minor=200) == terms(
        (None, 500), (NOON, 200), (LATER, 300)
    )
