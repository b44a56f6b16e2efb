"""What tests of the calendar say over and over: who asks, which dates, one change."""

from datetime import timedelta
from typing import Any

from apps.accounts.services import Access, Permission
from apps.inventory import services
from apps.inventory.models import RatePlan, RoomType
from apps.platform import clock
from apps.platform.money import Money
from tests.factories.inventory import RatePlanFactory

ALL = Access(principal="user:revenue", is_administrator=True, permissions=frozenset())
FIRST = clock.now().date() + timedelta(days=5)
LAST = FIRST + timedelta(days=2)


def euros(amount: str) -> Money:
    return Money(amount=amount, currency="EUR")


def plan_of(room_type: RoomType) -> RatePlan:
    """The plan that every hotel of the factories has."""
    plan: RatePlan = room_type.hotel.rate_plans.get(code="FLEX")
    return plan


def derived_plan(room_type: RoomType, *above: RatePlan, **given: Any) -> RatePlan:
    """A plan at ten euros more than the last of `above`."""
    plain: dict[str, Any] = {"code": "BB", "name": "With breakfast", "adjustment_minor": 1_000}
    plan: RatePlan = RatePlanFactory.create(
        hotel=room_type.hotel, ancestors=[plan.id for plan in above], **plain | given
    )
    return plan


def change(room_type: RoomType, **given: Any) -> services.CalendarChange:
    """A change of this room type on the three nights from FIRST to LAST."""
    plain: dict[str, Any] = {"first": FIRST, "last": LAST, "room_type_ids": (room_type.id,)}
    return services.CalendarChange(**plain | given)


def priced(room_type: RoomType, amount: str | None = None, **given: Any) -> services.CalendarChange:
    """A price of the product under FLEX; without an amount and anything else it is taken away."""
    price = {name: given.pop(name) for name in ("by_adults", "percent", "plus") if name in given}
    new = services.PriceChange(amount=euros(amount) if amount else None, **price)
    return change(room_type, **{"rate_plan_ids": (plan_of(room_type).id,), "price": new} | given)


def save(room_type: RoomType, *changes: services.CalendarChange, **given: Any) -> services.CalendarOutcome:
    """Save changes as an administrator."""
    plain: dict[str, Any] = {"access": ALL, "hotel_id": room_type.hotel_id, "changes": changes}
    return services.change_calendar(**plain | given)


def staff_with(room_type: RoomType, *permissions: Permission) -> Access:
    """Somebody of the hotel's staff who may do just this."""
    return Access(
        principal="user:staff",
        is_administrator=False,
        permissions=frozenset((held, room_type.hotel_id) for held in (Permission.VIEW_HOTEL, *permissions)),
    )


def faults(refusal: Any) -> list[str]:
    """The pointers of all that is wrong."""
    return [item["pointer"] for item in refusal.value.items]
