"""What an amendment would change, shown beforehand: the same that it then does."""

from typing import Any

import orjson
import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.inventory.models import RatePlan, RoomNight
from apps.platform import clock
from apps.platform.errors import Stale
from tests.bookings.amending import ONE_DAY, amend, begins, booked, change, everything, set_price, stay_of, tier
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


def test_the_preview_is_what_the_amendment_then_does(guest: accounts.Caller, double: Any, tiered: Any) -> None:
    booking_id = booked(guest, double)
    stay = stay_of(booking_id)
    set_price(double, stay.arrival, 12_000)
    command = change(booking_id, arrival=stay.arrival + ONE_DAY, departure=stay.departure + ONE_DAY)
    before = everything(booking_id)

    preview = services.preview_amendment(command, caller=guest)

    [room] = preview.reservations
    assert everything(booking_id) == before
    assert preview.changes == ("arrival", "departure", "total")
    assert [(night.date, night.after) for night in room.removed] == [(stay.arrival, None)]
    assert [len(nights) for nights in (room.kept, room.added, room.removed, room.repriced)] == [2, 1, 1, 0]
    assert {(night.before and night.before.amount, night.source) for night in room.kept} == {("100.00", "rate_plan")}
    assert [(night.after and night.after.amount, night.source) for night in room.added] == [("120.00", "date")]
    assert (preview.total.before.amount, preview.total.after.amount) == ("300.00", "320.00")
    _, view = amend(command, guest)
    assert view["total"]["amount"] == preview.total.after.amount
    assert orjson.loads(orjson.dumps(preview.cancellation.after, option=orjson.OPT_UTC_Z)) == view["cancellation"]


def test_the_preview_shows_repriced_nights_and_the_penalty_that_is_kept(
    guest: accounts.Caller, double: Any, tiered: Any
) -> None:
    booking_id = booked(guest, double)
    suite = RoomTypeFactory.create(hotel=double.hotel, base_rate_minor=25_000)

    with clock.moved_to(begins(booking_id, 1)):
        preview = services.preview_amendment(change(booking_id, room_type_id=suite.id), caller=guest)

    [room] = preview.reservations
    assert [(night.before and night.before.amount, night.after and night.after.amount) for night in room.repriced] == [
        ("100.00", "250.00")
    ] * 3
    assert preview.penalty_so_far.amount == "150.00"
    assert room.changes == ("room_type", "total")


def test_the_preview_refuses_what_the_amendment_would_refuse(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)
    RoomNight.objects.filter(night__gt=stay_of(booking_id).departure).update(stop_sell=True)

    with pytest.raises(Exception, match="No rooms left"):
        services.preview_amendment(
            change(booking_id, departure=stay_of(booking_id).departure + 2 * ONE_DAY), caller=guest
        )


def test_the_preview_of_another_revision_is_stale(guest: accounts.Caller, double: Any) -> None:
    booking_id = booked(guest, double)

    with pytest.raises(Stale):
        services.preview_amendment(change(booking_id, adults=1), caller=guest, expected_revision=2)
