"""The hotel in which a history is replayed: founded through the services that staff use."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings.management.replay.history import (
    SLEEPS_ADULTS,
    SLEEPS_CHILDREN,
    History,
    mean_rates,
    peak_rooms,
)
from apps.inventory import services as inventory
from apps.platform.money import Money

_MEAL_PLANS = {
    "BB": inventory.MealPlan.BREAKFAST,
    "HB": inventory.MealPlan.HALF_BOARD,
    "FB": inventory.MealPlan.FULL_BOARD,
    "SC": inventory.MealPlan.ROOM_ONLY,
}


@dataclass(frozen=True, kw_only=True)
class House:
    """The hotel, its products by the letters of the history, and its staff, who enter every booking."""

    hotel: inventory.HotelFacts
    room_types: Mapping[str, UUID]
    rate_plans: Mapping[str, UUID]
    staff: accounts.Caller
    access: accounts.Access


def room_counts(history: History, capacity: float) -> dict[str, int]:
    """Rooms by letter: `capacity` times the most that were taken in one night by bookings that were not canceled."""
    return {letter: max(1, ceil(peak * capacity)) for letter, peak in peak_rooms(history.bookings).items()}


def found_house(history: History, *, capacity: float) -> House:
    """Found the hotel with a room type for each letter, sold at the letter's mean rate, and a rate plan for each meal.

    The mean rate holds whatever meal was bought: all plans sell at 100 percent of it.
    """
    staff = accounts.ensure_account(email="replay@staff.example", full_name="Replay", is_staff=True)
    accounts.grant_role(user_id=staff.id, role=accounts.Role.PLATFORM_ADMIN)
    access = accounts.access_of(staff.id)
    hotel = inventory.create_hotel(
        access=access,
        name="Resort Hotel",
        address="Algarve",
        city="Faro",
        country="PT",
        time_zone="Europe/Lisbon",
        currency="EUR",
    )
    rates = mean_rates(history.bookings)
    return House(
        hotel=hotel,
        room_types={
            letter: inventory.add_room_type(
                access=access,
                hotel_id=hotel.id,
                code=letter,
                name=f"Room type {letter}",
                max_adults=SLEEPS_ADULTS,
                max_children=SLEEPS_CHILDREN,
                room_count=rooms,
                base_rate=Money(amount=str(rates[letter]), currency="EUR"),
            ).id
            for letter, rooms in room_counts(history, capacity).items()
        },
        rate_plans={
            meal: inventory.add_rate_plan(
                access=access, hotel_id=hotel.id, code=meal, name=str(meal_plan).replace("_", " "), meal_plan=meal_plan
            ).id
            for meal, meal_plan in _MEAL_PLANS.items()
        },
        staff=accounts.caller_for(staff.id),
        access=access,
    )
