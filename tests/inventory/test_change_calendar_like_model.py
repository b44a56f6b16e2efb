"""Any changes of the calendar come to what a model makes of them night by night, and undoing one takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.inventory import services
from apps.inventory.models import Hotel, NightlyRate, ProductRestriction, RoomNight
from apps.platform.errors import Invalid
from apps.platform.money import from_minor
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory
from tests.inventory.modeled_calendar import BASES, FLAGS, NUMBERS, Calendar, Place, Wish
from tests.inventory.nights import ALL, FIRST

pytestmark = pytest.mark.django_db

_AMOUNTS = st.integers(0, 30_000)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "clear": st.none(),
    "amount": _AMOUNTS,
    "by_adults": st.lists(_AMOUNTS, min_size=1, max_size=3).map(tuple),
    "relative": st.tuples(st.integers(-100, 60), st.integers(-2_000, 2_000)),
}
# (The relative ones are where prices hang together.)
_KINDS = ("", "clear", "amount", "by_adults", "relative", "relative", "relative")


@st.composite
def _wishes(draw: st.DrawFn) -> Wish:
    first = FIRST + timedelta(days=draw(st.integers(0, 2)))
    of_products = draw(st.booleans())
    restrictions: dict[str, bool | int | None] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                **{name: st.sampled_from([None, True, False]) for name in FLAGS},
                **{name: st.sampled_from([None, 0, 2, 3, 5]) for name in NUMBERS},
            },
        )
    )
    kind = draw(st.sampled_from(_KINDS)) if of_products else ""
    wish = Wish(
        first=first,
        last=first + timedelta(days=draw(st.integers(6, 8))),
        weekdays=draw(st.sampled_from([frozenset[int](), frozenset({5, 6}), frozenset(range(1, 6))])),
        types=draw(st.sampled_from([(), (0,), (1, 0)])),
        plans=draw(st.sampled_from([(), (0,), (1,), (2,), (0, 2), (1, 2)])) if of_products else None,
        price=(kind, draw(_VALUES[kind])) if kind else None,
        restrictions=restrictions,
        stop_sell=draw(st.sampled_from([None, True, False])),
        limit=None if of_products else draw(st.sampled_from([None, 0, 1, 2])),
    )
    # (A change in which nothing is said is refused.)
    asked = (wish.price, wish.stop_sell, wish.limit)
    return draw(_wishes()) if not wish.restrictions and all(value is None for value in asked) else wish


@dataclass(frozen=True, kw_only=True)
class House:
    """The hotel with its ids by position."""

    hotel: Hotel
    types: list[UUID]
    plans: list[UUID]

    def change(self, wish: Wish) -> services.CalendarChange:
        return services.CalendarChange(
            first=wish.first,
            last=wish.last,
            weekdays=wish.weekdays,
            room_type_ids=tuple(self.types[kind] for kind in wish.types),
            rate_plan_ids=None if wish.plans is None else tuple(self.plans[plan] for plan in wish.plans),
            price=None if wish.price is None else _price(*wish.price),
            restrictions=wish.restrictions,
            stop_sell=wish.stop_sell,
            overbooking_limit=wish.limit,
        )

    def stored(self) -> Calendar:
        """What the tables say, in the words of the model."""
        calendar = Calendar()
        for rate in NightlyRate.objects.all():
            calendar.prices[self._place(rate)] = (rate.amount_minor, tuple(rate.by_adults or ()))
        for restriction in ProductRestriction.objects.all():
            calendar.rules[self._place(restriction)] = restriction.rules
        for night in RoomNight.objects.all():
            place: Place = (self.types.index(night.room_type_id), None, night.night)
            rules = (night.restrictions or {}) | ({"stop_sell": True} if night.stop_sell else {})
            calendar.rules |= {place: rules} if rules else {}
            calendar.limits |= {place: night.overbooking_limit} if night.overbooking_limit else {}
        return calendar

    def _place(self, row: Any) -> Place:
        return self.types.index(row.room_type_id), self.plans.index(row.rate_plan_id), row.night


def _price(kind: str, value: Any) -> services.PriceChange:
    if kind == "clear":
        return services.PriceChange()
    if kind == "amount":
        return services.PriceChange(amount=from_minor(value, "EUR"))
    if kind == "by_adults":
        return services.PriceChange(by_adults=tuple(from_minor(amount, "EUR") for amount in value))
    percent, plus = value
    return services.PriceChange(percent=Decimal(percent), plus=from_minor(plus, "EUR"))


@pytest.fixture
def house(db: None, settings: Any) -> House:
    settings.INVENTORY_HORIZON_NIGHTS = 30
    hotel = HotelFactory.create()
    types = [RoomTypeFactory.create(hotel=hotel, base_rate_minor=base).id for base in BASES]
    flex = hotel.rate_plans.get().id
    more = RatePlanFactory.create(hotel=hotel, code="BB", ancestors=[flex], adjustment_minor=1_000).id
    less = RatePlanFactory.create(hotel=hotel, code="NR", ancestors=[flex, more], adjustment_percent=-10).id
    return House(hotel=hotel, types=types, plans=[flex, more, less])


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(requests=st.lists(st.lists(_wishes(), min_size=1, max_size=3), min_size=1, max_size=5))
def test_any_changes_come_to_what_the_model_makes_of_them_night_by_night(
    house: House, requests: Sequence[Sequence[Wish]]
) -> None:
    with transaction.atomic():
        calendar = Calendar()
        for wishes in requests:
            expected = calendar.after(wishes)
            changes = [house.change(wish) for wish in wishes]
            before = house.stored()
            if expected is None:
                with pytest.raises(Invalid):
                    services.change_calendar(access=ALL, hotel_id=house.hotel.id, changes=changes)
                assert house.stored() == before
                continue
            saved = services.change_calendar(access=ALL, hotel_id=house.hotel.id, changes=changes)
            assert house.stored() == expected
            if saved.change_id:
                _undo_and_redo(house, saved.change_id, before, expected)
            calendar = expected
        transaction.set_rollback(True)


def _undo_and_redo(house: House, change_id: UUID, before: Calendar, after: Calendar) -> None:
    undone = services.undo_change(access=ALL, hotel_id=house.hotel.id, change_id=change_id)
    assert house.stored() == before
    assert undone.change_id is not None
    services.undo_change(access=ALL, hotel_id=house.hotel.id, change_id=undone.change_id)
    assert house.stored() == after
