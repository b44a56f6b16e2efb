"""Another room for a stay: which there are, what stands in the way of each, and the command that gives it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import policies, services
from apps.bookings.admin.chart_rows import CLOSURES, on
from apps.bookings.types import Action
from apps.inventory.services import HouseRoom
from apps.platform.idempotency import Outcome

BEST, NONE = "best", "none"


@dataclass(frozen=True, kw_only=True)
class RoomChoice:
    """A room that the stay might have. `obstacle` says why not, in words; empty: it is free."""

    id: UUID
    number: str
    room_type: str
    is_own_type: bool
    is_dirty: bool
    is_own: bool
    obstacle: str

    @property
    def name(self) -> str:
        notes = [self.room_type] if not self.is_own_type else []
        notes += ["dirty"] if self.is_dirty and not self.obstacle else []
        notes += [self.obstacle] if self.obstacle else []
        return f"{self.number} ({', '.join(notes)})" if notes else self.number


@dataclass(frozen=True, kw_only=True)
class Move:
    """What is asked for: another room from a night on, the best one, or none.

    :param even_if_promised: the guest was promised the room, and agrees.
    """

    room: str
    since: date | None
    reason: str
    even_if_promised: bool


class Rooms:
    """The rooms of the house for the nights of a stay that are still to come, from one of them on."""

    def __init__(self, stay: services.ReservationView, *, hotel_id: UUID, today: date, since: date | None) -> None:
        self.stay = stay
        earliest = max(stay.arrival, today) if Action.MOVE in self.actions and stay.checked_in_at else stay.arrival
        # Where nobody can move yet, a room is for all nights.
        self.nights = _nights(earliest, stay.departure) if Action.MOVE in self.actions else [earliest]
        self.since = since if since in self.nights else earliest
        self.left = _nights(self.since, stay.departure)
        self.choices: tuple[RoomChoice, ...] = ()
        self.rooms_now: tuple[str, ...] = ()
        self._own: set[UUID | None] = set()
        if self.left and self.actions:
            self._read(hotel_id)

    @property
    def actions(self) -> frozenset[Action]:
        """What can be done with the room of the stay."""
        return frozenset(action for action, within in policies.DESK.items() if self.stay.status in within)

    @property
    def is_without(self) -> bool:
        """Whether the stay has no room yet, for any night that is left."""
        return self._own <= {None}

    @property
    def may_be_without(self) -> bool:
        return Action.UNASSIGN in self.actions and not self.is_without

    def choice(self, room: str) -> RoomChoice | None:
        return next((choice for choice in self.choices if str(choice.id) == room), None)

    def run(self, move: Move, *, caller: accounts.Caller, key: str) -> Outcome:
        """Issue the command that does it: the same as the API's."""
        stay_id, agreed = self.stay.id, move.even_if_promised
        if move.room == NONE:
            unassign = services.UnassignRoom(reservation_id=stay_id, even_if_promised=agreed)
            return services.unassign_room(unassign, caller=caller, key=key)
        choice = self.choice(move.room)
        room_id = choice.id if choice else None
        goes = self.since > self.stay.arrival or not self.is_without or (choice and not choice.is_own_type)
        if room_id and goes and Action.MOVE in self.actions:
            command = services.MoveRoom(
                reservation_id=stay_id,
                room_id=room_id,
                from_date=self.since,
                reason=move.reason,
                even_if_promised=agreed,
            )
            return services.move_room(command, caller=caller, key=key)
        assign = services.AssignRoom(reservation_id=stay_id, room_id=room_id, even_if_promised=agreed)
        return services.assign_room(assign, caller=caller, key=key)

    def _read(self, hotel_id: UUID) -> None:
        chart = services.tape_chart(hotel_id=hotel_id, first=self.since, nights=len(self.left))
        taken: dict[UUID, services.StaySpan] = {}
        own: dict[date, UUID | None] = {}
        for span in chart.stays:
            ahead = [night for night in _nights(span.first, span.last + timedelta(days=1)) if night in self.left]
            if span.reservation_id == self.stay.id:
                own |= dict.fromkeys(ahead, span.room_id)
            elif span.room_id and ahead:
                taken.setdefault(span.room_id, span)
        self._own = set(own.values())
        # Rooms of the type in which the guest sleeps come first.
        types = {span.room_type_id for span in chart.stays if span.reservation_id == self.stay.id}
        kinds = sorted(chart.room_types, key=lambda kind: kind.id not in types)
        numbers = {room.id: room.number for kind in kinds for room in kind.rooms}
        self.rooms_now = tuple(numbers[id_] for id_ in dict.fromkeys(own.values()) if id_ in numbers)
        choices = (
            RoomChoice(
                id=room.id,
                number=room.number,
                room_type=kind.name,
                is_own_type=kind.id in types,
                is_dirty=room.condition == "dirty",
                is_own=self._own == {room.id},
                obstacle=_obstacle(room, taken),
            )
            for kind in kinds
            for room in kind.rooms
            if not room.archived and not kind.archived
        )
        self.choices = tuple(sorted(choices, key=lambda choice: bool(choice.obstacle)))


def _obstacle(room: HouseRoom, taken: Mapping[UUID, services.StaySpan]) -> str:
    if room.closed:
        closed = room.closed[0]
        return f"{CLOSURES[closed.kind]} on {on(closed.first)}"
    if room.id in taken:
        span = taken[room.id]
        return f"{span.guest_name} from {on(span.first)}"
    return ""


def _nights(first: date, end: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range((end - first).days)]
