"""A month of nights: room types by dates, with what is sold, held and left, and the switch that stops selling."""

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.accounts.services import Permission
from apps.inventory import services
from apps.inventory.types import Calendar, CalendarNight, OfferedRoomType
from apps.platform.admin import ScopedAdmin, access, tell_refusal
from apps.platform.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One night of one room type."""

    night: CalendarNight
    state: str
    label: str
    link: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """One room type with the nights of the month; `offset` is the weekday of the first, 1 for Monday."""

    room_type: OfferedRoomType
    offset: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class View:
    """What is looked at: a hotel, a month, and perhaps one night of a room type."""

    hotel_id: UUID
    first: date
    room_type_id: UUID | None = None
    night: date | None = None

    @property
    def last(self) -> date:
        return self.first.replace(day=months.monthrange(self.first.year, self.first.month)[1])

    def link(self, **others: Any) -> str:
        """The address of the same page with another month or night."""
        shown = {"hotel": self.hotel_id, "month": f"{self.first:%Y-%m}"} | others
        return f"{reverse('admin:inventory_calendar')}?{urlencode(shown)}"


def calendar_view(model_admin: ScopedAdmin, request: HttpRequest) -> HttpResponse:
    """GET shows a month; POST stops or opens the sale of some nights."""
    houses = services.houses_today(access(request).scopes(Permission.VIEW_HOTEL))
    if not houses:
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    wanted = given.get("hotel", "") or str(houses[0].hotel_id)
    house = next((house for house in houses if str(house.hotel_id) == wanted), None)
    if house is None:
        raise Http404
    view = View(
        hotel_id=house.hotel_id,
        first=_month(given.get("month", ""), house.business_date),
        room_type_id=_uuid(given.get("room_type", "")),
        night=_day(given.get("night", "")),
    )
    if request.method == "POST":
        return _set_sale(request, view)
    calendar = services.calendar_of(access=access(request), hotel_id=house.hotel_id, first=view.first, last=view.last)
    rows = [_row(row.room_type, row.nights, view, calendar) for row in calendar.room_types]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Calendar",
        "houses": houses,
        "house": house,
        "view": view,
        "rows": rows,
        "days": [view.first + timedelta(days=ahead) for ahead in range((view.last - view.first).days + 1)],
        "earlier": view.link(month=f"{view.first - timedelta(days=1):%Y-%m}"),
        "later": view.link(month=f"{view.last + timedelta(days=1):%Y-%m}"),
        "chosen": next(_chosen(rows), None),
        "may_change": access(request).allows(Permission.MANAGE_INVENTORY, house.hotel_id),
    }
    return TemplateResponse(request, "admin/inventory/calendar.html", context)


def _row(room_type: OfferedRoomType, nights: tuple[CalendarNight, ...], view: View, calendar: Calendar) -> Row:
    cells = tuple(
        Cell(
            night=night,
            state=_state(night, calendar.business_date),
            label=_label(room_type, night),
            link=view.link(room_type=room_type.id, night=night.date),
            is_chosen=(room_type.id, night.date) == (view.room_type_id, view.night),
        )
        for night in nights
    )
    return Row(room_type=room_type, offset=view.first.isoweekday(), cells=cells)


def _chosen(rows: list[Row]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield from ({"row": row, "cell": cell} for cell in row.cells if cell.is_chosen)


def _state(night: CalendarNight, today: date) -> str:
    """The colour of a night. What is over or not on sale yet comes first, then what staff have stopped."""
    if night.date < today:
        return "past"
    if not night.generated:
        return "none"
    if night.stop_sell:
        return "stopped"
    if night.rooms_left <= 0:
        return "full"
    return "few" if night.rooms_left * 5 <= night.physical else "open"


def _label(room_type: OfferedRoomType, night: CalendarNight) -> str:
    """The night in words, for who does not see the colour."""
    words = f"{room_type.name}, {night.date:%-d %B}: "
    if not night.generated:
        return words + "not on sale"
    stopped = ", sale stopped" if night.stop_sell else ""
    return words + f"{night.rooms_left} of {night.physical} left, {night.sold} sold, {night.held} held{stopped}"


def _set_sale(request: HttpRequest, view: View) -> HttpResponse:
    first, last = _day(request.POST.get("first", "")), _day(request.POST.get("last", ""))
    if view.room_type_id is None or first is None or last is None:
        messages.error(request, "Say from which night to which.")
        return HttpResponseRedirect(view.link())
    stop = request.POST.get("stop_sell") == "1"
    back = view.link(room_type=view.room_type_id, night=first)
    try:
        change = services.CalendarChange(first=first, last=last, room_type_ids=(view.room_type_id,), stop_sell=stop)
        services.change_calendar(access=access(request), hotel_id=view.hotel_id, changes=[change])
    except Problem as refusal:
        tell_refusal(request, refusal)
    else:
        nights = (last - first).days + 1
        messages.success(
            request, f"Sale {'stopped' if stop else 'opened'} for {nights} night{'s' if nights != 1 else ''}."
        )
    return HttpResponseRedirect(back)


def _month(text: str, today: date) -> date:
    day = _day(f"{text}-01")
    return today.replace(day=1) if day is None else day


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Room for the months beside it.
    return day if date(1, 2, 1) < day < date(9999, 11, 1) else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
