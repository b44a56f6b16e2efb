"""What happens to hotels, told to the apps above. Fields are only ever added."""

from dataclasses import dataclass
from datetime import date, datetime
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


@dataclass(frozen=True, kw_only=True)
class RoomFacts:
    """Which room, and on which nights nobody who has not come yet can stay in it.

    :param last: included; None: from `first` on.
    """

    room_id: UUID
    first: date
    last: date | None


@dataclass(frozen=True, kw_only=True)
class RoomWithdrawn(Event):
    """A room is closed, archived or of another type now: whom it was assigned to needs another one."""

    type = "room.withdrawn"

    hotel_id: UUID
    data: RoomFacts

    def aggregate(self) -> tuple[UUID, int]:
        return self.data.room_id, 0
