"""The hotel in which a history is replayed: founded through the services that staff use."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from functools import partial
from math import ceil
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings.management.replay.history import (
    SLEEPS_ADULTS,
    SLEEPS_CHILDREN,
    Deposit,
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
class _Terms:
    """What is asked for in advance, and what it costs not to come."""

    prepayment_percent: int
    tiers: tuple[inventory.CancellationTier, ...]
    no_show: inventory.PenaltyTerms


def _penalty(percent: int) -> inventory.PenaltyTerms:
    return inventory.PenaltyTerms(percent=Decimal(percent))


# The file says only which of them a booking had: what they came to at this hotel is not known. (Without a deposit the
# terms are the platform's own: free until check-in begins.)
_TERMS = {
    Deposit.NON_REFUNDABLE: (
        "NR",
        _Terms(
            prepayment_percent=100,
            tiers=(inventory.CancellationTier(days_before=None, at=None, penalty=_penalty(100)),),
            no_show=_penalty(100),
        ),
    ),
    Deposit.REFUNDABLE: (
        "RF",
        _Terms(
            prepayment_percent=30,
            tiers=(
                inventory.CancellationTier(days_before=14, at=time(18), penalty=_penalty(30)),
                inventory.CancellationTier(days_before=3, at=time(18), penalty=_penalty(60)),
                inventory.CancellationTier(days_before=0, at=None, penalty=_penalty(100)),
            ),
            no_show=inventory.PenaltyTerms(nights=1),
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class House:
    """The hotel, its products by the letters of the history, and its staff, who enter every booking.

    :param rooms: the rooms of each room type.
    """

    hotel: inventory.HotelFacts
    room_types: Mapping[str, UUID]
    rooms: Mapping[str, Sequence[UUID]]
    rate_plans: Mapping[tuple[str, Deposit], UUID]
    staff: accounts.Caller
    access: accounts.Access


def room_counts(history: History, capacity: float) -> dict[str, int]:
    """Rooms by letter: `capacity` times the most that were taken in one night by bookings that were not canceled."""
    return {letter: max(1, ceil(peak * capacity)) for letter, peak in peak_rooms(history.bookings).items()}


def found_house(history: History, *, capacity: float) -> House:
    """Found the hotel: a room type with its rooms for each letter, rate plans for each meal, priced as the history was.

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
    counts = room_counts(history, capacity)
    room_types = _room_types(access, hotel.id, counts, mean_rates(history.bookings))
    house = House(
        hotel=hotel,
        room_types=room_types,
        rooms={letter: _rooms(access, hotel.id, room_types[letter], letter, counts[letter]) for letter in counts},
        rate_plans=_rate_plans(access, hotel.id, {booking.deposit for booking in history.bookings}),
        staff=accounts.caller_for(staff.id),
        access=access,
    )
    _price_months(house, history)
    _take_taxes(house)
    return house


def _room_types(
    access: accounts.Access, hotel_id: UUID, counts: Mapping[str, int], rates: Mapping[str, Decimal]
) -> dict[str, UUID]:
    return {
        letter: inventory.add_room_type(
            access=access,
            hotel_id=hotel_id,
            code=letter,
            name=f"Room type {letter}",
            max_adults=SLEEPS_ADULTS,
            max_children=SLEEPS_CHILDREN,
            room_count=count,
            base_rate=Money(amount=str(rates[letter]), currency="EUR"),
        ).id
        for letter, count in counts.items()
    }


def _rooms(access: accounts.Access, hotel_id: UUID, room_type_id: UUID, letter: str, count: int) -> list[UUID]:
    """Each room of a type with its number."""
    return [
        inventory.add_room(access=access, hotel_id=hotel_id, room_type_id=room_type_id, number=f"{letter}{number}").id
        for number in range(1, count + 1)
    ]


def _rate_plans(
    access: accounts.Access, hotel_id: UUID, deposits: Collection[Deposit]
) -> dict[tuple[str, Deposit], UUID]:
    """A plan for each meal without a deposit, and beneath it, at its price, one for each deposit that there is."""
    plans: dict[tuple[str, Deposit], UUID] = {}
    for meal, meal_plan in _MEAL_PLANS.items():
        name = str(meal_plan).replace("_", " ")
        add = partial(inventory.add_rate_plan, access=access, hotel_id=hotel_id, meal_plan=meal_plan)
        root = plans[meal, Deposit.NONE] = add(code=meal, name=name).id
        for deposit in sorted({*deposits} - {Deposit.NONE}):
            code, terms = _TERMS[deposit]
            plans[meal, deposit] = add(
                code=f"{meal}-{code}",
                name=f"{name}, {deposit.lower()}",
                parent_id=root,
                prepayment_percent=terms.prepayment_percent,
                cancellation_tiers=terms.tiers,
                no_show_penalty=terms.no_show,
            ).id
    return plans


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
                    rate_plan_id=house.rate_plans[meal, Deposit.NONE],
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
