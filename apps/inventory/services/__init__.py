"""What other apps may ask of the inventory, and the only door to it besides `events`."""

from apps.inventory.policies import instant_of, nights_of
from apps.inventory.services._catalogue import (
    AllRoomsNumbered,
    CapacityBelowSold,
    RatePlanChanges,
    RoomChanges,
    RoomTypeChanges,
    add_rate_plan,
    add_room,
    add_room_type,
    get_rate_plans,
    get_room_types,
    update_rate_plan,
    update_room,
    update_room_type,
)
from apps.inventory.services._checks import CodeTaken
from apps.inventory.services._generation import generate_inventory
from apps.inventory.services._hotels import (
    FixedOnceReserved,
    HotelChanges,
    business_date,
    create_hotel,
    get_hotel,
    get_hotels,
    set_hotel_rating,
    update_hotel,
)
from apps.inventory.types import HotelFacts, MealPlan, RatePlanFacts, RoomCondition, RoomFacts, RoomTypeFacts

__all__ = [
    "AllRoomsNumbered",
    "CapacityBelowSold",
    "CodeTaken",
    "FixedOnceReserved",
    "HotelChanges",
    "HotelFacts",
    "MealPlan",
    "RatePlanChanges",
    "RatePlanFacts",
    "RoomChanges",
    "RoomCondition",
    "RoomFacts",
    "RoomTypeChanges",
    "RoomTypeFacts",
    "add_rate_plan",
    "add_room",
    "add_room_type",
    "business_date",
    "create_hotel",
    "generate_inventory",
    "get_hotel",
    "get_hotels",
    "get_rate_plans",
    "get_room_types",
    "instant_of",
    "nights_of",
    "set_hotel_rating",
    "update_hotel",
    "update_rate_plan",
    "update_room",
    "update_room_type",
]
