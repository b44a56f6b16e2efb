"""Restrictions and the sale: what is offered can be booked, what is refused is not offered, and a model says which."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.bookings import services
from apps.inventory import services as inventory
from apps.inventory.models import ProductRestriction, RatePlan, RoomNight, RoomType
from apps.inventory.types import PartyRoom
from apps.platform import clock
from tests.bookings.orders import caller_of, fresh_key, order, today_at
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

NIGHTS = 7
FLAGS = ("stop_sell", "closed_to_arrival", "closed_to_departure")
NUMBERS = ("min_stay", "max_stay", "min_stay_through", "max_stay_through", "min_advance", "max_advance")
MOST = {"max_stay", "max_stay_through", "max_advance"}

Rules = Mapping[str, bool | int]
ByDay = Mapping[int, Rules]

_of_product = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(FLAGS, st.booleans()), **dict.fromkeys(NUMBERS, st.integers(0, 6))}
)
_of_type = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(FLAGS[1:], st.just(True)), **dict.fromkeys(NUMBERS, st.integers(1, 6))}
)


def _calendar(rules: Any) -> Any:
    return st.dictionaries(st.integers(0, NIGHTS), rules, max_size=4)


def _in_force(of_type: Rules, root: Rules, derived: Rules | None) -> Rules:
    """What holds on a night, said as plainly as can be."""
    of_product = {**root, **(derived or {})}
    found: dict[str, bool | int] = {}
    for name in (*FLAGS, *NUMBERS):
        given_values = [value for value in (of_type.get(name), of_product.get(name)) if value]
        if given_values:
            found[name] = min(given_values) if name in MOST else max(given_values)
    return found


def _sells(rules: list[Rules], arrival: int, nights: int) -> bool:
    """Whether a stay from the `arrival`th day from today on is sold under these rules by day."""
    first, leaving, through = rules[arrival], rules[arrival + nights], rules[arrival : arrival + nights]
    return not (
        any(night.get("stop_sell") for night in through)
        or first.get("closed_to_arrival")
        or leaving.get("closed_to_departure")
        or nights < first.get("min_stay", 0)
        or nights > first.get("max_stay", 99)
        or any(nights < night.get("min_stay_through", 0) for night in through)
        or any(nights > night.get("max_stay_through", 99) for night in through)
        or arrival < first.get("min_advance", 0)
        or arrival > first.get("max_advance", 99)
    )


def _restrict(room_type: RoomType, of_type: ByDay, of_plans: Mapping[RatePlan, ByDay]) -> None:
    today = today_at(room_type)
    for day, rules in of_type.items():
        RoomNight.objects.filter(room_type=room_type, night=today + timedelta(days=day)).update(
            restrictions=rules or None
        )
    for plan, by_day in of_plans.items():
        for day, rules in by_day.items():
            night = today + timedelta(days=day)
            ProductRestriction.objects.create(room_type=room_type, rate_plan=plan, night=night, rules=rules)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    of_type=_calendar(_of_type),
    root=_calendar(_of_product),
    derived=_calendar(_of_product),
    arrival=st.integers(0, 3),
    nights=st.integers(1, 4),
)
def test_a_product_is_offered_exactly_where_it_can_be_booked_and_the_model_sells_it(
    of_type: ByDay, root: ByDay, derived: ByDay, arrival: int, nights: int
) -> None:
    room_type = RoomTypeFactory.create()
    flex = RatePlan.objects.get(hotel=room_type.hotel)
    saver = RatePlanFactory.create(hotel=room_type.hotel, code="SAVER", ancestors=[flex.id], adjustment_percent=-10)
    _restrict(room_type, of_type, {flex: root, saver: derived})
    guest = caller_of(UserFactory.create())
    first = today_at(room_type) + timedelta(days=arrival)
    none: Rules = {}

    offered = inventory.offers_of(
        hotel_id=room_type.hotel_id,
        arrival=first,
        departure=first + timedelta(days=nights),
        party=(PartyRoom(adults=2),),
    )
    outcomes = {}
    for plan in (flex, saver):
        command = order(room_type, days_ahead=arrival, nights=nights, confirm=True)
        room = services.RoomRequest(room_type_id=room_type.id, rate_plan_id=plan.id, adults=2)
        placed = services.PlaceBooking(**{**vars(command), "rooms": (room,)})
        outcomes[plan.code] = services.place_booking(placed, caller=guest, key=fresh_key()).code

    of_flex = [_in_force(of_type.get(day, none), root.get(day, none), None) for day in range(NIGHTS + 1)]
    of_saver = [
        _in_force(of_type.get(day, none), root.get(day, none), derived.get(day, none)) for day in range(NIGHTS + 1)
    ]
    sold = {"FLEX": _sells(of_flex, arrival, nights), "SAVER": _sells(of_saver, arrival, nights)}
    assert outcomes == {code: "booked" if is_sold else "restricted" for code, is_sold in sold.items()}
    assert {offer.rate_plan.code for offer in offered.results} == {code for code, is_sold in sold.items() if is_sold}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"])
@pytest.mark.parametrize(
    ("wall", "outcome"),
    [
        ("2026-03-28T23:30", "booked"),  # two days ahead of the 30th
        ("2026-03-29T01:30", "booked"),  # the business day of the 28th still runs; Berlin's clock skips 02:00
        ("2026-03-29T03:30", "restricted"),
    ],
)
def test_days_ahead_are_counted_from_the_business_date(zone: str, wall: str, outcome: str) -> None:
    instant = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
    with clock.moved_to(instant):
        room_type = RoomTypeFactory.create(hotel=HotelFactory.create(time_zone=zone))
        arrival = date(2026, 3, 30)
        _restrict(room_type, {(arrival - today_at(room_type)).days: {"min_advance": 2}}, {})

        command = order(room_type, days_ahead=(arrival - today_at(room_type)).days, confirm=True)
        found = services.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())

    assert found.code == outcome


def test_a_refusal_names_the_restriction_and_is_the_answer_of_its_key_for_good() -> None:
    room_type = RoomTypeFactory.create()
    _restrict(room_type, {10: {"min_stay": 4}}, {})
    guest, key = caller_of(UserFactory.create()), fresh_key()
    command = order(room_type, days_ahead=10, nights=3, confirm=True)

    refused = services.place_booking(command, caller=guest, key=key)
    _restrict(room_type, {10: {}}, {})
    again = services.place_booking(command, caller=guest, key=key)
    anew = services.place_booking(command, caller=guest, key=fresh_key())

    [item] = orjson.loads(refused.body)["errors"]
    assert (item["code"], item["pointer"], item["limit"]) == ("min_stay", "/rooms/0", 4)
    assert item["date"] == command.arrival.isoformat()
    assert (again.code, again.body, again.replayed) == ("restricted", refused.body, True)
    assert anew.code == "booked"
