"""What happens to hotels, told to the apps above. Fields are only ever added."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.platform.events import Event


@dataclass(frozen=True, kw_only=True)
class ClockFacts:
    """What the clock of a sandbox shows since."""

    now: datetime


@dataclass(frozen=True, kw_only=True)
class ClockAdvanced(Event):
    """The clock of a sandbox was advanced: what is due by then may happen."""

    type = "hotel.clock_advanced"

    hotel_id: UUID
    data: ClockFacts

    def aggregate(self) -> tuple[UUID, int]:
        return self.hotel_id, int(self.data.now.timestamp())
