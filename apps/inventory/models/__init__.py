"""What a hotel sells. The rules that must never break are constraints of the tables."""

from apps.inventory.models.catalogue import Hotel, Room, RoomType
from apps.inventory.models.nights import ArchivedNight, ClosedNight, Hold, Movement, RoomClosure, RoomNight
from apps.inventory.models.pricing import (
    Charge,
    LowestRate,
    NightlyRate,
    ProductRestriction,
    RatePlan,
    Season,
    SeasonNight,
    SeasonPrice,
)

__all__ = [
    "ArchivedNight",
    "Charge",
    "ClosedNight",
    "Hold",
    "Hotel",
    "LowestRate",
    "Movement",
    "NightlyRate",
    "ProductRestriction",
    "RatePlan",
    "Room",
    "RoomClosure",
    "RoomNight",
    "RoomType",
    "Season",
    "SeasonNight",
    "SeasonPrice",
]
