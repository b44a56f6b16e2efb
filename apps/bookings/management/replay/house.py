"""The hotel in which a history is replayed: founded through the services that staff use."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from math import ceil
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings.management.replay.history import (
    SLEEPS_ADULTS,
    SLEEPS_CHILDREN,
    History,
    mean_rates,
    monthly_rates,
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
    """Found the hotel with a room type for each letter and a rate plan for each meal, priced as the history was.

    Each month is a season: a product costs what its room-nights cost then on average. Where the history has none, the
    room type's mean rate of all years holds.
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
        # The history knows whom nobody waited for.
        no_show_nights=inventory.NoShowNights.AT_ONCE,
    )
    rates = mean_rates(history.bookings)
    house = House(
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
    _price_months(house, history)
    _take_taxes(house)
    return house


def _price_months(house: House, history: History) -> None:
    for month, rates in monthly_rates(history.bookings).items():
        inventory.add_season(
            access=house.access,
            hotel_id=house.hotel.id,
            name=f"{month:%Y-%m}",
            first=month,
            last=month.replace(day=monthrange(month.year, month.month)[1]),
            prices=[
                inventory.SeasonRate(
                    room_type_id=house.room_types[letter],
                    rate_plan_id=house.rate_plans[meal],
                    price=Money(amount=str(rate), currency="EUR"),
                )
                for (letter, meal), rate in rates.items()
            ],
        )


def _take_taxes(house: House) -> None:
    """Taxes of the kinds that there are: one in the price, one on top of it and due at the hotel, a fee and its tax."""
    tax, fee = inventory.ChargeKind.TAX, inventory.ChargeKind.FEE
    add = partial(inventory.add_charge, access=house.access, hotel_id=house.hotel.id)
    add(code="VAT", name="Value added tax", kind=tax, percent=Decimal(6), inclusive=True)
    add(
        code="CITY",
        name="City tax",
        kind=tax,
        amount=Money(amount="2.00", currency="EUR"),
        per=inventory.ChargePer.PERSON_NIGHT,
        exempt_under_age=13,
        max_nights=7,
        due=inventory.ChargeDue.AT_PROPERTY,
    )
    add(code="RESORT", name="Resort fee", kind=fee, percent=Decimal("1.5"))
    add(
        code="RESORT_VAT",
        name="Value added tax on the resort fee",
        kind=tax,
        percent=Decimal(23),
        on_room=False,
        on_charges=("RESORT",),
    )
