"""When a failed delivery is tried again."""

from datetime import timedelta

import pytest

from apps.notifications import policies


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 30), (2, 90), (3, 270), (4, 810), (5, 2430), (6, 7290), (7, 21870)]
)
def test_each_wait_is_three_times_the_one_before(attempts: int, seconds: int) -> None:
    assert policies.retry_delay(attempts=attempts, chance=0.5) == timedelta(seconds=seconds)


def test_chance_spreads_a_wait_by_a_fifth_either_way() -> None:
    shortest = policies.retry_delay(attempts=1, chance=0)
    longest = policies.retry_delay(attempts=1, chance=1)

    assert (shortest, longest) == (timedelta(seconds=24), timedelta(seconds=36))


def test_the_eighth_failure_is_the_last() -> None:
    assert not policies.is_given_up(attempts=7)
    assert policies.is_given_up(attempts=8)
