"""Staff of one hotel: nothing of another one, on whatever way they come. Statement 19 of docs/security.md."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib import admin
from django.http import HttpRequest
from django.test import Client

from apps.accounts.services import Role
from apps.bookings.models import Booking
from apps.inventory.models import RatePlan, Room, RoomType
from apps.reviews.models import Review
from tests.admin.desk import administrator, ask, booked, changed, reviewed, staff_of
from tests.factories.accounts import UserFactory
from tests.factories.inventory import ChargeFactory, RoomClosureFactory, RoomFactory, SeasonFactory

pytestmark = pytest.mark.django_db

AUDIT_LOG = "/admin/platform/auditentry/"
LISTS = (
    "/admin/bookings/booking/",
    "/admin/bookings/reservation/",
    "/admin/inventory/hotel/",
    "/admin/inventory/roomtype/",
    "/admin/inventory/room/",
    "/admin/inventory/roomclosure/",
    "/admin/inventory/rateplan/",
    "/admin/inventory/season/",
    "/admin/inventory/charge/",
    "/admin/reviews/review/",
    "/admin/platform/auditentry/",
)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_shows_the_rows_of_ones_own_hotel_only(address: str, ours: RoomType, theirs: RoomType) -> None:
    for room_type, name in ((ours, "Our Guest"), (theirs, "Their Guest")):
        reviewed(booked(room_type, name=name))
        RoomClosureFactory.create(room__room_type=room_type)
        SeasonFactory.create(hotel=room_type.hotel)
        ChargeFactory.create(hotel=room_type.hotel)
        changed(room_type)
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)

    page = client.get(address)

    rows = page.context["cl"].result_list
    assert {_hotel_of(row) for row in rows} == {ours.hotel_id}
    assert b"Their" not in page.content


@pytest.mark.parametrize("address", LISTS)
def test_an_administrator_sees_the_rows_of_all_hotels(address: str, ours: RoomType, theirs: RoomType) -> None:
    for room_type in (ours, theirs):
        reviewed(booked(room_type))
        RoomClosureFactory.create(room__room_type=room_type)
        SeasonFactory.create(hotel=room_type.hotel)
        ChargeFactory.create(hotel=room_type.hotel)
        changed(room_type)

    page = administrator().get(address)

    shown = {_hotel_of(row) for row in page.context["cl"].result_list}
    assert shown - {None} == {ours.hotel_id, theirs.hotel_id}


def test_addresses_typed_by_hand_lead_nowhere(ours: RoomType, theirs: RoomType) -> None:
    booking = booked(theirs)
    closure = RoomClosureFactory.create(room__room_type=theirs, reason="Their carpet")
    review = reviewed(booking)
    plan = RatePlan.objects.get(hotel=theirs.hotel)
    entry = changed(theirs)
    season, charge = SeasonFactory.create(hotel=theirs.hotel), ChargeFactory.create(hotel=theirs.hotel)
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)
    rows = {
        "bookings/booking": booking.id,
        "inventory/hotel": theirs.hotel_id,
        "inventory/roomtype": theirs.id,
        "inventory/room": closure.room_id,
        "inventory/roomclosure": closure.id,
        "inventory/rateplan": plan.id,
        "inventory/season": season.id,
        "inventory/charge": charge.id,
        "reviews/review": review.id,
        "platform/auditentry": entry.id,
    }

    answers = {
        f"{model} {page}": client.get(f"/admin/{model}/{row_id}/{page}/")
        for model, row_id in rows.items()
        for page in ("change", "history", "delete")
    }

    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code not in {302, 403}} == {}
    assert all(b"Their" not in answer.content for answer in answers.values())


def test_the_stay_and_the_calendar_of_another_hotel_do_not_exist(ours: RoomType, theirs: RoomType) -> None:
    stay = booked(theirs).reservations.get()
    client = staff_of(ours.hotel)

    answers = [
        client.get(f"/admin/bookings/reservation/{stay.id}/change/"),
        client.get("/admin/inventory/hotel/calendar/", {"hotel": str(theirs.hotel_id)}),
        client.post("/admin/inventory/hotel/calendar/", {"hotel": str(theirs.hotel_id), "room_type": str(theirs.id)}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize("action", ["confirm", "cancel"])
def test_a_booking_of_another_hotel_cannot_be_moved(action: str, ours: RoomType, theirs: RoomType) -> None:
    booking = booked(theirs, confirm=False)
    client = staff_of(ours.hotel)
    data = {"id": str(booking.id), "key": uuid4().hex}

    asked = ask(client, action, booking.id)
    done = client.post(f"/admin/bookings/booking/do/{action}/", data)

    assert (asked.status_code, done.status_code) == (404, 404)
    assert booking.reservations.get().status == "pending"


def test_a_list_action_leaves_foreign_ids_alone(ours: RoomType, theirs: RoomType) -> None:
    mine, other = booked(ours), booked(theirs)
    data = {"action": "cancel", "_selected_action": [str(mine.id), str(other.id)], "index": "0"}

    answer = staff_of(ours.hotel).post("/admin/bookings/booking/", data)

    assert str(mine.id) in answer["Location"]
    assert str(other.id) not in answer["Location"]


def test_the_search_finds_nothing_of_another_hotel(ours: RoomType, theirs: RoomType) -> None:
    other = booked(theirs, name="Grace Hopper")
    client = staff_of(ours.hotel)

    found = [
        client.get("/admin/bookings/booking/", {"q": text}).context["cl"].result_count
        for text in (other.confirmation_number, "Grace", "grace@guests.example")
    ]

    assert found == [0, 0, 0]


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/admin/bookings/booking/", "hotel"),
        ("/admin/bookings/reservation/", "hotel"),
        ("/admin/bookings/booking/", "hotel_id__exact"),
        ("/admin/inventory/roomtype/", "hotel__id__exact"),
        ("/admin/platform/auditentry/", "hotel"),
        ("/admin/platform/auditentry/", "scope_id__exact"),
    ],
)
def test_a_filter_set_by_hand_to_another_hotel_shows_nothing_of_it(
    address: str, parameter: str, ours: RoomType, theirs: RoomType
) -> None:
    booked(theirs)
    changed(theirs)

    page = staff_of(ours.hotel, role=Role.HOTEL_ADMIN).get(address, {parameter: str(theirs.hotel_id)}, follow=True)

    assert b"Their" not in page.content


def test_filters_offer_ones_own_hotels_only(ours: RoomType, theirs: RoomType) -> None:
    third = RoomFactory.create(room_type__hotel__name="Third House").room_type
    changed(theirs)
    client = staff_of(ours.hotel, third.hotel, role=Role.HOTEL_ADMIN)

    offered = [
        client.get(address).content
        for address in ("/admin/bookings/booking/", "/admin/inventory/roomtype/", "/admin/inventory/room/", AUDIT_LOG)
    ]

    assert all(b"Third House" in page for page in offered)
    assert all(b"Their Palace" not in page for page in offered)


def test_drop_downs_offer_the_hotels_that_one_manages_only(ours: RoomType, theirs: RoomType) -> None:
    RoomFactory.create(room_type=theirs)
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)

    hotels = client.get("/admin/inventory/roomtype/add/").context["adminform"].form.fields["hotel"].queryset
    room_types = client.get("/admin/inventory/room/add/").context["adminform"].form.fields["room_type"].queryset

    assert list(hotels) == [ours.hotel]
    assert list(room_types) == [ours]


@pytest.mark.parametrize(("model", "field"), [("room", "room_type"), ("roomtype", "hotel")])
def test_autocomplete_offers_ones_own_rows_only(model: str, field: str, ours: RoomType, theirs: RoomType) -> None:
    query = {"app_label": "inventory", "model_name": model, "field_name": field, "term": ""}

    found = staff_of(ours.hotel, role=Role.HOTEL_ADMIN).get("/admin/autocomplete/", query).json()["results"]

    assert [row["id"] for row in found] == [str(ours.id if field == "room_type" else ours.hotel_id)]


def test_a_form_sent_with_the_hotel_of_others_adds_nothing(ours: RoomType, theirs: RoomType) -> None:
    data = {"hotel": str(theirs.hotel_id), "code": "X", "name": "X", "meal_plan": "room_only", "percent": "1"}

    page = staff_of(ours.hotel, role=Role.HOTEL_ADMIN).post("/admin/inventory/rateplan/add/", data)

    assert "hotel" in page.context["adminform"].form.errors
    assert RatePlan.objects.filter(code="X").count() == 0


def test_housekeeping_sees_the_rooms_and_no_booking(ours: RoomType) -> None:
    stay = booked(ours).reservations.get()
    client = staff_of(ours.hotel, role=Role.HOUSEKEEPING)

    answers = {
        "rooms": client.get("/admin/inventory/room/").status_code,
        "today": client.get("/admin/").status_code,
        "bookings": client.get("/admin/bookings/booking/").status_code,
        "check-in": ask(client, "check_in", stay.id).status_code,
        "add a room": client.get("/admin/inventory/room/add/").status_code,
        "audit log": client.get(AUDIT_LOG).status_code,
    }

    refused = {"bookings": 403, "check-in": 404, "add a room": 403, "audit log": 403}
    assert answers == {"rooms": 200, "today": 200} | refused


def test_who_may_only_look_cannot_move_a_booking(ours: RoomType) -> None:
    booking = booked(ours)
    client = staff_of(ours.hotel, role=Role.REVENUE_MANAGER)

    page = client.get(f"/admin/bookings/booking/{booking.id}/change/")
    answer = client.post("/admin/bookings/booking/do/cancel/", {"id": str(booking.id), "key": uuid4().hex})

    assert page.context["commands"] == []
    assert answer.status_code == 403
    assert booking.reservations.get().status == "confirmed"


def test_nothing_that_has_rules_is_deleted_or_typed_over(ours: RoomType) -> None:
    booking = booked(ours)
    room = RoomFactory.create(room_type=ours)
    review = reviewed(booking)
    client = administrator()
    rows = (
        *(("bookings/booking", booking.id), ("inventory/room", room.id), ("reviews/review", review.id)),
        ("platform/auditentry", changed(ours).id),
    )

    deleted = [client.post(f"/admin/{model}/{id_}/delete/", {"post": "yes"}).status_code for model, id_ in rows]
    typed = client.post(f"/admin/bookings/booking/{booking.id}/change/", {"confirmation_number": "FREE"}).status_code
    added = client.get("/admin/bookings/booking/add/").status_code

    assert (deleted, typed, added) == ([403, 403, 403, 403], 403, 403)
    assert Booking.objects.get().confirmation_number == booking.confirmation_number
    assert (Room.objects.count(), Review.objects.count()) == (1, 1)


def test_a_guest_and_staff_without_a_role_find_no_hotel(ours: RoomType) -> None:
    nobody = UserFactory.create(is_staff=True)
    guest = UserFactory.create()
    client = staff_of()

    client.force_login(nobody)
    today = client.get("/admin/")
    rooms = client.get("/admin/inventory/room/")
    client.force_login(guest)
    turned_away = client.get("/admin/")

    assert "You have no role at any hotel" in today.content.decode()
    assert rooms.status_code == 403
    assert turned_away.status_code == 302


def test_every_list_and_page_of_the_admin_opens_for_an_administrator(ours: RoomType) -> None:
    reviewed(booked(ours))
    RoomFactory.create(room_type=ours)
    client = administrator()

    opened = {}
    for model, model_admin in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}"
        opened[f"{base}/"] = client.get(f"{base}/").status_code
        if model_admin.has_add_permission(_request_of(client)):
            opened[f"{base}/add/"] = client.get(f"{base}/add/").status_code
        for row in model_admin.get_queryset(_request_of(client))[:1]:
            opened[f"{base}/{row.pk}/change/"] = client.get(f"{base}/{row.pk}/change/", follow=True).status_code

    assert {address: status for address, status in opened.items() if status != 200} == {}
    assert len(opened) > 20


def _hotel_of(row: Any) -> UUID | None:
    """The hotel that a row belongs to, under whatever name it knows it."""
    names = (name for name in ("hotel_id", "scope_id", "id") if hasattr(row, name))
    return UUID(str(hotel_id)) if (hotel_id := getattr(row, next(names))) else None


def _request_of(client: Client) -> HttpRequest:
    request: HttpRequest = client.get("/admin/").wsgi_request
    return request
