"""Which room a stay gets: plain nights and numbers in, a room out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

# A gap without an end is longer than any other; a year of nights is more than anybody asks for.
ENDLESS = 366


@dataclass(frozen=True, kw_only=True)
class FreeRoom:
    """A room that is free for a stay, in the gap between what is around it.

    :param free_from: the first night of the gap; None: nothing came before.
    :param free_until: the night with which the gap ends, which is taken; None: nothing follows.
    :param is_beside: the stay has this room in the night before or after.
    """

    room_id: UUID
    free_from: date | None
    free_until: date | None
    is_beside: bool = False


def best_fit(rooms: Iterable[FreeRoom], *, arrival: date, departure: date, today: date) -> FreeRoom | None:
    """The room whose gap the stay uses up best, so that long gaps stay long; None if there is no room.

    The room in which the guest is anyway comes before all others. Of gaps that are left equally long, one that stays
    in one piece is better than two, and then whichever comes first.
    """

    def rank(room: FreeRoom) -> tuple[object, ...]:
        # Nobody can be sold a night that is over.
        before = max(0, (arrival - max(room.free_from or today, today)).days)
        after = ENDLESS if room.free_until is None else (room.free_until - departure).days
        return (not room.is_beside, before + after, (before > 0) + (after > 0))

    return min(rooms, key=rank, default=None)


def gap_around(
    *, arrival: date, departure: date, before: date | None, after: date | None, closed: Collection[date]
) -> tuple[date | None, date | None] | None:
    """The gap in which a room is free, from its first night to before its last; None if it is not free for the stay.

    :param before: the last night before the stay that somebody has the room.
    :param after: the first night from the arrival on that somebody has it.
    :param closed: the nights on which nobody can stay in it.
    """
    taken = [night for night in (before, after, *closed) if night is not None]
    if any(arrival <= night < departure for night in taken):
        return None
    earlier = [night for night in taken if night < arrival]
    later = [night for night in taken if night >= departure]
    return max(earlier) + timedelta(days=1) if earlier else None, min(later, default=None)


def runs_of(nights: Sequence[tuple[date, UUID]]) -> list[tuple[date, date, UUID]]:
    """Nights of room types that follow on each other, put together: first night, the day after the last, type."""
    runs: list[tuple[date, date, UUID]] = []
    for night, room_type_id in sorted(nights):
        if runs and runs[-1][1] == night and runs[-1][2] == room_type_id:
            runs[-1] = (runs[-1][0], night + timedelta(days=1), room_type_id)
        else:
            runs.append((night, night + timedelta(days=1), room_type_id))
    return runs


def night_of(today: date, *, arrival: date, departure: date) -> date:
    """The night of a stay that runs on this business date: the last one still while its guest has not left."""
    return max(arrival, min(today, departure - timedelta(days=1)))


def day_after(night: date) -> date:
    """The day on which a stay over this night, as its last one, departs."""
    return night + timedelta(days=1)
