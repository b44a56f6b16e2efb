"""The terms of an amended stay: of the policy that was frozen, and never below a penalty that has accrued."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.inventory.models import RatePlan
from apps.platform import clock
from tests.bookings.amending import ONE_DAY, amend, begins, booked, change, penalties, stay_of, tier
from tests.bookings.orders import caller_of
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def front_desk(double: Any) -> accounts.Caller:
    return caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)


@pytest.fixture
def tiered(double: Any) -> Any:
    """The flexible plan: free until 5 days ahead at noon, half until 1 day ahead, all from then on."""
    plan = RatePlan.objects.get(hotel=double.hotel)
    plan.cancellation_tiers = [tier(5, 50), tier(1, 100)]
    plan.save()
    return plan


@pytest.mark.parametrize(("seconds", "kept"), [(-1, 0), (0, 15_000), (1, 15_000)])
def test_a_penalty_that_has_accrued_is_not_escaped_by_other_dates(
    guest: accounts.Caller, double: Any, tiered: Any, seconds: int, kept: int
) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    later = change(booking_id, arrival=stay.arrival + 60 * ONE_DAY, departure=stay.departure + 60 * ONE_DAY)

    with clock.moved_to(begins(booking_id, 1) + timedelta(seconds=seconds)):
        amend(later, guest)
        preview = services.preview_cancellation(booking_id, caller=guest)

    assert preview.penalty.amount == f"{kept // 100}.00"
    assert [penalty for penalty in penalties(booking_id) if penalty] == ([kept] if kept else [15_000]) + [30_000]


def test_a_penalty_that_is_kept_stands_until_the_next_tier_and_never_above_the_total(
    guest: accounts.Caller, front_desk: accounts.Caller, double: Any, tiered: Any
) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)

    with clock.moved_to(begins(booking_id, 2)):
        amend(
            change(booking_id, arrival=stay.arrival + 60 * ONE_DAY, departure=stay.arrival + 62 * ONE_DAY), front_desk
        )

    assert stay_of(booking_id).total_minor == 20_000
    assert penalties(booking_id) == [0, 20_000]
    assert stay_of(booking_id).no_show_minor == 20_000


def test_the_terms_of_new_dates_are_those_of_the_policy_that_was_frozen(
    guest: accounts.Caller, double: Any, tiered: Any
) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    tiered.cancellation_tiers = [tier(None, 100)]
    tiered.no_show_penalty = {"nights": 1}
    tiered.guarantee, tiered.prepayment_percent = "until_18", 100
    tiered.save()

    amend(change(booking_id, arrival=stay.arrival + ONE_DAY, departure=stay.departure + 2 * ONE_DAY), guest)

    after = stay_of(booking_id)
    assert penalties(booking_id) == [0, 20_000, 40_000]
    assert (after.no_show_minor, after.guarantee, after.due_now_minor) == (40_000, "all_night", 0)
    first = datetime.fromisoformat(stay.cancellation_terms[1]["from"])
    assert begins(booking_id, 1) - first == ONE_DAY


def test_pending_bookings_have_no_penalty_to_keep(guest: accounts.Caller, double: Any) -> None:
    plan = RatePlan.objects.get(hotel=double.hotel)
    plan.cancellation_tiers = [tier(30, 100)]
    plan.save()
    booking_id = booked(guest, double, confirm=False)
    stay = stay_of(booking_id)

    amend(change(booking_id, arrival=stay.arrival + 60 * ONE_DAY, departure=stay.departure + 60 * ONE_DAY), guest)

    assert penalties(booking_id) == [0, 30_000]
    assert begins(booking_id, 1) > clock.now()
