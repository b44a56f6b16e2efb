"""The tape chart: rooms by dates, who sleeps where, what is closed and left, in few statements, within the walls."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.services import Role
from apps.bookings import services
from apps.bookings.admin.chart_rows import Row
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.inventory.models import ClosedNight, Room, RoomClosure, RoomNight, RoomType
from apps.platform import clock
from tests.admin.desk import booked, staff_of
from tests.bookings.orders import today_at
from tests.factories.inventory import RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

PAGE = "/admin/bookings/reservation/chart/"


def shown(client: Client, room_type: RoomType, **query: Any) -> Any:
    """The page of a hotel, from its business date on unless told otherwise."""
    given = {"hotel": str(room_type.hotel_id), "from": today_at(room_type).isoformat()} | query
    page = client.get(PAGE, given)
    assert page.status_code == 200
    return page


def rows_of(page: Any, place: int = 0) -> dict[str, Row]:
    """The rows of a room type: `waiting`, and its rooms by number."""
    group = page.context["groups"][place]
    return {"waiting": group.unassigned, **{row.room.number: row for row in group.rooms}}


def bars_of(row: Row) -> list[tuple[str, float, float]]:
    """Who is where in a row, in columns."""
    return [(bar.span.guest_name, bar.start, bar.end) for bar in row.bars]


def sleeps_in(booking: Booking, *rooms: Room) -> Reservation:
    """Give the only stay of a booking a room for each of its nights, the last one for all that are left."""
    stay = booking.reservations.get()
    nights = [stay.arrival + timedelta(days=ahead) for ahead in range((stay.departure - stay.arrival).days)]
    for night, room in zip(nights, [*rooms, *[rooms[-1]] * len(nights)], strict=False):
        ReservationNight.objects.filter(reservation=stay, night=night).update(room_id=room.id)
    return stay


def close(room: Room, first: date, nights: int, kind: str = "out_of_order") -> None:
    """Let nobody stay in a room."""
    days = [first + timedelta(days=ahead) for ahead in range(nights)]
    closure = RoomClosure.objects.create(
        hotel=room.hotel, room=room, first=first, last=days[-1], kind=kind, reason="A burst pipe", created_by="user:1"
    )
    for night in days:
        ClosedNight.objects.create(
            room=room, night=night, closure=closure, room_type=room.room_type, out_of_order=kind == "out_of_order"
        )


@pytest.fixture
def rooms(ours: RoomType) -> Sequence[Room]:
    """Our doubles 9, 10 and 101."""
    return [RoomFactory.create(room_type=ours, number=number) for number in ("101", "9", "10")]


# What it shows --------------------------------------------------------------------------------------------------------


def test_a_stay_lies_from_noon_of_its_arrival_to_noon_of_its_departure(ours: RoomType, rooms: Sequence[Room]) -> None:
    sleeps_in(booked(ours, days_ahead=1, nights=3, name="Ada Lovelace"), rooms[0])
    booked(ours, days_ahead=2, nights=1, name="Grace Hopper")

    rows = rows_of(shown(staff_of(ours.hotel), ours))

    assert list(rows) == ["waiting", "9", "10", "101"]
    assert bars_of(rows["101"]) == [("Ada Lovelace", 1.5, 4.5)]
    assert bars_of(rows["waiting"]) == [("Grace Hopper", 2.5, 3.5)]
    assert (bars_of(rows["9"]), bars_of(rows["10"])) == ([], [])


def test_who_leaves_and_who_comes_share_the_day_and_the_room(ours: RoomType, rooms: Sequence[Room]) -> None:
    sleeps_in(booked(ours, days_ahead=0, nights=2, name="Ada Lovelace"), rooms[0])
    sleeps_in(booked(ours, days_ahead=2, nights=2, name="Grace Hopper"), rooms[0])

    row = rows_of(shown(staff_of(ours.hotel), ours))["101"]

    assert bars_of(row) == [("Ada Lovelace", 0.5, 2.5), ("Grace Hopper", 2.5, 4.5)]


def test_what_goes_beyond_the_edges_is_cut_off_there(ours: RoomType, rooms: Sequence[Room]) -> None:
    sleeps_in(booked(ours, days_ahead=0, nights=4, name="Ada Lovelace"), rooms[0])
    sleeps_in(booked(ours, days_ahead=4, nights=14, name="Grace Hopper"), rooms[0])
    start = today_at(ours) + timedelta(days=4)

    row = rows_of(shown(staff_of(ours.hotel), ours, **{"from": start.isoformat(), "nights": "7"}))["101"]

    assert bars_of(row) == [("Ada Lovelace", 0, 0.5), ("Grace Hopper", 0.5, 7)]
    assert [(bar.starts_here, bar.ends_here) for bar in row.bars] == [(False, True), (True, False)]


def test_a_stay_that_changes_rooms_is_split_there(ours: RoomType, rooms: Sequence[Room]) -> None:
    sleeps_in(booked(ours, days_ahead=1, nights=3), rooms[0], rooms[0], rooms[1])

    rows = rows_of(shown(staff_of(ours.hotel), ours))

    before, after = rows["101"].bars[0], rows["9"].bars[0]
    assert (before.start, before.end, before.starts_here, before.ends_here) == (1.5, 3.5, True, False)
    assert (after.start, after.end, after.starts_here, after.ends_here) == (3.5, 4.5, False, True)
    assert "to room 9 on" in before.label
    assert "from room 101 on" in after.label


def test_those_without_a_room_lie_in_as_few_lanes_as_they_need(ours: RoomType) -> None:
    for days_ahead, nights in ((0, 2), (1, 2), (2, 1), (3, 1)):
        booked(ours, days_ahead=days_ahead, nights=nights)

    waiting = rows_of(shown(staff_of(ours.hotel), ours))["waiting"]

    assert [(bar.start, bar.lane) for bar in waiting.bars] == [(0.5, 0), (1.5, 1), (2.5, 0), (3.5, 0)]
    assert waiting.lanes == 2


def test_a_bar_says_all_of_itself_in_words(ours: RoomType, rooms: Sequence[Room]) -> None:
    with clock.moved_to(datetime(2026, 7, 10, 12, tzinfo=UTC)):
        room_type = RoomTypeFactory.create(name="Double")
        room = RoomFactory.create(room_type=room_type, number="204")
        booking = booked(room_type, days_ahead=1, nights=2)
        stay = sleeps_in(booking, room)
        Reservation.objects.filter(id=stay.id).update(do_not_move=True)

        page = shown(staff_of(room_type.hotel), room_type)

    label = rows_of(page)["204"].bars[0].label
    assert label == (
        "Ada Lovelace, room 204, Sat 11 Jul to Mon 13 Jul, 2 nights, confirmed, not to be moved, 2 adults, "
        f"{booking.confirmation_number}-1"
    )
    assert label in page.content.decode()


@pytest.mark.parametrize(
    ("status", "is_shown"),
    [("pending", True), ("checked_in", True), ("checked_out", True), ("canceled", False), ("expired", False)],
)
def test_who_will_not_come_is_not_in_the_chart(status: str, is_shown: bool, ours: RoomType) -> None:
    booking = booked(ours, days_ahead=1)
    Reservation.objects.filter(booking=booking).update(status=status)

    waiting = rows_of(shown(staff_of(ours.hotel), ours))["waiting"]

    assert [bar.span.status for bar in waiting.bars] == ([status] if is_shown else [])


def test_nights_given_back_are_free_again(ours: RoomType, rooms: Sequence[Room]) -> None:
    stay = sleeps_in(booked(ours, days_ahead=0, nights=4), rooms[0])
    later = ReservationNight.objects.filter(reservation=stay, night__gte=stay.arrival + timedelta(days=2))
    later.update(released_at=clock.now())

    bar = rows_of(shown(staff_of(ours.hotel), ours))["101"].bars[0]

    assert (bar.start, bar.end, bar.ends_here) == (0.5, 2.5, True)


def test_closed_rooms_are_hatched_with_their_reason(ours: RoomType, rooms: Sequence[Room]) -> None:
    close(rooms[0], today_at(ours) + timedelta(days=2), 3)

    row = rows_of(shown(staff_of(ours.hotel), ours))["101"]

    assert [(closed.start, closed.end) for closed in row.closed] == [(2.5, 5.5)]
    assert row.closed[0].label.endswith("out of order: A burst pipe")


def test_each_night_counts_what_is_left_of_a_type_and_of_the_house(ours: RoomType) -> None:
    suite = RoomTypeFactory.create(hotel=ours.hotel, code="SUITE", room_count=1)
    booked(ours, days_ahead=1, nights=1)
    booked(ours, days_ahead=1, nights=1, confirm=False)
    booked(suite, days_ahead=1, nights=1)
    RoomNight.objects.filter(room_type=suite, night=today_at(ours)).delete()

    page = shown(staff_of(ours.hotel), ours)

    counts = [[count.left for count in group.counts[:3]] for group in page.context["groups"]]
    assert counts == [[5, 3, 5], [None, 0, 1]]
    assert [column.left for column in page.context["columns"][:3]] == [5, 3, 6]


def test_nights_in_the_archive_are_counted_all_the_same(ours: RoomType) -> None:
    with clock.moved_to(clock.now() - timedelta(days=40)):
        old = RoomTypeFactory.create(hotel=ours.hotel, code="OLD", room_count=4)
        booking = booked(old, days_ahead=1, nights=1)
        Reservation.objects.filter(booking=booking).update(status="checked_out")
        first = today_at(old)
    services.archive_nights(before=today_at(old))

    page = shown(staff_of(ours.hotel), ours, **{"from": first.isoformat()})

    assert [count.left for count in page.context["groups"][1].counts[:3]] == [None, None, None]
    assert [count.left for count in page.context["groups"][0].counts[:3]] == [4, 3, 4]


def test_today_is_the_business_date_and_marked(ours: RoomType) -> None:
    page = staff_of(ours.hotel).get(PAGE)

    marked = [column.date for column in page.context["columns"] if column.is_today]
    assert marked == [today_at(ours)]
    assert len(page.context["columns"]) == 14


@pytest.mark.parametrize(
    ("asked", "nights"), [("31", 31), ("32", 14), ("0", 14), ("-3", 14), ("many", 14), ("٣", 3), ("9" * 5000, 14)]
)
def test_at_most_a_month_is_shown(asked: str, nights: int, ours: RoomType) -> None:
    page = shown(staff_of(ours.hotel), ours, nights=asked, **{"from": "0000-99-99"})

    assert len(page.context["columns"]) == nights


def test_a_room_and_a_type_that_are_gone_are_shown_as_long_as_somebody_is_there(ours: RoomType) -> None:
    room, empty = RoomFactory.create(room_type=ours, number="1"), RoomFactory.create(room_type=ours, number="2")
    gone = RoomTypeFactory.create(hotel=ours.hotel, code="GONE")
    left = RoomTypeFactory.create(hotel=ours.hotel, code="LEFT")
    sleeps_in(booked(ours, days_ahead=0), room)
    booked(gone, days_ahead=0)
    Room.objects.filter(id__in=[room.id, empty.id]).update(archived_at=clock.now())
    RoomType.objects.filter(id__in=[gone.id, left.id]).update(archived_at=clock.now())

    page = shown(staff_of(ours.hotel), ours)

    assert [group.room_type.code for group in page.context["groups"]] == ["GONE", "OURS"]
    assert list(rows_of(page, 1)) == ["waiting", "1"]


# Statements -----------------------------------------------------------------------------------------------------------


def statements_of(client: Client, room_type: RoomType) -> list[str]:
    """What a month of a hotel asks the database, but for who the reader is."""
    with CaptureQueriesContext(
        connection,
    ) as caught:
        shown(client, room_type, nights="31")
    who = ("django_session", "accounts_", 'FROM "platform_')
    return [query["sql"] for query in caught if not any(word in query["sql"] for word in who)]


def test_sixty_rooms_in_a_month_take_three_statements(ours: RoomType) -> None:
    client = staff_of(ours.hotel)
    for kind in range(4):
        room_type = RoomTypeFactory.create(hotel=ours.hotel, room_count=15)
        rooms = [RoomFactory.create(room_type=room_type, number=f"{kind}{place:02}") for place in range(15)]
        for place, room in enumerate(rooms):
            sleeps_in(booked(room_type, days_ahead=place, nights=2), room)
            close(room, today_at(ours) + timedelta(days=20), 2)
    shown(client, ours)

    statements = statements_of(client, ours)

    assert len(statements) == 3, statements


# Walls ----------------------------------------------------------------------------------------------------------------


def test_the_chart_and_the_stays_of_another_hotel_do_not_exist(ours: RoomType, theirs: RoomType) -> None:
    booking = booked(theirs, name="Their Guest")
    client = staff_of(ours.hotel)

    page = client.get(PAGE, {"hotel": str(theirs.hotel_id)})
    stay = client.get(f"{PAGE}{booking.reservations.get().id}/")
    own = client.get(PAGE)

    assert (page.status_code, stay.status_code) == (404, 404)
    assert "Their" not in own.content.decode()


def test_housekeeping_sees_no_guests(ours: RoomType) -> None:
    booking = booked(ours)
    client = staff_of(ours.hotel, role=Role.HOUSEKEEPING)

    answers = [client.get(PAGE), client.get(f"{PAGE}{booking.reservations.get().id}/")]

    assert [answer.status_code for answer in answers] == [403, 404]


def test_who_may_only_look_is_offered_no_move(ours: RoomType) -> None:
    stay = booked(ours).reservations.get()
    client = staff_of(ours.hotel, role=Role.REVENUE_MANAGER)

    page, panel = client.get(PAGE), client.get(f"{PAGE}{stay.id}/")

    assert "data-may-change" not in page.content.decode()
    assert panel.context["commands"] == []


# The page of a stay ---------------------------------------------------------------------------------------------------


def test_a_bar_leads_to_the_page_of_its_stay_and_back(ours: RoomType) -> None:
    stay = booked(ours).reservations.get()
    client = staff_of(ours.hotel)
    chart = shown(client, ours, nights="7").content.decode()

    address = chart.split(f'href="{PAGE}{stay.id}/')[1].split('"')[0].replace("&amp;", "&")
    page = client.get(f"{PAGE}{stay.id}/{address}")

    assert page.status_code == 200
    assert page.context["back"].startswith(f"{PAGE}?hotel={ours.hotel_id}")
    assert "nights=7" in page.context["back"]
    assert [command["transition"].title for command in page.context["commands"]][:1] == ["Check in"]


def test_the_way_back_leads_to_no_other_site(ours: RoomType) -> None:
    stay = booked(ours).reservations.get()

    page = staff_of(ours.hotel).get(f"{PAGE}{stay.id}/", {"next": "https://evil.example/"})

    assert page.context["back"] == f"{PAGE}?hotel={ours.hotel_id}"
