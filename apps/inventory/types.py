"""The words of this app that cross its boundary. No Django in here."""

from enum import StrEnum


class MealPlan(StrEnum):
    """What is served with the room."""

    ROOM_ONLY = "room_only"
    BREAKFAST = "breakfast"
    HALF_BOARD = "half_board"
    FULL_BOARD = "full_board"


class RoomCondition(StrEnum):
    """How housekeeping left a room."""

    DIRTY = "dirty"
    CLEAN = "clean"
    INSPECTED = "inspected"
