"""The front desk changes bookings: the page shows what that comes to, then issues the command of the API, once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.services import Role
from apps.bookings.models import Booking
from apps.inventory.models import RoomNight, RoomType
from apps.platform.models import AuditEntry, IdempotencyRecord
from tests.admin.desk import booked, staff_of, told
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

ONE_DAY = timedelta(days=1)


def page_of(booking: Booking) -> str:
    return f"/admin/bookings/booking/{booking.id}/amend/"


def filled(page: Any, position: int = 1, **fields: Any) -> dict[str, Any]:
    """What the forms of the page hold, with other values for one of its rooms."""
    context = page.context
    data = {name: context[name] for name in ("key", "revision", "next")} | {"room": context["only"]}
    for form in [*context["rooms"], context["words"]]:
        data |= {
            form.add_prefix(name): form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()
        }
    return data | {f"{position}-{name}": value for name, value in fields.items()}


def amend(client: Client, booking: Booking, page: Any, button: str = "save", **fields: Any) -> Any:
    return client.post(page_of(booking), filled(page, **fields) | {button: "1"})


def test_the_page_shows_what_changes_before_anything_does(ours: RoomType) -> None:
    booking, client = booked(ours, days_ahead=5), staff_of(ours.hotel)
    stay, keys = booking.reservations.get(), IdempotencyRecord.objects.count()

    answer = amend(client, booking, client.get(page_of(booking)), "preview", departure=stay.departure + ONE_DAY)

    difference = answer.context["difference"]
    assert (difference.total.before.amount, difference.total.after.amount) == ("200.00", "300.00")
    assert b'name="save"' in answer.content
    booking.refresh_from_db()
    assert (booking.revision, IdempotencyRecord.objects.count()) == (1, keys)


def test_saving_amends_and_the_reason_is_in_the_audit_log(ours: RoomType) -> None:
    booking, client = booked(ours, days_ahead=5), staff_of(ours.hotel)
    stay, page = booking.reservations.get(), client.get(page_of(booking))

    answer = client.post(
        page_of(booking),
        filled(page, departure=stay.departure + ONE_DAY, guest_name="Grace Hopper", children_ages="4")
        | {"save": "1", "reason": "Asked on the phone", "special_requests": "Quiet"},
    )

    stay.refresh_from_db()
    assert answer.status_code == 302
    assert told(answer) == [f"{booking.confirmation_number} is amended."]
    assert (stay.guest_name, stay.children_ages, stay.total_minor) == ("Grace Hopper", [4], 30_000)
    assert set(AuditEntry.objects.filter(operation="bookings.amend").values_list("reason", flat=True)) == {
        "Asked on the phone"
    }


def test_a_page_that_is_sent_twice_amends_once(ours: RoomType) -> None:
    booking, client = booked(ours, days_ahead=5), staff_of(ours.hotel)
    page, later = client.get(page_of(booking)), booking.reservations.get().departure + ONE_DAY

    for _ in range(2):
        amend(client, booking, page, departure=later)

    booking.refresh_from_db()
    assert booking.revision == 2


def test_another_change_meanwhile_is_not_overwritten(ours: RoomType) -> None:
    booking, client = booked(ours, days_ahead=5), staff_of(ours.hotel)
    page, other = client.get(page_of(booking)), client.get(page_of(booking))
    amend(client, booking, other, guest_name="Grace Hopper")

    answer = amend(client, booking, page, guest_name="Bob")

    assert "has changed" in answer.context["refusal"]
    assert booking.reservations.get().guest_name == "Grace Hopper"


def test_a_refusal_is_shown_beside_what_was_filled_in_and_the_next_try_has_a_key_of_its_own(ours: RoomType) -> None:
    booking, client = booked(ours, days_ahead=5), staff_of(ours.hotel)
    stay, page = booking.reservations.get(), client.get(page_of(booking))
    RoomNight.objects.filter(night=stay.departure).update(stop_sell=True)

    answer = amend(client, booking, page, departure=stay.departure + ONE_DAY)

    assert f"{stay.departure}" in answer.context["refusal"]
    assert answer.context["key"] != page.context["key"]
    assert (stay.departure + ONE_DAY).isoformat().encode() in answer.content
    RoomNight.objects.update(stop_sell=False)
    assert amend(client, booking, answer, departure=stay.departure + ONE_DAY).status_code == 302


@pytest.mark.parametrize(
    ("field", "value"), [("children_ages", "four"), ("adults", "0"), ("departure", "soon"), ("room_type_id", "x")]
)
def test_what_cannot_be_read_is_named_at_its_field(ours: RoomType, field: str, value: str) -> None:
    booking, client = booked(ours, days_ahead=5), staff_of(ours.hotel)

    answer = amend(client, booking, client.get(page_of(booking)), **{field: value})

    assert field in answer.context["rooms"][0].errors
    booking.refresh_from_db()
    assert booking.revision == 1


def test_one_room_of_several_is_amended_and_the_chart_proposes_its_dates(ours: RoomType) -> None:
    suite = RoomTypeFactory.create(hotel=ours.hotel, name="Suite")
    booking, client = booked(ours, ours, days_ahead=5), staff_of(ours.hotel)
    first, second = booking.reservations.order_by("position")
    wanted: dict[str, Any] = {"room": second.id, "arrival": second.arrival + ONE_DAY, "room_type_id": suite.id}

    page = client.get(page_of(booking), wanted)
    client.post(page_of(booking), filled(page, 2, arrival=wanted["arrival"], room_type_id=suite.id) | {"save": "1"})

    assert [form.room.id for form in page.context["rooms"]] == [second.id]
    assert f'value="{wanted["arrival"]}"'.encode() in page.content
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.arrival, second.room_type_id, first.room_type_id) == (wanted["arrival"], suite.id, ours.id)


def test_who_may_override_sets_restrictions_aside_with_a_reason(ours: RoomType) -> None:
    booking, client = booked(ours, days_ahead=5), staff_of(ours.hotel, role=Role.HOTEL_ADMIN)
    stay, page = booking.reservations.get(), client.get(page_of(booking))
    RoomNight.objects.filter(night=stay.departure).update(stop_sell=True)
    wanted = filled(page, departure=stay.departure + ONE_DAY) | {"save": "1", "restrictions": "on"}

    silent = client.post(page_of(booking), wanted)
    told_why = client.post(page_of(booking), wanted | {"reason": "A friend of the house"})

    assert "Say why" in silent.context["refusal"]
    assert told_why.status_code == 302


def test_the_button_is_there_while_something_can_be_amended(ours: RoomType) -> None:
    booking, client = booked(ours, days_ahead=5), staff_of(ours.hotel)
    of_booking = f"/admin/bookings/booking/{booking.id}/change/"

    before = client.get(of_booking).content
    booking.reservations.update(status="checked_out")
    after = client.get(of_booking).content

    assert page_of(booking).encode() in before
    assert page_of(booking).encode() not in after
    assert b"Nothing of this booking" in client.get(page_of(booking)).content


def test_it_stays_within_the_walls(ours: RoomType) -> None:
    booking, elsewhere = booked(ours, days_ahead=5), RoomTypeFactory.create()
    page = staff_of(ours.hotel).get(page_of(booking))

    for client, status in (
        (staff_of(elsewhere.hotel), 404),
        (staff_of(ours.hotel, role=Role.REVENUE_MANAGER), 403),
        (Client(), 302),
    ):
        assert client.get(page_of(booking)).status_code == status
        assert amend(client, booking, page, guest_name="Mallory").status_code == status
    assert booking.reservations.get().guest_name == "Ada Lovelace"
