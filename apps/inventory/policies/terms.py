"""What canceling and not coming cost: the steps of a policy on the hotel's wall clock, with the money of one stay."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from apps.inventory.policies.calendar import instant_of
from apps.inventory.types import Cancellation, Penalty, PolicyTier, TermStep, TimelineStep
from apps.platform.money import from_minor

DEFAULT_TIERS = (PolicyTier(days_before=0, at=None, penalty=Penalty(percent=Decimal(100))),)
"""Where a plan says nothing: free until check-in begins on the day of arrival, the whole stay from then on."""

DEFAULT_NO_SHOW = Penalty(percent=Decimal(100))
"""Where a plan says nothing about guests who do not come."""


def terms_of(
    tiers: Sequence[PolicyTier],
    *,
    arrival: date,
    check_in_time: time,
    time_zone: str,
    nights_minor: Sequence[int],
    total_minor: int,
    grace_until: datetime | None = None,
) -> tuple[TermStep, ...]:
    """The steps of the terms of one stay, without a gap; the first one begins open, the last one ends so.

    :param tiers: in the order of time; before the first of them canceling is free.
    :param nights_minor: the prices of the nights in their order.
    :param grace_until: canceling is free until then, but no longer than until check-in begins.
    """
    starts: list[tuple[datetime | None, int]] = [(None, 0)]
    for tier in tiers:
        penalty = penalty_of(tier.penalty, nights_minor=nights_minor, total_minor=total_minor)
        if tier.days_before is None:
            starts = [(None, penalty)]
            continue
        day = arrival - timedelta(days=tier.days_before)
        starts.append((instant_of(day, tier.at or check_in_time, time_zone), penalty))
    if grace_until is not None:
        starts = _with_grace(starts, min(grace_until, instant_of(arrival, check_in_time, time_zone)))
    ends = [start for start, _ in starts[1:]] + [None]
    return tuple(
        TermStep(starts_at=start, ends_at=end, penalty_minor=penalty)
        for (start, penalty), end in zip(starts, ends, strict=True)
    )


def grace_end(booked_at: datetime, hours: int) -> datetime | None:
    """When the grace after booking ends, None where there is none: at a full hour, which is never too early."""
    if not hours:
        return None
    end = booked_at + timedelta(hours=hours)
    full = end.replace(minute=0, second=0, microsecond=0)
    return full if full == end else full + timedelta(hours=1)


def _with_grace(starts: Sequence[tuple[datetime | None, int]], until: datetime) -> list[tuple[datetime | None, int]]:
    """Steps by their beginnings, free until `until`, and as they were from then on."""
    later = [(start, penalty) for start, penalty in starts if start is not None and start > until]
    on_then = [penalty for start, penalty in starts if start is None or start <= until][-1]
    return [(None, 0), *([(until, on_then)] if on_then else []), *later]


def penalty_of(penalty: Penalty, *, nights_minor: Sequence[int], total_minor: int) -> int:
    """What a penalty means for one stay in minor units: never negative, never above the total, rounded half up."""
    if penalty.percent is not None:
        amount = (total_minor * int(penalty.percent * 100) + 5_000) // 10_000
    elif penalty.nights is not None:
        amount = sum(nights_minor[: penalty.nights])
    else:
        amount = penalty.amount_minor or 0
    return min(max(0, amount), total_minor)


def merged(stays: Iterable[Sequence[TermStep]]) -> tuple[TermStep, ...]:
    """The terms of several stays that are canceled together: a step wherever one of them has one, penalties added."""
    all_steps = [list(steps) for steps in stays]
    changes = sorted({step.starts_at for steps in all_steps for step in steps if step.starts_at is not None})
    starts: list[datetime | None] = [None, *changes]
    ends: list[datetime | None] = [*changes, None]
    return tuple(
        TermStep(starts_at=start, ends_at=end, penalty_minor=sum(_penalty_from(steps, start) for steps in all_steps))
        for start, end in zip(starts, ends, strict=True)
    )


def _penalty_from(steps: Sequence[TermStep], start: datetime | None) -> int:
    """The penalty of the step that is on at `start`; None is the beginning."""
    found = 0
    for step in steps:
        if step.starts_at is None or (start is not None and step.starts_at <= start):
            found = step.penalty_minor
    return found


def cancellation_of(steps: Sequence[TermStep], currency: str) -> Cancellation:
    """The terms as guests read them."""
    return Cancellation(
        timeline=tuple(
            TimelineStep(
                {"from": step.starts_at, "until": step.ends_at, "penalty": from_minor(step.penalty_minor, currency)}
            )
            for step in steps
        )
    )


def faults_of(tiers: Sequence[PolicyTier]) -> list[tuple[int, str]]:
    """What is wrong with a policy: the position of the tier and a sentence, empty if nothing is."""
    faults: list[tuple[int, str]] = []
    before: tuple[int, time] | None = None
    for position, tier in enumerate(tiers):
        if position and tier.days_before is None:
            faults.append((position, "Only the first tier can begin with the booking."))
        if tier.days_before is not None:
            # (Check-in time is not known here; a tier at check-in comes last on its day.)
            begins = (-tier.days_before, tier.at or time.max)
            if before is not None and begins <= before:
                faults.append((position, "Each tier begins later than the one before it."))
            before = begins
        given = (tier.penalty.percent, tier.penalty.nights, tier.penalty.amount_minor)
        if sum(value is not None for value in given) != 1:
            faults.append((position, "A penalty is a percent, a number of nights or an amount."))
    return faults
