"""What a house has, room by room and night by night, whoever stays there."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from apps.inventory.types.capacity import ClosureKind
from apps.inventory.types.catalogue import RoomCondition


@dataclass(frozen=True, kw_only=True)
class ClosedSpan:
    """Nights on which a room is closed, both ends included, cut at the ends of what was asked for."""

    first: date
    last: date
    kind: ClosureKind
    reason: str


@dataclass(frozen=True, kw_only=True)
class HouseRoom:
    """A room with its number, and when nobody can stay in it."""

    id: UUID
    number: str
    floor: str
    condition: RoomCondition
    archived: bool
    closed: tuple[ClosedSpan, ...]


@dataclass(frozen=True, kw_only=True)
class HouseNight:
    """How many rooms of a type a night has to sell and has left. `rooms_left` is below 0 where too many are taken."""

    date: date
    rooms: int
    sold: int
    held: int
    rooms_left: int


@dataclass(frozen=True, kw_only=True)
class HouseType:
    """A room type with its rooms, by number, and those of its nights that exist or are in the archive."""

    id: UUID
    code: str
    name: str
    archived: bool
    rooms: tuple[HouseRoom, ...]
    nights: tuple[HouseNight, ...]


@dataclass(frozen=True, kw_only=True)
class AvailableNight:
    """How many rooms of all types a hotel had or has to sell on a night, those out of order not counted."""

    date: date
    rooms: int
