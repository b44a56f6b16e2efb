"""The front desk confirms, cancels, checks in and out: the same commands as the API, once, with clear answers."""

import pytest

from apps.bookings import services
from apps.bookings.models import Reservation
from apps.inventory.models import RoomNight, RoomType
from apps.platform.models import IdempotencyRecord, OutboxMessage
from tests.admin.desk import agree, ask, booked, staff_of, told
from tests.bookings.orders import caller_of, fresh_key
from tests.factories.accounts import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [("confirm", False, "confirmed"), ("cancel", False, "canceled"), ("cancel", True, "canceled")],
)
def test_a_booking_moves_when_the_page_that_asks_is_agreed_to(
    action: str, before: bool, after: str, ours: RoomType
) -> None:
    booking = booked(ours, confirm=before, days_ahead=5)
    client = staff_of(ours.hotel)

    answer = agree(client, ask(client, action, booking.id))

    assert booking.reservations.get().status == after
    assert told(answer) == [f"{booking.confirmation_number}, Ada Lovelace, is {after}."]


def test_a_guest_checks_in_and_out_at_the_desk(ours: RoomType) -> None:
    stay = booked(ours).reservations.get()
    client = staff_of(ours.hotel)

    agree(client, ask(client, "check_in", stay.id))
    between = Reservation.objects.get().status
    agree(client, ask(client, "check_out", stay.id))

    assert (between, Reservation.objects.get().status) == ("checked_in", "checked_out")


def test_a_guest_who_did_not_come_is_recorded(ours: RoomType) -> None:
    stay = booked(ours).reservations.get()
    client = staff_of(ours.hotel)

    agree(client, ask(client, "no_show", stay.id))

    assert Reservation.objects.get().status == "no_show"


def test_a_page_that_is_sent_twice_acts_once(ours: RoomType) -> None:
    booking = booked(ours, days_ahead=5)
    client = staff_of(ours.hotel)
    page = ask(client, "cancel", booking.id)

    agree(client, page)
    second = agree(client, page)

    assert told(second) == [f"{booking.confirmation_number}, Ada Lovelace, is canceled."] * 2
    assert OutboxMessage.objects.filter(topic="booking.canceled").count() == 1
    assert set(RoomNight.objects.filter(room_type=ours).values_list("sold", flat=True)) == {0}


def test_a_page_without_its_key_does_nothing(ours: RoomType) -> None:
    booking = booked(ours)

    answer = staff_of(ours.hotel).post("/admin/bookings/booking/do/cancel/", {"id": str(booking.id)})

    assert "Idempotency-Key is required" in told(answer)[0]
    assert booking.reservations.get().status == "confirmed"


def test_staff_act_in_their_own_name(ours: RoomType) -> None:
    booking = booked(ours, confirm=False)
    client = staff_of(ours.hotel)
    page = ask(client, "confirm", booking.id)

    agree(client, page)

    record = IdempotencyRecord.objects.get(key=f"{page.context['key']}.{booking.id.hex}")
    assert record.principal == f"user:{client.session['_auth_user_id']}"
    assert record.outcome == "confirmed"


def test_a_wrong_state_is_explained(ours: RoomType) -> None:
    booking = booked(ours)
    client = staff_of(ours.hotel)

    answer = agree(client, ask(client, "confirm", booking.id))

    assert told(answer)[0].startswith(f"{booking.confirmation_number}: Not possible in this state.")
    assert booking.reservations.get().status == "confirmed"


def test_a_guest_who_comes_too_early_is_told_when_the_stay_begins(ours: RoomType) -> None:
    stay = booked(ours, days_ahead=3).reservations.get()
    client = staff_of(ours.hotel)

    answer = agree(client, ask(client, "check_in", stay.id))

    assert f"The stay begins on {stay.arrival}" in told(answer)[0]
    assert Reservation.objects.get().status == "confirmed"


def test_a_hold_that_ran_out_meanwhile_is_explained(ours: RoomType) -> None:
    booking = booked(ours, confirm=False)
    client = staff_of(ours.hotel)
    page = ask(client, "confirm", booking.id)
    type(booking).objects.filter(id=booking.id).update(hold_expires_at=booking.created_at)

    answer = agree(client, page)

    assert "The hold has expired" in told(answer)[0]


def test_canceling_insists_on_the_penalty_that_the_page_showed(ours: RoomType) -> None:
    booking = booked(ours, days_ahead=5)
    client = staff_of(ours.hotel)
    page = ask(client, "cancel", booking.id)
    terms = [{"from": None, "until": None, "penalty_minor": 5_000}]
    booking.reservations.update(cancellation_terms=terms)

    answer = agree(client, page)

    assert [subject["penalty"].amount for subject in page.context["subjects"]] == ["0.00"]
    assert "The penalty has changed" in told(answer)[0]
    assert booking.reservations.get().status == "confirmed"


def test_a_list_action_asks_first_and_then_moves_all_that_were_chosen(ours: RoomType) -> None:
    bookings = [booked(ours), booked(ours)]
    client = staff_of(ours.hotel)
    data = {"action": "cancel", "_selected_action": [str(booking.id) for booking in bookings], "index": "0"}

    page = client.post("/admin/bookings/booking/?status=confirmed", data, follow=True)
    asked = {stay.status for stay in Reservation.objects.all()}
    answer = agree(client, page)

    assert asked == {"confirmed"}
    assert {stay.status for stay in Reservation.objects.all()} == {"canceled"}
    assert told(answer) == ["2 are canceled."]
    assert answer["Location"] == "/admin/bookings/booking/?status=confirmed"


def test_some_succeed_and_the_others_say_why_not(ours: RoomType) -> None:
    held, sold = booked(ours, confirm=False), booked(ours)
    client = staff_of(ours.hotel)

    answer = agree(client, ask(client, "confirm", held.id, sold.id))

    refused, done = told(answer)
    assert refused.startswith(f"{sold.confirmation_number}: Not possible in this state.")
    assert done.startswith(f"{held.confirmation_number}, ")


@pytest.mark.parametrize("model", ["booking", "reservation"])
def test_rooms_are_checked_in_from_either_list(model: str, ours: RoomType) -> None:
    booking = booked(ours, ours)
    chosen = [booking.id] if model == "booking" else [stay.id for stay in booking.reservations.all()]
    client = staff_of(ours.hotel)
    data = {"action": "check_in", "_selected_action": [str(id_) for id_ in chosen], "index": "0"}

    page = client.post(f"/admin/bookings/{model}/", data, follow=True)
    agree(client, page)

    assert [stay.status for stay in Reservation.objects.all()] == ["checked_in", "checked_in"]


def test_the_page_of_a_booking_offers_what_can_be_done_now(ours: RoomType) -> None:
    booking = booked(ours)
    stay = booking.reservations.get()
    staff = MembershipFactory.create(scope_id=ours.hotel_id).user
    services.check_in(services.CheckIn(reservation_id=stay.id), caller=caller_of(staff), key=fresh_key())

    page = staff_of(ours.hotel).get(f"/admin/bookings/booking/{booking.id}/change/")

    assert [command["transition"]["title"] for command in page.context["commands"]] == ["Amend"]
    assert [command["transition"].title for command in page.context["rooms"][0]["commands"]] == [
        "Check out",
        "Undo check-in",
    ]


def test_one_never_leaves_the_site_by_the_way_back(ours: RoomType) -> None:
    booking = booked(ours)
    client = staff_of(ours.hotel)

    page = ask(client, "cancel", booking.id, next="https://elsewhere.example/")

    assert page.context["next"] == "/admin/bookings/booking/"


@pytest.mark.django_db(transaction=True)
def test_the_command_opens_the_one_durable_transaction_itself(ours: RoomType) -> None:
    booking = booked(ours, days_ahead=5)
    client = staff_of(ours.hotel)

    page = client.post(
        "/admin/bookings/booking/",
        {"action": "cancel", "_selected_action": [str(booking.id)], "index": "0"},
        follow=True,
    )
    agree(client, page)

    assert booking.reservations.get().status == "canceled"
