"""Whatever a hotel sets up: offer, booking and the sum of nights and lines are one figure, in every currency."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.services import Access
from apps.bookings import services as bookings
from apps.inventory import services
from apps.inventory.models import RatePlan, RoomType
from apps.inventory.services import (
    Adjustment,
    CancellationTier,
    ChargeDue,
    ChargeKind,
    ChargePer,
    ChildPrice,
    PartyRoom,
    PenaltyTerms,
    Rounding,
    SeasonRate,
)
from apps.platform.money import Money, from_minor, to_minor
from tests.bookings.orders import caller_of, fresh_key, today_at
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

ALL = Access(principal="user:test", is_administrator=True, permissions=frozenset())
MAX_ADULTS, MAX_CHILDREN = 4, 3
Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True, kw_only=True)
class House:
    """A hotel that somebody has set up at random, within what its services take."""

    room_type: RoomType
    currency: str
    draw: Draw

    def money(self, least: int = 0, most: int = 300_000) -> Money:
        return from_minor(self.draw(st.integers(least, most)), self.currency)

    def amounts(self, count: int) -> tuple[Money, ...]:
        return tuple(self.money() for _ in range(count))

    def set_up(self) -> None:
        self._extra_people()
        roots = [self._plan(f"ROOT{number}") for number in range(self.draw(st.integers(1, 2)))]
        plans = list(roots)
        for number in range(self.draw(st.integers(0, 3))):
            plans.append(self._plan(f"D{number}", parent_id=self.draw(st.sampled_from(plans))))
        self._season(roots)
        self._charges()

    def _extra_people(self) -> None:
        ages = sorted(self.draw(st.sets(st.integers(0, 17), max_size=3)))
        changes = services.RoomTypeChanges(
            included_adults=self.draw(st.integers(1, MAX_ADULTS)),
            extra_adult=self.money(),
            child_bands=tuple(ChildPrice(to_age=age, amount=self.money()) for age in ages),
        )
        hotel_id = self.room_type.hotel_id
        services.update_room_type(access=ALL, hotel_id=hotel_id, room_type_id=self.room_type.id, changes=changes)

    def _plan(self, code: str, parent_id: UUID | None = None) -> UUID:
        if parent_id is None:
            price: dict[str, Any] = {"percent": Decimal(self.draw(st.integers(0, 20_000))) / 100}
        else:
            adjustment = Adjustment(
                percent=Decimal(self.draw(st.integers(-5_000, 5_000))) / 100,
                amount=self.money(-20_000, 20_000),
                per_person=self.draw(st.booleans()),
                rounding_step=from_minor(self.draw(st.sampled_from([1, 5, 100, 1_000])), self.currency),
                rounding=self.draw(st.sampled_from(Rounding)),
            )
            price = {"parent_id": parent_id, "adjustment": adjustment}
        penalties = [
            PenaltyTerms(percent=Decimal(self.draw(st.integers(0, 10_000))) / 100),
            PenaltyTerms(nights=self.draw(st.integers(1, 5))),
            PenaltyTerms(amount=self.money()),
        ]
        tiers = (
            CancellationTier(days_before=None, at=None, penalty=self.draw(st.sampled_from(penalties))),
            CancellationTier(days_before=3, at=None, penalty=self.draw(st.sampled_from(penalties))),
        )
        return services.add_rate_plan(
            access=ALL,
            hotel_id=self.room_type.hotel_id,
            code=code,
            name=code,
            prepayment_percent=self.draw(st.integers(0, 100)),
            cancellation_tiers=tiers[: self.draw(st.integers(0, 2))],
            no_show_penalty=self.draw(st.sampled_from(penalties)),
            **price,
        ).id

    def _season(self, roots: list[UUID]) -> None:
        first = today_at(self.room_type) + timedelta(days=self.draw(st.integers(0, 12)))
        prices = [
            SeasonRate(
                room_type_id=self.room_type.id,
                rate_plan_id=root,
                price=self.money(),
                weekdays=tuple(self.draw(st.sets(st.integers(1, 7)))),
                by_adults=self.amounts(self.draw(st.integers(0, MAX_ADULTS))),
            )
            for root in roots
        ]
        services.add_season(
            access=ALL,
            hotel_id=self.room_type.hotel_id,
            name="Some time",
            first=first,
            last=first + timedelta(days=self.draw(st.integers(0, 10))),
            prices=prices,
        )

    def _charges(self) -> None:
        codes: list[str] = []
        for number in range(self.draw(st.integers(0, 4))):
            code, is_percent = f"C{number}", self.draw(st.booleans())
            if is_percent:
                on = tuple(self.draw(st.sets(st.sampled_from(codes)))) if codes else ()
                says: dict[str, Any] = {
                    "percent": Decimal(self.draw(st.integers(0, 250_000))) / 10_000,
                    "on_charges": on,
                    "on_room": not on or self.draw(st.booleans()),
                }
            else:
                says = {"amount": self.money(0, 2_000), "per": self.draw(st.sampled_from(ChargePer))}
            services.add_charge(
                access=ALL,
                hotel_id=self.room_type.hotel_id,
                code=code,
                name=code,
                kind=self.draw(st.sampled_from(ChargeKind)),
                inclusive=self.draw(st.booleans()),
                exempt_under_age=self.draw(st.integers(0, 18)),
                max_nights=self.draw(st.none() | st.integers(1, 9)),
                due=self.draw(st.sampled_from(ChargeDue)),
                **says,
            )
            codes.append(code)


def minor(money: Any) -> int:
    given = money if isinstance(money, dict) else {"amount": money.amount, "currency": money.currency}
    return to_minor(given["amount"], given["currency"])


def placed(house: House, offer: services.Offer, party: PartyRoom, days_ahead: int, *, accept: bool) -> Any:
    """The booking of the product of an offer, or of the offer itself."""
    arrival = today_at(house.room_type) + timedelta(days=days_ahead)
    room = bookings.RoomRequest(
        room_type_id=offer.room_type.id,
        rate_plan_id=offer.rate_plan.id,
        adults=party.adults,
        children_ages=party.children_ages,
        offer_id=offer.offer_id if accept else "",
    )
    command = bookings.PlaceBooking(
        hotel_id=house.room_type.hotel_id,
        arrival=arrival,
        departure=arrival + timedelta(days=len(offer.nights)),
        rooms=(room,),
        booker=bookings.Booker(full_name="Ada Lovelace", email="ada@guests.example"),
    )
    outcome = bookings.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())
    return orjson.loads(outcome.body)


@pytest.mark.django_db
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_offer_booking_and_the_sum_of_their_lines_are_one_figure(currency: str, data: st.DataObject) -> None:
    room_type = RoomTypeFactory.create(
        hotel__currency=currency,
        max_adults=MAX_ADULTS,
        max_children=MAX_CHILDREN,
        base_rate_minor=data.draw(st.integers(0, 500_000)),
    )
    house = House(room_type=room_type, currency=currency, draw=data.draw)
    house.set_up()
    party = PartyRoom(
        adults=data.draw(st.integers(1, MAX_ADULTS)),
        children_ages=tuple(data.draw(st.lists(st.integers(0, 17), max_size=MAX_CHILDREN))),
    )
    days_ahead, nights = data.draw(st.integers(0, 20)), data.draw(st.integers(1, 10))
    arrival = today_at(room_type) + timedelta(days=days_ahead)

    offers = services.offers_of(
        hotel_id=room_type.hotel_id, arrival=arrival, departure=arrival + timedelta(days=nights), party=(party,)
    ).results
    chosen = data.draw(st.sampled_from(offers))
    booking = placed(house, chosen, party, days_ahead, accept=data.draw(st.booleans()))

    assert len(offers) == RatePlan.objects.filter(hotel=room_type.hotel).count()
    for offer in offers:
        beside = [line for line in (*offer.taxes, *offer.fees) if not line.included]
        summed = sum(minor(night.amount) for night in offer.nights) + sum(minor(line.amount) for line in beside)
        assert minor(offer.total) == summed == minor(offer.due_now) + minor(offer.due_at_property)
        penalties = [minor(step["penalty"]) for step in offer.cancellation.timeline]
        assert all(0 <= penalty <= summed for penalty in penalties)
    (stay,) = booking["reservations"]
    assert minor(booking["total"]) == minor(stay["total"]) == minor(chosen.total)
    assert minor(booking["amounts"]["due_now"]) == minor(chosen.due_now)
    shown = [(night["date"], minor(night["amount"]), night["source"]) for night in stay["nights"]]
    assert shown == [(f"{night.date}", minor(night.amount), night.source) for night in chosen.nights]
    assert [minor(line["amount"]) for line in stay["taxes"] + stay["fees"]] == [
        minor(line.amount) for line in (*chosen.taxes, *chosen.fees)
    ]
    assert bookings.check_invariants() == ()
