"""When canceling costs something, and how much: on the hotel's wall clock, merged over rooms."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inventory.policies import (
    DEFAULT_TIERS,
    faults_of,
    grace_end,
    merged,
    penalty_of,
    terms_of,
    tiers_from,
    tiers_json,
)
from apps.inventory.types import Penalty, PolicyTier, TermStep

WHOLE = Penalty(percent=Decimal(100))


def _terms(
    tiers: tuple[PolicyTier, ...], *, arrival: date = date(2026, 7, 1), zone: str = "Asia/Tokyo"
) -> list[tuple[datetime | None, datetime | None, int]]:
    steps = terms_of(
        tiers,
        arrival=arrival,
        check_in_time=time(15),
        time_zone=zone,
        nights_minor=[10_000, 12_000, 8_000],
        total_minor=31_000,
    )
    return [(step.starts_at, step.ends_at, step.penalty_minor) for step in steps]


def test_canceling_is_free_until_check_in_and_costs_everything_from_then_on() -> None:
    check_in = datetime(2026, 7, 1, 6, tzinfo=UTC)

    assert _terms(DEFAULT_TIERS) == [(None, check_in, 0), (check_in, None, 31_000)]


def test_tiers_begin_on_the_hotels_wall_clock() -> None:
    tiers = (
        PolicyTier(days_before=7, at=time(18), penalty=Penalty(nights=1)),
        PolicyTier(days_before=1, at=time(0), penalty=Penalty(percent=Decimal(50))),
    )
    week, day = datetime(2026, 6, 24, 9, tzinfo=UTC), datetime(2026, 6, 29, 15, tzinfo=UTC)

    assert _terms(tiers) == [(None, week, 0), (week, day, 10_000), (day, None, 15_500)]


def test_what_is_not_refundable_costs_from_the_booking_on() -> None:
    assert _terms((PolicyTier(days_before=None, at=None, penalty=WHOLE),)) == [(None, None, 31_000)]


def test_a_wall_clock_time_that_is_skipped_moves_forward_and_one_that_comes_twice_is_the_later() -> None:
    at_half_past_two = (PolicyTier(days_before=0, at=time(2, 30), penalty=WHOLE),)

    [_, skipped] = _terms(at_half_past_two, arrival=date(2026, 3, 29), zone="Europe/Berlin")
    [_, twice] = _terms(at_half_past_two, arrival=date(2026, 10, 25), zone="Europe/Berlin")

    assert skipped[0] == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert twice[0] == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (Penalty(percent=Decimal("33.33")), 10_332),  # 10,332.3
        (Penalty(nights=2), 22_000),
        (Penalty(nights=9), 30_000),
        (Penalty(amount_minor=5_000), 5_000),
        (Penalty(amount_minor=99_000), 31_000),
    ],
)
def test_a_penalty_is_never_above_the_total_and_takes_the_real_prices(penalty: Penalty, expected: int) -> None:
    assert penalty_of(penalty, nights_minor=[10_000, 12_000, 8_000], total_minor=31_000) == expected


_instants = st.integers(1, 28).map(lambda day: datetime(2026, 6, day, tzinfo=UTC))


@st.composite
def _steps(draw: st.DrawFn) -> list[TermStep]:
    starts: list[datetime | None] = [None, *sorted(draw(st.sets(_instants, max_size=4)))]
    ends = [*starts[1:], None]
    return [
        TermStep(starts_at=start, ends_at=end, penalty_minor=draw(st.integers(0, 9)))
        for start, end in zip(starts, ends, strict=True)
    ]


def _at(steps: list[TermStep] | tuple[TermStep, ...], instant: datetime) -> int:
    [found] = [
        step.penalty_minor
        for step in steps
        if (step.starts_at is None or step.starts_at <= instant) and (step.ends_at is None or instant < step.ends_at)
    ]
    return found


@given(stays=st.lists(_steps(), min_size=1, max_size=4), instant=_instants)
def test_the_terms_of_several_rooms_cost_at_each_moment_what_those_of_each_cost(
    stays: list[list[TermStep]], instant: datetime
) -> None:
    assert _at(merged(stays), instant) == sum(_at(steps, instant) for steps in stays)


def test_tiers_that_are_not_in_the_order_of_time_are_named() -> None:
    tiers = (
        PolicyTier(days_before=1, at=time(18), penalty=WHOLE),
        PolicyTier(days_before=1, at=time(12), penalty=WHOLE),
        PolicyTier(days_before=None, at=None, penalty=WHOLE),
        PolicyTier(days_before=0, at=None, penalty=Penalty()),
    )

    assert [position for position, _ in faults_of(tiers)] == [1, 2, 3]
    assert faults_of(DEFAULT_TIERS) == []


def test_tiers_are_read_back_as_they_were_stored() -> None:
    tiers = (
        PolicyTier(days_before=None, at=None, penalty=Penalty(amount_minor=1)),
        PolicyTier(days_before=3, at=time(18, 30), penalty=Penalty(percent=Decimal("12.50"))),
        PolicyTier(days_before=0, at=None, penalty=Penalty(nights=2)),
    )

    assert tiers_from(tiers_json(tiers)) == tiers
    assert tiers_from(None) == DEFAULT_TIERS


def graced(*tiers: PolicyTier, until: str) -> list[tuple[str | None, int]]:
    """The beginnings of the steps of two nights at 100.00 from 10 July 2026, in Lisbon, with a grace until then."""
    steps = terms_of(
        tiers,
        arrival=date(2026, 7, 10),
        check_in_time=time(15),
        time_zone="Europe/Lisbon",
        nights_minor=[10_000, 10_000],
        total_minor=20_000,
        grace_until=datetime.fromisoformat(until),
    )
    assert [step.ends_at for step in steps] == [*(step.starts_at for step in steps[1:]), None]
    return [(f"{step.starts_at:%m-%dT%H:%M}" if step.starts_at else None, step.penalty_minor) for step in steps]


FROM_THE_BEGINNING = PolicyTier(days_before=None, at=None, penalty=Penalty(percent=Decimal(50)))
A_DAY_BEFORE = PolicyTier(days_before=1, at=time(18), penalty=Penalty(percent=Decimal(100)))


def test_grace_comes_before_every_tier_and_ends_where_the_tier_of_then_is_on() -> None:
    assert graced(FROM_THE_BEGINNING, A_DAY_BEFORE, until="2026-07-01T12:00+00:00") == [
        (None, 0),
        ("07-01T12:00", 10_000),
        ("07-09T17:00", 20_000),
    ]
    assert graced(FROM_THE_BEGINNING, A_DAY_BEFORE, until="2026-07-09T17:00+00:00") == [
        (None, 0),
        ("07-09T17:00", 20_000),
    ]


def test_grace_that_ends_while_canceling_is_free_changes_nothing() -> None:
    assert graced(A_DAY_BEFORE, until="2026-07-01T12:00+00:00") == [(None, 0), ("07-09T17:00", 20_000)]


def test_grace_ends_when_check_in_begins() -> None:
    assert graced(FROM_THE_BEGINNING, until="2026-07-12T12:00+00:00") == [(None, 0), ("07-10T14:00", 10_000)]


def test_grace_ends_at_a_full_hour_and_never_too_early() -> None:
    booked = datetime(2026, 7, 1, 12, 0, 1, tzinfo=UTC)

    assert grace_end(booked, 24) == datetime(2026, 7, 2, 13, tzinfo=UTC)
    assert grace_end(booked.replace(second=0), 24) == datetime(2026, 7, 2, 12, tzinfo=UTC)
    assert grace_end(booked, 0) is None
