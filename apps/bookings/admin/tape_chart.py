"""The tape chart: the rooms of a house by dates, and the stays in them as bars.

It works with plain requests alone: each bar is a link to the page of its stay, where it can be moved. The scripts
beside it let bars be dragged and reached by keys; what they send is the same.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.accounts.services import Permission
from apps.bookings import services
from apps.bookings.admin.chart_rows import SIGNS, ChartRows, Column
from apps.inventory import services as inventory
from apps.platform.admin import ScopedAdmin, access

SPANS = (7, 14, 21, 31)
_NIGHTS = 14
_BACK = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class View:
    """What is looked at: so many nights of a hotel from one on."""

    hotel_id: UUID
    first: date
    nights: int
    business_date: date

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.nights - 1)

    @property
    def title(self) -> str:
        year = "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{self.first:%-d %B}{year} to {self.last:%-d %B %Y}"

    @property
    def query(self) -> dict[str, str]:
        """The same nights as parameters of the page."""
        return {"hotel": str(self.hotel_id), "from": self.first.isoformat(), "nights": str(self.nights)}

    @property
    def here(self) -> str:
        return self._beside(self.first, self.nights)

    @property
    def earlier(self) -> str:
        return self._beside(self.first - timedelta(days=self.nights), self.nights)

    @property
    def later(self) -> str:
        return self._beside(self.first + timedelta(days=self.nights), self.nights)

    @property
    def today(self) -> str:
        return self._beside(self.business_date - _BACK, self.nights)

    @property
    def spans(self) -> list[tuple[int, str]]:
        return [(nights, self._beside(self.first, nights)) for nights in SPANS]

    def _beside(self, first: date, nights: int) -> str:
        parameters = {"hotel": self.hotel_id, "from": first.isoformat(), "nights": nights}
        return f"{reverse('admin:bookings_tape_chart')}?{urlencode(parameters)}"


def house_in(request: HttpRequest) -> tuple[tuple[inventory.HouseToday, ...], inventory.HouseToday]:
    """The hotels whose bookings the reader sees, and of them the one in `?hotel=`, otherwise the first by name."""
    houses = inventory.houses_today(access(request).scopes(Permission.VIEW_BOOKINGS))
    if not houses:
        raise PermissionDenied
    wanted = request.GET.get("hotel", "") or str(houses[0].hotel_id)
    house = next((house for house in houses if str(house.hotel_id) == wanted), None)
    if house is None:
        raise Http404
    return houses, house


def chart_view(model_admin: ScopedAdmin, request: HttpRequest) -> HttpResponse:
    """One hotel of the reader, two weeks from yesterday on unless other nights are asked for."""
    houses, house = house_in(request)
    view = _view(request, house)
    chart = services.tape_chart(hotel_id=house.hotel_id, first=view.first, nights=view.nights)
    rows = ChartRows(chart, today=house.business_date)
    columns = rows.columns()
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": "Tape chart",
        "houses": houses,
        "house": house,
        "view": view,
        "columns": columns,
        "paper": _paper(columns),
        "groups": rows.groups(),
        "signs": SIGNS.values(),
        "may_change": access(request).allows(Permission.MANAGE_BOOKINGS, house.hotel_id),
    }
    return TemplateResponse(request, "admin/bookings/chart.html", context)


def _paper(columns: tuple[Column, ...]) -> str:
    """What the rows lie on: the columns of weekends and of today, as one background for all rows."""
    width = 100 / len(columns)
    stripes = []
    for place, column in enumerate(columns):
        tone = "today" if column.is_today else "weekend" if "is-weekend" in column.states else ""
        if tone:
            left, right = f"{place * width:.4f}%", f"{(place + 1) * width:.4f}%"
            stripes += [f"transparent {left}", f"var(--chart-{tone}) {left} {right}", f"transparent {right}"]
    return f"linear-gradient(90deg, {', '.join(stripes)})" if stripes else "none"


def _view(request: HttpRequest, house: inventory.HouseToday) -> View:
    first = _day(request.GET.get("from", "")) or house.business_date - _BACK
    asked = request.GET.get("nights", "")
    nights = int(asked) if asked.isdecimal() and len(asked) < len("100") and 0 < int(asked) <= SPANS[-1] else _NIGHTS
    return View(hotel_id=house.hotel_id, first=first, nights=nights, business_date=house.business_date)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Room for the months beside it.
    return day if date(1, 3, 1) < day < date(9999, 11, 1) else None
