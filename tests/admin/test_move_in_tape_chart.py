"""Moving and amending from the tape chart: a preview that changes nothing, then the same commands as the API."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.services import Role
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.inventory.models import Room, RoomType
from apps.platform.models import AuditEntry
from tests.admin.desk import booked, staff_of, told
from tests.factories.inventory import RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

CHART = "/admin/bookings/reservation/chart/"


def page_of(stay: Reservation) -> str:
    return f"{CHART}{stay.id}/"


def sleeps_in(stay: Reservation, room: Room) -> Reservation:
    """Give a stay a room for all its nights."""
    ReservationNight.objects.filter(reservation=stay).update(room_id=room.id)
    return stay


def rooms_of(stay: Reservation) -> list[Any]:
    """The room of each night."""
    return list(ReservationNight.objects.filter(reservation=stay).order_by("night").values_list("room_id", flat=True))


def previewed(client: Client, stay: Reservation, **asked: str) -> Any:
    page = client.get(page_of(stay), asked)
    assert page.status_code == 200
    return page


def agreed(client: Client, page: Any, **more: str) -> Any:
    """Press the button of a preview."""
    context = page.context
    stay = context["stay"]
    data = {"do": context["do"], "key": context["key"], "next": context["back"]}
    if context["do"] == "move":
        data |= {"room": context["move"].room, "since": context["rooms"].since.isoformat()}
    else:
        dates = context["dates"]
        data |= {
            "revision": str(context["preview"].revision),
            "arrival": dates.arrival.isoformat(),
            "departure": dates.departure.isoformat(),
        }
    return client.post(f"{CHART}{stay.id}/", data | more)


@pytest.fixture
def stay(ours: RoomType) -> Reservation:
    """Three nights from tomorrow on, without a room."""
    return booked(ours, days_ahead=1, nights=3).reservations.get()


@pytest.fixture
def rooms(ours: RoomType) -> list[Room]:
    """Our rooms 101, 102 and 103."""
    return [RoomFactory.create(room_type=ours, number=number) for number in ("101", "102", "103")]


# Rooms ----------------------------------------------------------------------------------------------------------------


def test_a_stay_gets_the_room_that_it_was_dragged_to(stay: Reservation, rooms: list[Room], ours: RoomType) -> None:
    client = staff_of(ours.hotel)

    page = previewed(client, stay, do="move", room=str(rooms[1].id))
    before = rooms_of(stay)
    done = agreed(client, page)

    assert before == [None, None, None]
    assert rooms_of(stay) == [rooms[1].id] * 3
    assert (done.status_code, done["Location"]) == (302, page.context["back"])
    assert told(done) == [f"Ada Lovelace, {stay.booking.confirmation_number}-1, has room 102."]
    assert AuditEntry.objects.filter(operation="bookings.assign").count() == 1


def test_a_stay_without_a_room_gets_the_one_that_fits_best(
    stay: Reservation, rooms: list[Room], ours: RoomType
) -> None:
    client = staff_of(ours.hotel)

    agreed(client, previewed(client, stay, do="move", room="best"))

    [room_id] = set(rooms_of(stay))
    assert room_id in {room.id for room in rooms}


def test_a_move_from_a_night_on_splits_the_stay(stay: Reservation, rooms: list[Room], ours: RoomType) -> None:
    sleeps_in(stay, rooms[0])
    client = staff_of(ours.hotel)
    since = stay.arrival + timedelta(days=1)

    page = previewed(client, stay, do="move", room=str(rooms[1].id), since=since.isoformat())
    done = agreed(client, page, reason="Noise from the lift")

    assert rooms_of(stay) == [rooms[0].id, rooms[1].id, rooms[1].id]
    assert told(done) == [f"Ada Lovelace, {stay.booking.confirmation_number}-1, has room 101, then 102."]
    assert AuditEntry.objects.latest("id").reason == "Noise from the lift"


def test_a_room_of_another_type_is_an_upgrade_at_the_same_price(
    stay: Reservation, rooms: list[Room], ours: RoomType
) -> None:
    suite = RoomTypeFactory.create(hotel=ours.hotel, name="Suite", base_rate_minor=50_000)
    room = RoomFactory.create(room_type=suite, number="501")
    client = staff_of(ours.hotel)

    page = previewed(client, stay, do="move", room=str(room.id))
    agreed(client, page)

    night = ReservationNight.objects.filter(reservation=stay).order_by("night")[0]
    assert "what is charged stays" in page.content.decode()
    assert (night.room_id, night.room_type_id, night.charged_room_type_id) == (room.id, suite.id, ours.id)
    assert Booking.objects.get(id=stay.booking_id).total_minor == 30_000


def test_what_stands_in_the_way_of_a_room_is_told_and_the_command_refuses_it(
    stay: Reservation, rooms: list[Room], ours: RoomType
) -> None:
    other = booked(ours, days_ahead=2, nights=1, name="Grace Hopper").reservations.get()
    sleeps_in(other, rooms[1])
    client = staff_of(ours.hotel)

    page = previewed(client, stay, do="move", room=str(rooms[1].id))
    refused = agreed(client, page)

    obstacles = {choice.number: choice.obstacle for choice in page.context["rooms"].choices}
    assert list(obstacles) == ["101", "103", "102"]
    assert obstacles["102"].startswith("Grace Hopper from ")
    assert "Not free: Grace Hopper" in page.content.decode()
    assert refused.context["refusal"]
    assert rooms_of(stay) == [None, None, None]


def test_a_promised_room_is_left_only_by_who_agrees(stay: Reservation, rooms: list[Room], ours: RoomType) -> None:
    sleeps_in(stay, rooms[0])
    Reservation.objects.filter(id=stay.id).update(do_not_move=True)
    client = staff_of(ours.hotel)
    page = previewed(client, stay, do="move", room=str(rooms[1].id))

    refused = agreed(client, page)
    kept = rooms_of(stay)
    agreed(client, previewed(client, stay, do="move", room=str(rooms[1].id)), agreed="1")

    assert "The guest was promised the room, and agrees" in page.content.decode()
    assert refused.context["refusal"]
    assert kept == [rooms[0].id] * 3
    assert rooms_of(stay) == [rooms[1].id] * 3


def test_a_room_is_taken_away_by_dragging_it_to_those_without(
    stay: Reservation, rooms: list[Room], ours: RoomType
) -> None:
    sleeps_in(stay, rooms[0])
    client = staff_of(ours.hotel)

    done = agreed(client, previewed(client, stay, do="move", room="none"))

    assert rooms_of(stay) == [None, None, None]
    assert told(done) == [f"Ada Lovelace, {stay.booking.confirmation_number}-1, has no room now."]


# Dates ----------------------------------------------------------------------------------------------------------------


def test_other_dates_are_previewed_night_by_night_and_then_so(
    stay: Reservation, rooms: list[Room], ours: RoomType
) -> None:
    sleeps_in(stay, rooms[0])
    client = staff_of(ours.hotel)
    later = {
        "arrival": f"{stay.arrival + timedelta(days=1)}",
        "departure": f"{stay.departure + timedelta(days=1)}",
    }

    page = previewed(client, stay, do="amend", **later)
    untouched = Reservation.objects.get(id=stay.id).arrival
    done = agreed(client, page)

    [difference] = page.context["differences"]
    assert [len(nights) for nights in (difference.kept, difference.removed, difference.added)] == [2, 1, 1]
    assert untouched == stay.arrival
    assert Reservation.objects.get(id=stay.id).arrival == stay.arrival + timedelta(days=1)
    assert rooms_of(stay) == [rooms[0].id] * 3
    assert told(done)[0].endswith(" now.")


def test_where_its_room_is_taken_then_the_new_nights_have_none(
    stay: Reservation, rooms: list[Room], ours: RoomType
) -> None:
    sleeps_in(stay, rooms[0])
    sleeps_in(booked(ours, days_ahead=4, nights=1, name="Grace Hopper").reservations.get(), rooms[0])
    client = staff_of(ours.hotel)
    longer = {"arrival": f"{stay.arrival}", "departure": f"{stay.departure + timedelta(days=1)}"}

    done = agreed(client, previewed(client, stay, do="amend", **longer))

    assert rooms_of(stay) == [*[rooms[0].id] * 3, None]
    assert told(done)[0].endswith("Not all nights have a room: give one.")


def test_dates_that_are_refused_say_why_and_offer_no_button(stay: Reservation, ours: RoomType) -> None:
    before = {"arrival": f"{stay.arrival - timedelta(days=30)}", "departure": f"{stay.departure}"}

    page = previewed(staff_of(ours.hotel), stay, do="amend", **before)

    assert page.context["amend_refusal"]
    assert "Change the dates" not in page.content.decode()


def test_a_preview_that_is_out_of_date_changes_nothing(stay: Reservation, ours: RoomType) -> None:
    client = staff_of(ours.hotel)
    longer = {"arrival": f"{stay.arrival}", "departure": f"{stay.departure + timedelta(days=1)}"}
    page = previewed(client, stay, do="amend", **longer)
    Booking.objects.filter(id=stay.booking_id).update(revision=7)

    refused = agreed(client, page)

    assert refused.context["refusal"]
    assert Reservation.objects.get(id=stay.id).departure == stay.departure


# Sending --------------------------------------------------------------------------------------------------------------


def test_however_often_it_is_sent_it_is_done_once(stay: Reservation, rooms: list[Room], ours: RoomType) -> None:
    client = staff_of(ours.hotel)
    longer = {"arrival": f"{stay.arrival}", "departure": f"{stay.departure + timedelta(days=1)}"}
    page = previewed(client, stay, do="amend", **longer)

    agreed(client, page)
    again = agreed(client, page)

    assert again.status_code == 302
    assert ReservationNight.objects.filter(reservation=stay).count() == 4
    assert Booking.objects.get(id=stay.booking_id).revision == 2


def test_the_script_is_told_where_to_go_and_the_message_waits(
    stay: Reservation, rooms: list[Room], ours: RoomType
) -> None:
    client = staff_of(ours.hotel)
    script = {"X-Requested-With": "fetch"}
    panel = client.get(page_of(stay), {"do": "move", "room": str(rooms[0].id)}, headers=script)
    data = {"do": "move", "room": str(rooms[0].id), "key": panel.context["key"], "next": panel.context["back"]}

    done = client.post(page_of(stay), data, headers=script)

    assert (panel["X-Chart"], done["X-Chart"]) == ("panel", "done")
    assert "<html" not in panel.content.decode()
    assert "has room 101." in client.get(done["X-Chart-Next"]).content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"do": "move", "room": "101"},
        {"do": "move"},
        {"do": "amend", "arrival": "soon", "departure": "2026-07-01"},
        {"do": "burn"},
    ],
)
def test_what_makes_no_sense_changes_nothing(data: dict[str, str], stay: Reservation, ours: RoomType) -> None:
    client = staff_of(ours.hotel)

    answer = client.post(page_of(stay), data | {"key": uuid4().hex})
    keyless = client.post(page_of(stay), data)

    assert answer.context["refusal"] == "Choose a room, or both dates."
    assert keyless.context["refusal"]
    assert rooms_of(stay) == [None, None, None]


def test_a_room_of_another_hotel_is_none_of_the_choices(stay: Reservation, ours: RoomType, theirs: RoomType) -> None:
    foreign = RoomFactory.create(room_type=theirs)
    client = staff_of(ours.hotel, theirs.hotel)

    page = previewed(client, stay, do="move", room=str(foreign.id))
    answer = client.post(page_of(stay), {"do": "move", "room": str(foreign.id), "key": uuid4().hex})

    assert page.context["move"] is None
    assert answer.context["refusal"]
    assert rooms_of(stay) == [None, None, None]


def test_who_may_only_look_moves_nothing_and_strangers_find_nothing(
    stay: Reservation, rooms: list[Room], ours: RoomType, theirs: RoomType
) -> None:
    data = {"do": "move", "room": str(rooms[0].id), "key": uuid4().hex}
    watcher = staff_of(ours.hotel, role=Role.REVENUE_MANAGER)

    answers = [
        watcher.post(page_of(stay), data).status_code,
        staff_of(theirs.hotel).post(page_of(stay), data).status_code,
        staff_of(ours.hotel, role=Role.HOUSEKEEPING).post(page_of(stay), data).status_code,
    ]

    assert answers == [403, 404, 404]
    assert "Preview" not in watcher.get(page_of(stay), {"do": "amend"}).content.decode()
    assert rooms_of(stay) == [None, None, None]


def test_what_is_held_gets_a_room_for_all_its_nights_or_none(rooms: list[Room], ours: RoomType) -> None:
    held = sleeps_in(booked(ours, days_ahead=1, nights=3, confirm=False).reservations.get(), rooms[0])
    client = staff_of(ours.hotel)

    page = previewed(client, held, do="move", room=str(rooms[1].id), since=f"{held.arrival + timedelta(days=1)}")
    agreed(client, page)

    assert page.context["rooms"].since == held.arrival
    assert rooms_of(held) == [rooms[1].id] * 3


@pytest.mark.parametrize("status", ["checked_out", "no_show", "canceled"])
def test_what_is_over_is_only_shown(status: str, stay: Reservation, rooms: list[Room], ours: RoomType) -> None:
    Reservation.objects.filter(id=stay.id).update(status=status)

    sleeps_in(stay, rooms[0])

    page = previewed(staff_of(ours.hotel), stay)

    assert page.context["rooms_now"] == ["101"]
    assert "Preview" not in page.content.decode()


def test_the_dates_offered_for_a_guest_in_house_are_those_left(
    stay: Reservation, rooms: list[Room], ours: RoomType
) -> None:
    in_house = booked(ours, days_ahead=0, nights=3).reservations.get()
    sleeps_in(in_house, rooms[0])
    Reservation.objects.filter(id=in_house.id).update(status="checked_in", checked_in_at=stay.booking.created_at)
    past = in_house.arrival - timedelta(days=2)
    Reservation.objects.filter(id=in_house.id).update(arrival=past)

    page = previewed(staff_of(ours.hotel), in_house)

    nights: list[date] = page.context["rooms"].nights
    assert nights[0] == in_house.arrival
    assert page.context["rooms"].rooms_now == ("101",)
