"""The front desk of a replay: guests come to the rooms that the history assigned them, where that can be, and go."""

from typing import Any
from uuid import UUID

import orjson

from apps.bookings import services
from apps.bookings.management.replay.asking import Standing
from apps.bookings.management.replay.keys import KeyBoard
from apps.bookings.management.replay.tally import Clerk
from apps.bookings.management.replay.timetable import Step

Answer = dict[str, Any]


class FrontDesk:
    """What is done with one room stay after the other; the rooms of a group come and go one by one."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk, self.board = clerk, KeyBoard(clerk.house)
        self._rooms: dict[UUID, UUID] = {}

    def let_in(self, step: Step, standing: Standing) -> None:
        """All rooms of a booking: guests who were assigned another type move before they come."""
        for stay_id in standing.stays:
            if standing.draft.room_type != step.booking.assigned_type:
                self._move(step, stay_id)
            command = services.CheckIn(reservation_id=stay_id)
            outcome = services.check_in(command, caller=self.clerk.house.staff, key=self.clerk.key(step, stay_id))
            if self.clerk.went_well(step, outcome):
                self.clerk.tally.done[step.kind] += 1
                self._rooms[stay_id] = room = _room_of(orjson.loads(outcome.body), stay_id)
                self.board.give_out(room)

    def _move(self, step: Step, stay_id: UUID) -> None:
        """To a room of the assigned type, at the price of the reserved one. Where there is none the guest stays."""
        room = self.board.ready_room(step.booking.assigned_type)
        if room is None:
            self.clerk.tally.moves["no_room_ready"] += 1
            return
        command = services.MoveRoom(reservation_id=stay_id, room_id=room, reason="as the history assigned it")
        key = self.clerk.key(step, f"move:{stay_id}")
        outcome = services.move_room(command, caller=self.clerk.house.staff, key=key)
        self.clerk.tally.commands += 1
        self.clerk.tally.moves[outcome.code] += 1

    def let_go(self, step: Step, standing: Standing) -> Answer:
        """All rooms of a booking; what the last answer says of it."""
        answer: Answer = {}
        for stay_id in standing.stays:
            command = services.CheckOut(reservation_id=stay_id)
            outcome = services.check_out(command, caller=self.clerk.house.staff, key=self.clerk.key(step, stay_id))
            if self.clerk.went_well(step, outcome):
                answer = orjson.loads(outcome.body)
                self.clerk.tally.done[step.kind] += 1
                self.board.take_back(self._rooms.pop(stay_id))
        return answer

    def give_up(self, step: Step, standing: Standing) -> Answer:
        """All rooms of a booking whose guests did not come; what the last answer says of it."""
        answer: Answer = {}
        for stay_id in standing.stays:
            command = services.RecordNoShow(reservation_id=stay_id)
            outcome = services.record_no_show(command, caller=self.clerk.house.staff, key=self.clerk.key(step, stay_id))
            if self.clerk.went_well(step, outcome):
                answer = orjson.loads(outcome.body)
                self.clerk.tally.done[step.kind] += 1
        return answer


def _room_of(booking: Answer, stay_id: UUID) -> UUID:
    """The room to whose door the guest gets the key."""
    [stay] = [stay for stay in booking["reservations"] if stay["id"] == str(stay_id)]
    return UUID(stay["nights"][-1]["room"]["id"])
