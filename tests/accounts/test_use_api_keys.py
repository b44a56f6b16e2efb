"""API keys of partners and kiosks: shown once, hashed, held to their hotels and verbs, rotated without a gap."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import ApiKey, ApiKeySecret
from apps.accounts.services import Role, Verb
from apps.bookings.models import Booking
from apps.inventory.models import Hotel
from apps.platform import clock
from apps.platform.models import AuditEntry
from config.settings.base import redis_settings
from tests.accounts.test_administer_accounts import SUBMITTED
from tests.admin.desk import administrator
from tests.bookings.orders import fresh_key
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

KEYS = "/api/v1/api-keys"


def manager_of(*hotels: Hotel) -> Any:
    """Somebody who manages these hotels."""
    user = UserFactory.create()
    for hotel in hotels:
        MembershipFactory.create(user=user, role=Role.HOTEL_ADMIN, scope_id=hotel.id)
    return user


def issued(*hotels: Hotel, verbs: tuple[Verb, ...] = (Verb.READ,), **more: Any) -> accounts.IssuedApiKey:
    manager = manager_of(*hotels)
    terms: dict[str, Any] = {"name": "Kiosk", "requests_per_minute": 600} | more
    return accounts.issue_key(
        access=accounts.access_of(manager.id),
        issuer_id=manager.id,
        hotel_ids=[hotel.id for hotel in hotels],
        verbs=verbs,
        **terms,
    )


def signed_in(user: Any) -> APIClient:
    api = APIClient()
    api.force_authenticate(user)
    return api


def with_key(secret: str, scheme: str = "Api-Key") -> APIClient:
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
    return api


def rooms_of(hotel: Hotel) -> str:
    return f"/api/v1/hotels/{hotel.id}/room-types"


def booking_body(hotel: Hotel) -> dict[str, Any]:
    room_type = RoomTypeFactory.create(hotel=hotel)
    arrival = clock.now().date() + timedelta(days=30)
    return {
        "hotel_id": str(hotel.id),
        "arrival": f"{arrival}",
        "departure": f"{arrival + timedelta(days=2)}",
        "rooms": [{"room_type_id": str(room_type.id), "rate_plan_id": str(hotel.rate_plans.get().id), "adults": 1}],
        "booker": {"full_name": "Ada Lovelace", "email": "ada@guests.example"},
    }


def place(api: APIClient, body: dict[str, Any]) -> Any:
    return api.post("/api/v1/bookings", body, headers={"Idempotency-Key": fresh_key()})


def test_a_manager_makes_a_key_and_sees_its_secret_this_once() -> None:
    hotel = HotelFactory.create()
    api = signed_in(manager_of(hotel))

    made = api.post(KEYS, {"name": "Kiosk", "hotel_ids": [str(hotel.id)], "verbs": ["front_desk"]})

    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    secret, shown = made.json()["secret"], made.json()["key"]
    assert secret.startswith(shown["prefixes"][0])
    for again in (api.get(KEYS), api.get(made.headers["Location"])):
        assert again.status_code == 200
        assert shown["prefixes"][0] in again.content.decode()
        assert secret.removeprefix(shown["prefixes"][0]) not in again.content.decode()


def test_of_a_secret_only_its_hash_is_stored() -> None:
    key = issued(HotelFactory.create())

    stored = ApiKeySecret.objects.values().get()

    random_part = key.secret.rpartition("_")[2]
    assert len(random_part) == 64
    assert not any(random_part in str(value) for value in stored.values())


@pytest.mark.parametrize("scheme", ["Api-Key", "Bearer", "bearer"])
def test_a_key_signs_in_under_either_scheme(scheme: str) -> None:
    hotel = HotelFactory.create()

    answer = with_key(issued(hotel).secret, scheme).get(rooms_of(hotel))

    assert answer.status_code == 200


def test_a_key_sees_nothing_of_another_hotel() -> None:
    hotel, elsewhere = HotelFactory.create(), HotelFactory.create()
    partner = with_key(issued(hotel, verbs=tuple(Verb)).secret)

    answers = [partner.get(rooms_of(elsewhere)), partner.patch(rooms_of(elsewhere)[: -len("/room-types")], {})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert place(partner, booking_body(elsewhere)).status_code == 404
    assert not Booking.objects.exists()


def test_a_key_does_what_its_verbs_say_and_no_more() -> None:
    hotel = HotelFactory.create()
    body = booking_body(hotel)
    seller, reader = with_key(issued(hotel, verbs=(Verb.BOOK,)).secret), with_key(issued(hotel).secret)

    sold, read = place(seller, body), place(reader, body)

    assert (sold.status_code, read.status_code) == (201, 403)
    address = f"/api/v1/bookings/{sold.json()['id']}"
    assert [api.get(address).status_code for api in (seller, reader)] == [200, 200]
    confirm = [api.post(f"{address}/confirm", {}, headers={"Idempotency-Key": fresh_key()}) for api in (reader, seller)]
    assert [answer.status_code for answer in confirm] == [403, 200]
    stay = sold.json()["reservations"][0]["id"]
    check_in = seller.post(f"/api/v1/reservations/{stay}/check-in", {}, headers={"Idempotency-Key": fresh_key()})
    assert check_in.status_code == 403


def test_a_key_that_books_sees_its_own_bookings_and_no_others() -> None:
    hotel = HotelFactory.create()
    one, other = (with_key(issued(hotel, verbs=(Verb.BOOK,)).secret) for _ in range(2))
    booking = place(one, booking_body(hotel)).json()["id"]

    seen = [[row["id"] for row in api.get("/api/v1/bookings").json()["results"]] for api in (one, other)]

    assert seen == [[booking], []]
    assert other.get(f"/api/v1/bookings/{booking}").status_code == 404
    assert (
        other.post(f"/api/v1/bookings/{booking}/cancel", {}, headers={"Idempotency-Key": fresh_key()}).status_code
        == 404
    )
    assert Booking.objects.get().principal.startswith("key:")


def test_a_key_has_no_account_and_makes_no_keys() -> None:
    hotel = HotelFactory.create()
    partner = with_key(issued(hotel, verbs=tuple(Verb)).secret)

    made = partner.post(KEYS, {"name": "More", "hotel_ids": [str(hotel.id)], "verbs": ["read"]})

    assert made.status_code == 403
    assert partner.get(KEYS).json()["results"] == []
    assert partner.get("/api/v1/me").status_code in {403, 404}
    assert ApiKey.objects.count() == 1


def test_rotation_leaves_two_secrets_working_and_then_one() -> None:
    hotel = HotelFactory.create()
    first, manager = issued(hotel), manager_of(hotel)
    access = accounts.access_of(manager.id)
    assert with_key(first.secret).get(rooms_of(hotel)).status_code == 200

    second = accounts.rotate_key(access=access, key_id=first.key.id, overlap_hours=2)
    both = [with_key(secret).get(rooms_of(hotel)).status_code for secret in (first.secret, second.secret)]
    with clock.moved_to(clock.now() + timedelta(hours=2, seconds=1)):
        later = [with_key(secret).get(rooms_of(hotel)).status_code for secret in (first.secret, second.secret)]
    third = accounts.rotate_key(access=access, key_id=first.key.id)
    three = [
        with_key(secret).get(rooms_of(hotel)).status_code for secret in (first.secret, second.secret, third.secret)
    ]

    assert both == [200, 200]
    assert later == [401, 200]
    assert three == [401, 200, 200]
    assert len(third.key.prefixes) == 2


def test_the_audit_log_of_each_hotel_tells_of_its_keys_and_never_a_secret() -> None:
    hotels = [HotelFactory.create(), HotelFactory.create()]
    first = issued(*hotels)
    manager = manager_of(*hotels)
    access = accounts.access_of(manager.id)
    second = accounts.rotate_key(access=access, key_id=first.key.id)
    for _ in range(2):
        accounts.revoke_key(access=access, key_id=first.key.id)

    entries = AuditEntry.objects.filter(object_kind="api_key", object_id=str(first.key.id)).order_by("id")

    told = [(entry.operation.partition(".")[2], entry.scope_id) for entry in entries]
    assert sorted(told, key=str) == sorted(
        [(verb, hotel.id) for verb in ("issue_key", "rotate_key", "revoke_key") for hotel in hotels], key=str
    )
    assert {entry.actor for entry in entries.exclude(operation="accounts.issue_key")} == {f"user:{manager.id}"}
    assert not any(secret in str(entry.after) for entry in entries for secret in (first.secret, second.secret))


def test_a_revoked_key_is_refused_at_once_although_redis_remembers_it() -> None:
    hotel = HotelFactory.create()
    key = issued(hotel)
    before = with_key(key.secret).get(rooms_of(hotel))

    answer = signed_in(manager_of(hotel)).delete(f"{KEYS}/{key.key.id}")

    after = with_key(key.secret).get(rooms_of(hotel))
    assert [before.status_code, answer.status_code, after.status_code] == [200, 204, 401]
    assert after.json()["code"] == "token_invalid"


def test_a_key_ends_when_its_time_is_over() -> None:
    hotel, now = HotelFactory.create(), clock.now()
    key = issued(hotel, expires_at=now + timedelta(hours=1))
    partner = with_key(key.secret)

    with clock.moved_to(now + timedelta(minutes=59)):
        last = partner.get(rooms_of(hotel))
    with clock.moved_to(now + timedelta(hours=1)):
        late = partner.get(rooms_of(hotel))

    assert (last.status_code, late.status_code) == (200, 401)
    with clock.moved_to(now + timedelta(hours=1)), pytest.raises(accounts.ApiKeyOver):
        accounts.rotate_key(access=accounts.access_of(manager_of(hotel).id), key_id=key.key.id)


@pytest.mark.parametrize(
    "change",
    [
        lambda secret: secret[:-1] + ("0" if secret[-1] != "0" else "1"),
        lambda secret: secret[:-1],
        lambda secret: secret + "0",
        lambda secret: "rsv_",
        lambda secret: "rsv_00000000_" + "0" * 64,
        lambda secret: "",
        lambda secret: "é" * 20,
    ],
)
def test_anything_but_the_secret_is_refused(change: Any) -> None:
    hotel = HotelFactory.create()
    partner = with_key(change(issued(hotel).secret))

    answer = partner.get(rooms_of(hotel))

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_invalid"


def test_a_key_is_read_without_sql_while_redis_remembers_it_and_by_one_statement_without(
    settings: Settings, django_assert_num_queries: Any
) -> None:
    secret = issued(HotelFactory.create()).secret
    accounts.read_key(secret)

    with django_assert_num_queries(0):
        remembered = accounts.read_key(secret)
    nobody = "redis://127.0.0.1:1/0"
    settings.CACHES = redis_settings(cache_url=nobody, broker_url=nobody, lock_urls=[nobody])["CACHES"]
    with django_assert_num_queries(1):
        read = accounts.read_key(secret)

    assert remembered == read


def test_the_last_use_is_written_at_most_once_in_some_minutes(django_assert_num_queries: Any) -> None:
    secret, now = issued(HotelFactory.create()).secret, clock.now()
    with clock.moved_to(now):
        accounts.read_key(secret)
    assert ApiKey.objects.get().last_used_at == now

    cache.clear()
    with clock.moved_to(now + timedelta(minutes=4)), django_assert_num_queries(1):
        accounts.read_key(secret)
    cache.clear()
    with clock.moved_to(now + timedelta(minutes=6)), django_assert_num_queries(2):
        accounts.read_key(secret)

    assert ApiKey.objects.get().last_used_at == now + timedelta(minutes=6)


def test_keys_of_others_are_not_found() -> None:
    hotel, elsewhere = HotelFactory.create(), HotelFactory.create()
    of_both = issued(hotel, elsewhere)
    stranger, manager_of_one, clerk = UserFactory.create(), manager_of(hotel), UserFactory.create()
    MembershipFactory.create(user=clerk, role=Role.FRONT_DESK, scope_id=hotel.id)

    for user in (stranger, manager_of_one, clerk):
        api = signed_in(user)
        answers = [
            api.get(f"{KEYS}/{of_both.key.id}"),
            api.post(f"{KEYS}/{of_both.key.id}/rotate", {}),
            api.delete(f"{KEYS}/{of_both.key.id}"),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert api.get(KEYS).json()["results"] == []
    assert with_key(of_both.secret).get(rooms_of(hotel)).status_code == 200


def test_nobody_makes_a_key_for_a_hotel_that_they_do_not_manage() -> None:
    hotel, elsewhere = HotelFactory.create(), HotelFactory.create()
    clerk = UserFactory.create()
    MembershipFactory.create(user=clerk, role=Role.FRONT_DESK, scope_id=hotel.id)
    wanted = {"name": "Kiosk", "verbs": ["front_desk"], "hotel_ids": [str(hotel.id)]}

    answers = [
        signed_in(UserFactory.create()).post(KEYS, wanted),
        signed_in(clerk).post(KEYS, wanted),
        signed_in(manager_of(hotel)).post(KEYS, wanted | {"hotel_ids": [str(hotel.id), str(elsewhere.id)]}),
        signed_in(manager_of(hotel)).post(KEYS, wanted | {"hotel_ids": []}),
        signed_in(manager_of(hotel)).post(KEYS, wanted | {"verbs": ["everything"]}),
        signed_in(manager_of(hotel)).post(KEYS, wanted | {"expires_at": "2020-01-01T00:00:00Z"}),
        signed_in(manager_of(hotel)).post(KEYS, wanted | {"name": "a\nb"}),
        APIClient().post(KEYS, wanted),
    ]

    assert [answer.status_code for answer in answers] == [404, 403, 404, 400, 400, 400, 400, 401]
    assert not ApiKey.objects.exists()


def test_an_answer_read_before_a_change_is_not_kept_after_it() -> None:
    from apps.accounts.services import _recent

    def read_while_it_changes() -> dict[str, str]:
        _recent.forget("thing")
        return {"state": "old"}

    cache.delete("thing")
    _recent.remembered("thing", read_while_it_changes)

    assert _recent.remembered("thing", lambda: {"state": "new"}) == {"state": "new"}


def test_an_administrator_sees_keys_in_the_admin_without_secrets_and_ends_them_there() -> None:
    hotel = HotelFactory.create()
    key = issued(hotel)
    desk, address = administrator(), f"/admin/accounts/apikey/{key.key.id}/"

    page = desk.get(f"{address}change/")
    ended = desk.post(f"{address}revoke/", SUBMITTED)

    assert key.key.prefixes[0] in page.content.decode()
    assert key.secret.rpartition("_")[2] not in page.content.decode()
    assert ended.status_code == 200
    assert with_key(key.secret).get(rooms_of(hotel)).status_code == 401
