"""What giving a stay up costs, from the terms that were frozen with it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.inventory.services import TermStep


def penalty_at(steps: "Sequence[TermStep]", instant: datetime) -> int:
    """The penalty for canceling at `instant`: a step holds from its start, inclusive, until its end, exclusive."""
    for step in steps:
        if (step.starts_at is None or step.starts_at <= instant) and (step.ends_at is None or instant < step.ends_at):
            return step.penalty_minor
    return 0


def not_below(steps: "Iterable[TermStep]", *, since: datetime, floor_minor: int) -> "tuple[TermStep, ...]":
    """The terms with no penalty below `floor_minor` from `since` on: nobody moves the dates and then cancels free."""
    joined: list[TermStep] = []
    for step in _raised(steps, since, floor_minor):
        if joined and joined[-1].penalty_minor == step.penalty_minor:
            joined[-1] = replace(joined[-1], ends_at=step.ends_at)
        else:
            joined.append(step)
    return tuple(joined)


def _raised(steps: "Iterable[TermStep]", since: datetime, floor_minor: int) -> "Iterator[TermStep]":
    for step in steps:
        is_over = step.ends_at is not None and step.ends_at <= since
        if is_over or step.penalty_minor >= floor_minor:
            yield step
        elif step.starts_at is not None and step.starts_at >= since:
            yield replace(step, penalty_minor=floor_minor)
        else:
            yield replace(step, ends_at=since)
            yield replace(step, starts_at=since, penalty_minor=floor_minor)
