"""The first screen: figures of the hotel's own date, each leading to its list, for a handful of statements."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.services import Role
from apps.bookings.models import Booking
from apps.inventory.models import RoomType
from apps.notifications.models import Delivery
from apps.platform import clock
from apps.platform.db import uuid7
from tests.admin.desk import administrator, agree, ask, booked, staff_of
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 7, 3, 20, 0, tzinfo=UTC)


def figures(client: Client, **query: str) -> dict[str, str]:
    """What the tiles say."""
    return {tile.name: tile.figure for tile in client.get("/admin/", query).context["tiles"]}


def test_the_tiles_count_what_their_lists_show(ours: RoomType, theirs: RoomType) -> None:
    client = staff_of(ours.hotel)
    staying = booked(ours)
    booked(ours)
    booked(ours)
    booked(ours, days_ahead=1)
    booked(ours, confirm=False)
    booked(theirs)
    agree(client, ask(client, "check_in", staying.reservations.get().id))

    page = client.get("/admin/")

    tiles = {tile.name: tile for tile in page.context["tiles"]}
    lists = {name: client.get(tile.link) for name, tile in tiles.items() if name != "Occupancy tonight"}
    assert {name: tile.figure for name, tile in tiles.items()} == {
        "Arrivals left": "2",
        "Departures left": "0",
        "In house": "1",
        "Occupancy tonight": "60 %",
    }
    assert {name: str(shown.context["cl"].result_count) for name, shown in lists.items()} == {
        name: tiles[name].figure for name in lists
    }
    assert tiles["Occupancy tonight"].note == "3 of 5 rooms sold, 1 held"
    assert client.get(tiles["Occupancy tonight"].link).status_code == 200


@pytest.mark.parametrize(
    ("later", "business_date", "arrivals"),
    [
        (timedelta(hours=3), "3 July 2026", "1"),
        (timedelta(hours=5, minutes=59), "3 July 2026", "1"),
        (timedelta(hours=6), "4 July 2026", "0"),
    ],
    ids=["at midnight", "just before the rollover", "at the rollover"],
)
def test_the_day_turns_at_the_rollover_on_the_hotels_own_clock(
    later: timedelta, business_date: str, arrivals: str
) -> None:
    with clock.moved_to(EVENING):
        room_type = RoomTypeFactory.create(hotel__time_zone="Europe/Lisbon")
        booked(room_type)
    client = staff_of(room_type.hotel)

    with clock.moved_to(EVENING + later):
        page = client.get("/admin/")
        shown = figures(client)

    assert business_date in page.content.decode()
    assert shown["Arrivals left"] == arrivals


def test_each_hotel_has_its_own_today() -> None:
    with clock.moved_to(EVENING):
        lisbon = RoomTypeFactory.create(hotel__name="Here")
        tokyo = RoomTypeFactory.create(hotel__name="There", hotel__time_zone="Asia/Tokyo")
        booked(lisbon)
        booked(tokyo)
        client = staff_of(lisbon.hotel, tokyo.hotel)

        both = {
            room_type.hotel.name: client.get("/admin/", {"hotel": str(room_type.hotel_id)}).context["house"]
            for room_type in (lisbon, tokyo)
        }
        arrivals = client.get("/admin/bookings/reservation/?desk=arrivals").context["cl"].result_count

    assert {name: str(house.business_date) for name, house in both.items()} == {
        "Here": "2026-07-03",
        "There": "2026-07-04",
    }
    assert arrivals == 2


def test_a_hotel_of_others_is_not_switched_to(ours: RoomType, theirs: RoomType) -> None:
    page = staff_of(ours.hotel).get("/admin/", {"hotel": str(theirs.hotel_id)})

    assert page.context["house"].hotel_id == ours.hotel_id


def test_what_is_late_or_about_to_be_lost_needs_attention() -> None:
    with clock.moved_to(EVENING):
        room_type = RoomTypeFactory.create()
        client = staff_of(room_type.hotel)
        staying = booked(room_type, nights=1).reservations.get()
        agree(client, ask(client, "check_in", staying.id))
        booked(room_type, nights=4)
    with clock.moved_to(EVENING + timedelta(days=2)):
        held = booked(room_type, confirm=False)
        Booking.objects.filter(id=held.id).update(hold_expires_at=clock.now() + timedelta(minutes=4))

        notices = client.get("/admin/").context["notices"]
        lists = [client.get(notice.link).context["cl"].result_count for notice in notices]

    assert [notice.text.split(" ")[0] for notice in notices] == ["expected", "still", "held,"]
    assert [notice.count for notice in notices] == lists == [1, 1, 1]


def test_only_administrators_are_told_of_dead_deliveries(ours: RoomType) -> None:
    Delivery.objects.create(
        event_id=uuid7(),
        template="booking_confirmed",
        recipient="ada@guests.example",
        context={},
        state="dead",
        due_at=clock.now(),
        created_at=clock.now(),
    )

    told = [
        [notice.text for notice in client.get("/admin/").context["notices"]]
        for client in (administrator(), staff_of(ours.hotel))
    ]

    assert told == [["given up: the message was not delivered"], []]


def test_housekeeping_sees_the_occupancy_and_no_guest(ours: RoomType) -> None:
    booked(ours)

    shown = figures(staff_of(ours.hotel, role=Role.HOUSEKEEPING))

    assert shown == {"Occupancy tonight": "20 %"}


@pytest.mark.parametrize("bookings", [0, 4])
@pytest.mark.parametrize("who", ["staff", "administrator"])
def test_the_screen_costs_the_same_statements_however_full_the_house(
    who: str, bookings: int, ours: RoomType, theirs: RoomType, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(bookings):
        booked(ours)
    client = staff_of(ours.hotel) if who == "staff" else administrator()

    # Session, user, the second factor, roles, hotels with their occupancy, the desk's lists, holds. Django asks twice
    # for permissions of its own, which only the pages of beat go by; administrators have all, and are told of dead
    # deliveries.
    with django_assert_num_queries(12 if who == "staff" else 11):
        client.get("/admin/")


@pytest.mark.parametrize("address", ["/admin/bookings/booking/", "/admin/bookings/reservation/?desk=arrivals"])
def test_a_list_costs_the_same_statements_however_long(
    address: str, ours: RoomType, django_assert_max_num_queries: Any
) -> None:
    client = staff_of(ours.hotel)
    for _ in range(4):
        booked(ours)

    with django_assert_max_num_queries(11) as four:
        client.get(address)
    booked(ours)
    with django_assert_max_num_queries(len(four)):
        page = client.get(address)

    assert page.context["cl"].result_count == 5
