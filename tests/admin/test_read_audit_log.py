"""The audit log in the admin, and by the API: what staff did there, and who may read of it."""

import pytest
from rest_framework.test import APIClient

from apps.accounts.services import Role
from apps.inventory.models import RoomNight, RoomType
from apps.platform import audit
from apps.platform.models import AuditEntry
from tests.admin.desk import administrator, agree, ask, booked, changed, signed_in, staff_of
from tests.bookings.orders import today_at
from tests.factories.accounts import MembershipFactory
from tests.inventory.nights import change, save

pytestmark = pytest.mark.django_db

LOG = "/admin/platform/auditentry/"


def test_what_staff_do_in_the_admin_is_told_with_the_reason_they_give(ours: RoomType) -> None:
    """Statement 40 of docs/security.md, through the admin."""
    user = MembershipFactory.create(role=Role.HOTEL_ADMIN, scope_id=ours.hotel_id).user
    client, today, earlier = signed_in(user), today_at(ours), AuditEntry.objects.count()
    sale = {
        "hotel": str(ours.hotel_id),
        "month": f"{today:%Y-%m}",
        "row": [str(ours.id)],
        "stop_sell": "1",
        "do": "save",
        "first": f"{today}",
        "last": f"{today}",
        "reason": "a  wedding\nparty",
    }

    client.post("/admin/inventory/hotel/calendar/", sale)

    assert RoomNight.objects.get(room_type=ours, night=today).stop_sell
    (entry,) = AuditEntry.objects.order_by("id")[earlier:]
    assert (entry.operation, entry.object_id) == ("inventory.set_stop_sell", f"{ours.id}/{today}")
    assert (entry.actor, entry.reason) == (f"user:{user.id}", "a wedding party")
    assert (entry.before, entry.after) == ({"stop_sell": False}, {"stop_sell": True})
    assert entry.request_id


def test_moving_a_booking_in_the_admin_is_told(ours: RoomType) -> None:
    booking, earlier = booked(ours), AuditEntry.objects.count()
    client = staff_of(ours.hotel)

    agree(client, ask(client, "cancel", booking.id))

    told = AuditEntry.objects.order_by("id")[earlier:]
    assert [entry.operation for entry in told] == ["accounts.grant_role", "bookings.cancel"]


def test_the_list_is_narrowed_by_hotel_operation_and_search(ours: RoomType, theirs: RoomType) -> None:
    mine, other = changed(ours), changed(theirs)
    client = administrator()

    by_hotel = client.get(LOG, {"hotel": str(ours.hotel_id)}).context["cl"].result_list
    by_operation = client.get(LOG, {"operation": "inventory.update_hotel"}).context["cl"].result_list
    by_object = client.get(LOG, {"q": str(theirs.hotel_id)}).context["cl"].result_list

    assert [entry.id for entry in by_hotel] == [mine.id]
    assert [entry.id for entry in by_operation] == [other.id, mine.id]
    assert [entry.id for entry in by_object] == [other.id]


def test_the_entries_of_one_save_are_found_by_its_batch_and_others_by_their_reason(ours: RoomType) -> None:
    with audit.because("a wedding party"):
        changed(ours)
    saved = save(ours, change(ours, stop_sell=True))
    client = administrator()

    of_save = client.get(LOG, {"q": str(saved.change_id)}).context["cl"].result_list
    of_wedding = client.get(LOG, {"q": "wedding"}).context["cl"].result_list

    assert [entry.operation for entry in of_save] == ["inventory.set_stop_sell"] * 3
    assert [entry.reason for entry in of_wedding] == ["a wedding party"]


def test_an_entry_shows_what_was_and_what_is(ours: RoomType) -> None:
    entry = changed(ours)

    page = administrator().get(f"{LOG}{entry.id}/change/").content.decode()

    assert "city: Old town → New town of Our double" in page
    assert "Our Inn" in page


def test_the_api_gives_the_log_of_a_hotel_to_its_administrators_page_by_page(ours: RoomType, theirs: RoomType) -> None:
    for room_type in (ours, ours, theirs):
        changed(room_type)
    client, address = APIClient(), f"/api/v1/hotels/{ours.hotel_id}/audit-log"
    client.force_authenticate(MembershipFactory.create(role=Role.HOTEL_ADMIN, scope_id=ours.hotel_id).user)

    first = client.get(address, {"limit": "2"}).json()
    second = client.get(first["next"]).json()
    narrowed = client.get(address, {"operation": "accounts.grant_role"}).json()["results"]

    assert [row["operation"] for row in first["results"]] == ["accounts.grant_role", "inventory.update_hotel"]
    assert [row["operation"] for row in second["results"]] == ["inventory.update_hotel"]
    assert first["results"][1]["before"] == {"city": "Old town"}
    assert (second["next"], len(narrowed)) == (None, 1)


@pytest.mark.parametrize(
    ("role", "status"), [("hotel_admin", 200), ("revenue_manager", 403), ("front_desk", 403), (None, 404)]
)
def test_who_reads_the_log_by_the_api(role: str | None, status: int, ours: RoomType, theirs: RoomType) -> None:
    hotel = ours.hotel if role else theirs.hotel
    user = MembershipFactory.create(role=Role(role or "hotel_admin"), scope_id=hotel.id).user
    client = APIClient()
    client.force_authenticate(user)

    answer = client.get(f"/api/v1/hotels/{ours.hotel_id}/audit-log")

    assert answer.status_code == status


def test_no_name_and_no_address_of_a_person_gets_into_the_log(ours: RoomType) -> None:
    booking = booked(ours, name="Canary Birdsong", confirm=False)
    client = staff_of(ours.hotel)

    for action in ("confirm", "cancel"):
        agree(client, ask(client, action, booking.id))

    told = "".join(f"{entry.before}{entry.after}{entry.object_id}{entry.actor}" for entry in AuditEntry.objects.all())
    assert "confirmed" in told
    assert "Canary" not in told
    assert "@" not in told
