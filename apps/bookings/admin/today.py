"""The first screen: what is due at one hotel, on the hotel's own date, each figure leading to its list."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.services import Permission
from apps.bookings import selectors
from apps.bookings.admin.bookings import RUNS_OUT_WITHIN
from apps.bookings.admin.houses import houses
from apps.bookings.admin.reservations import list_of
from apps.bookings.models import Booking
from apps.bookings.selectors import DeskCounts, DeskList
from apps.bookings.services import no_shows_due
from apps.inventory.services import HouseToday, overbooked_nights
from apps.platform.admin import Notice, access, notices_for


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure and the list behind it."""

    name: str
    figure: str
    note: str
    link: str
    icon: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Today at one hotel of the reader: the one in `?hotel=`, otherwise the first by name."""
    all_houses = houses(request)
    wanted = request.GET.get("hotel", "")
    house = next((house for house in all_houses if str(house.hotel_id) == wanted), None)
    house = house or (all_houses[0] if all_houses else None)
    context |= {"title": "Today", "houses": all_houses, "house": house, "tiles": [], "notices": notices_for(request)}
    if house is None:
        return context
    context["notices"] = (*_walked(request, house.hotel_id), *context["notices"])
    tiles = [_occupancy(house)]
    if access(request).allows(Permission.VIEW_BOOKINGS, house.hotel_id):
        counts = selectors.desk_counts(today={house.hotel_id: house.business_date})[house.hotel_id]
        tiles = [*_desk(house.hotel_id, counts), *tiles]
        context["notices"] = (*_notices(house.hotel_id, counts), *_missed(house), *context["notices"])
        if access(request).allows(Permission.MANAGE_BOOKINGS, house.hotel_id):
            context["assign_key"] = uuid4().hex
    return context | {"tiles": tiles, "occupancy": _percent(house)}


def _desk(hotel_id: UUID, counts: DeskCounts) -> list[Tile]:
    return [
        Tile(
            name="Arrivals left",
            figure=str(counts.arrivals),
            note="to check in today",
            link=list_of(DeskList.ARRIVALS, hotel_id),
            icon="login",
        ),
        Tile(
            name="Departures left",
            figure=str(counts.departures),
            note="to check out today",
            link=list_of(DeskList.DEPARTURES, hotel_id),
            icon="logout",
        ),
        Tile(
            name="In house",
            figure=str(counts.in_house),
            note="rooms with guests",
            link=list_of(DeskList.IN_HOUSE, hotel_id),
            icon="hotel",
        ),
    ]


def _occupancy(house: HouseToday) -> Tile:
    held = f", {house.held} held" if house.held else ""
    return Tile(
        name="Occupancy tonight",
        figure=f"{_percent(house)} %",
        note=f"{house.sold} of {house.rooms} rooms sold{held}",
        link=f"{reverse('admin:inventory_calendar')}?hotel={house.hotel_id}",
        icon="calendar_month",
    )


def _walked(request: HttpRequest, hotel_id: UUID) -> list[Notice]:
    nights = overbooked_nights(access=access(request), hotel_id=hotel_id)
    link = f"{reverse('admin:inventory_overbooked')}?hotel={hotel_id}"
    text = f"night{'' if len(nights) == 1 else 's'} with more rooms sold than there are"
    return [Notice(count=len(nights), text=text, link=link)] if nights else []


def _missed(house: HouseToday) -> list[Notice]:
    """Who was to come today and is not waited for any more; those of earlier days have a notice of their own."""
    due = [stay for stay in no_shows_due([house.hotel_id]) if stay["arrival"] >= house.business_date]
    text = "not waited for any more: record the no-show, or call them"
    return [Notice(count=len(due), text=text, link=list_of(DeskList.ARRIVALS, house.hotel_id))] if due else []


def _percent(house: HouseToday) -> int:
    """Sold over available. Never rounded up to a full house that is not one."""
    return house.sold * 100 // house.rooms if house.rooms else 0


def _notices(hotel_id: UUID, counts: DeskCounts) -> list[Notice]:
    ending = selectors.holds_running_out(Booking.objects.filter(hotel_id=hotel_id), within=RUNS_OUT_WITHIN).count()
    bookings = reverse("admin:bookings_booking_changelist")
    found = [
        Notice(
            count=counts.late_arrivals,
            text="expected on an earlier day and not checked in: record the no-show, or call them",
            link=list_of(DeskList.LATE_ARRIVALS, hotel_id),
        ),
        Notice(
            count=counts.late_departures,
            text="still in house after the day of departure",
            link=list_of(DeskList.LATE_DEPARTURES, hotel_id),
        ),
        Notice(
            count=ending,
            text=f"held, and given back within {RUNS_OUT_WITHIN.seconds // 60} minutes unless confirmed",
            link=f"{bookings}?status=ending&hotel={hotel_id}",
        ),
    ]
    return [notice for notice in found if notice.count]
