"""The fingerprint of a command: what it is told apart by, and that it outlives a deployment."""

from dataclasses import dataclass, field
from uuid import UUID

from apps.platform.canonical import ADDED_LATER, fingerprint


@dataclass(frozen=True, kw_only=True)
class _Room:
    room_type_id: UUID


@dataclass(frozen=True, kw_only=True)
class _RoomOfToday:
    room_type_id: UUID
    offer_id: str = field(default="", metadata=ADDED_LATER)


@dataclass(frozen=True, kw_only=True)
class _Order:
    hotel: str
    rooms: tuple[_Room | _RoomOfToday, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class _OrderOfToday:
    hotel: str
    rooms: tuple[_Room | _RoomOfToday, ...]
    note: str = ""
    reason: str | None = field(default=None, metadata=ADDED_LATER)


def test_a_field_that_was_added_later_changes_nothing_until_it_says_something() -> None:
    before = _Order(hotel="H", rooms=(_Room(room_type_id=UUID(int=1)),))
    since = _OrderOfToday(hotel="H", rooms=(_RoomOfToday(room_type_id=UUID(int=1)),))

    assert fingerprint("place", since) == fingerprint("place", before)


def test_what_any_field_says_tells_commands_apart() -> None:
    room = _RoomOfToday(room_type_id=UUID(int=1))
    commands = [
        _OrderOfToday(hotel="H", rooms=(room,)),
        _OrderOfToday(hotel="H", rooms=(room, room)),
        _OrderOfToday(hotel="H", rooms=(_RoomOfToday(room_type_id=UUID(int=2)),)),
        _OrderOfToday(hotel="H", rooms=(_RoomOfToday(room_type_id=UUID(int=1), offer_id="x"),)),
        _OrderOfToday(hotel="H", rooms=(room,), note="n"),
        _OrderOfToday(hotel="H", rooms=(room,), reason="r"),
    ]

    assert len({fingerprint("place", command) for command in commands}) == len(commands)
    assert fingerprint("place", commands[0]) != fingerprint("cancel", commands[0])
