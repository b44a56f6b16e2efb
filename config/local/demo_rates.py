"""What a hotel of the demo asks beyond its base rates: a season, taxes, and a plan that derives from another."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from apps.accounts.services import Access
from apps.inventory import selectors
from apps.inventory import services as inventory
from apps.platform.money import Money
from config.local.demo_world import DemoHotel, DemoSeason

SAVER = "SAVE"
_WEEKDAYS, _WEEKEND = (1, 2, 3, 4, 7), (5, 6)
_WHOLE_STAY = inventory.PenaltyTerms(percent=Decimal(100))


def ensure_saver(spec: DemoHotel, access: Access, hotel_id: UUID, rate_plans: dict[str, UUID], parent: str) -> None:
    """A plan that is cheaper than its parent, paid at once, and not given back."""
    if spec.saver is None or SAVER in rate_plans:
        return
    rate_plans[SAVER] = inventory.add_rate_plan(
        access=access,
        hotel_id=hotel_id,
        code=SAVER,
        name="Saver, no refund",
        parent_id=rate_plans[parent],
        adjustment=inventory.Adjustment(
            percent=spec.saver.percent,
            rounding_step=Money(amount=spec.saver.rounding_step, currency=spec.currency),
        ),
        prepayment_percent=100,
        cancellation_tiers=(inventory.CancellationTier(days_before=None, at=None, penalty=_WHOLE_STAY),),
    ).id


def ensure_season(
    spec: DemoHotel,
    access: Access,
    hotel: inventory.HotelFacts,
    *,
    today: date,
    room_types: Mapping[str, UUID],
    plans: Mapping[UUID, Decimal],
) -> None:
    """The next season that is not over, with prices of every room type under these plans.

    :param plans: those with prices of their own, with the percent of the base rate that they take.
    """
    season = spec.season
    if season is None:
        return
    year = today.year if today <= date(today.year, *season.last) else today.year + 1
    name = f"{season.name} {year}"
    if selectors.seasons_of(hotel.id).filter(name=name).exists():
        return
    rates = [
        inventory.SeasonRate(
            room_type_id=room_types[room_type.code],
            rate_plan_id=plan_id,
            weekdays=weekdays,
            price=Money(amount=_price(season, room_type.base_rate, percent * factor / 100), currency=spec.currency),
        )
        for room_type in spec.room_types
        for plan_id, percent in plans.items()
        for weekdays, factor in ((_WEEKDAYS, season.on_weekdays), (_WEEKEND, season.at_weekends))
    ]
    first, last = date(year, *season.first), date(year, *season.last)
    inventory.add_season(access=access, hotel_id=hotel.id, name=name, first=first, last=last, prices=rates)


def _price(season: DemoSeason, base_rate: str, factor: Decimal) -> str:
    """As hotels write prices: a round sum."""
    return str(round(Decimal(base_rate) * factor / season.round_to) * season.round_to)


def ensure_charges(spec: DemoHotel, access: Access, hotel_id: UUID) -> None:
    """The taxes and fees of the place."""
    known = set(selectors.charges_of(hotel_id).values_list("code", flat=True))
    for charge in spec.charges:
        if charge.code not in known:
            inventory.add_charge(
                access=access,
                hotel_id=hotel_id,
                code=charge.code,
                name=charge.name,
                kind=inventory.ChargeKind.TAX,
                per=inventory.ChargePer(charge.per),
                percent=charge.percent,
                amount=None if charge.amount is None else Money(amount=charge.amount, currency=spec.currency),
                inclusive=charge.inclusive,
                exempt_under_age=charge.exempt_under_age,
                due=inventory.ChargeDue(charge.due),
            )
