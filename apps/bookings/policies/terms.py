"""What giving a stay up costs, from the terms that were frozen with it."""

from collections.abc import Sequence
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
