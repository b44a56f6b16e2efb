"""The hotel's "today", and instants from its wall clock."""

from datetime import UTC, date, datetime, time

import pytest

from apps.inventory.policies import business_date, instant_of, nights_of

THREE = time(3)


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        # Half an hour around midnight in Lisbon, and around the rollover.
        (datetime(2026, 1, 10, 23, 30, tzinfo=UTC), "Europe/Lisbon", date(2026, 1, 10)),
        (datetime(2026, 1, 11, 0, 30, tzinfo=UTC), "Europe/Lisbon", date(2026, 1, 10)),
        (datetime(2026, 1, 11, 2, 59, 59, tzinfo=UTC), "Europe/Lisbon", date(2026, 1, 10)),
        (datetime(2026, 1, 11, 3, 0, tzinfo=UTC), "Europe/Lisbon", date(2026, 1, 11)),
        # The ends of the earth at the same instant: two dates apart.
        (datetime(2026, 1, 10, 13, 30, tzinfo=UTC), "Pacific/Kiritimati", date(2026, 1, 11)),
        (datetime(2026, 1, 10, 13, 30, tzinfo=UTC), "Pacific/Pago_Pago", date(2026, 1, 9)),
        (datetime(2026, 1, 10, 14, 30, tzinfo=UTC), "Pacific/Pago_Pago", date(2026, 1, 10)),
        # The clock jumps from 02:00 to 03:00: the day turns at the jump.
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 28)),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 29)),
        # The hour from 02:00 comes twice: both belong to the day before.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 24)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 24)),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        # A leap day.
        (datetime(2028, 3, 1, 2, 0, tzinfo=UTC), "Europe/Lisbon", date(2028, 2, 29)),
    ],
)
def test_it_is_the_local_date_and_before_the_rollover_the_day_before(
    instant: datetime, zone: str, expected: date
) -> None:
    assert business_date(instant, zone, THREE) == expected


def test_a_rollover_at_midnight_is_the_calendar_date() -> None:
    assert business_date(datetime(2026, 1, 11, 0, 0, tzinfo=UTC), "UTC", time(0)) == date(2026, 1, 11)


@pytest.mark.parametrize(
    ("day", "wall", "zone", "expected"),
    [
        (date(2026, 7, 1), time(15), "Europe/Lisbon", datetime(2026, 7, 1, 14, tzinfo=UTC)),
        (date(2026, 3, 29), time(2, 30), "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), "Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (date(2026, 7, 1), time(15), "Pacific/Kiritimati", datetime(2026, 7, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_skipped_wall_time_moves_forward_and_a_double_one_is_the_later(
    day: date, wall: time, zone: str, expected: datetime
) -> None:
    assert instant_of(day, wall, zone) == expected


def test_nights_are_half_open_and_counted_in_days() -> None:
    assert nights_of(date(2026, 3, 28), date(2026, 3, 30)) == [date(2026, 3, 28), date(2026, 3, 29)]
    assert nights_of(date(2026, 3, 28), date(2026, 3, 28)) == []
