"""The rate calendar: room types and rate plans by dates, and the form that changes many nights at once.

It works with plain requests alone. The scripts beside it fill the form from cells that are chosen, and ask for the
preview without a new page; what they send and get is the same.
"""

import calendar as months
import re
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
from apps.inventory.admin import calendar_grid
from apps.inventory.admin.calendar_form import CalendarForm
from apps.inventory.admin.calendar_preview import SHOWN, Preview, preview_of, saved_of
from apps.inventory.types import Calendar
from apps.platform.admin import ScopedAdmin, access, tell_refusal
from apps.platform.errors import NotFound, Problem

_TWO_WEEKS = timedelta(days=14)
_PHONE = re.compile(r"\bMobi", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class View:
    """What is looked at: the nights of a hotel, a month of them or two weeks, both ends included."""

    hotel_id: UUID
    first: date
    last: date
    is_month: bool
    business_date: date

    @property
    def query(self) -> dict[str, str]:
        """The same nights as parameters of the page."""
        shown = {"month": f"{self.first:%Y-%m}"} if self.is_month else {"from": self.first.isoformat()}
        return {"hotel": str(self.hotel_id), **shown}

    @property
    def title(self) -> str:
        """The nights in words."""
        if self.is_month:
            return f"{self.first:%B %Y}"
        return f"{self.first:%-d %B} to {self.last:%-d %B %Y}"

    def link(self, **more: Any) -> str:
        """The address of the same page with further parameters."""
        return _address({**self.query, **more})

    @property
    def earlier(self) -> str:
        return self._beside(self.first - (timedelta(days=1) if self.is_month else _TWO_WEEKS))

    @property
    def later(self) -> str:
        return self._beside(self.last + timedelta(days=1))

    @property
    def today(self) -> str:
        return self._beside(self.business_date)

    @property
    def as_month(self) -> str:
        return _address({"hotel": self.hotel_id, "month": f"{self.first:%Y-%m}"})

    @property
    def as_weeks(self) -> str:
        """Two weeks from where one stands; in the running month from today."""
        is_running = self.first <= self.business_date <= self.last
        return _address(
            {"hotel": self.hotel_id, "from": (self.business_date if is_running else self.first).isoformat()}
        )

    def _beside(self, day: date) -> str:
        shown = {"month": f"{day:%Y-%m}"} if self.is_month else {"from": day.isoformat()}
        return _address({"hotel": self.hotel_id, **shown})


def calendar_view(model_admin: ScopedAdmin, request: HttpRequest) -> HttpResponse:
    """GET shows a month or two weeks; POST previews a change, saves it, or undoes one."""
    houses = services.houses_today(access(request).scopes(Permission.VIEW_HOTEL))
    if not houses:
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    wanted = given.get("hotel", "") or str(houses[0].hotel_id)
    house = next((house for house in houses if str(house.hotel_id) == wanted), None)
    if house is None:
        raise Http404
    page = _Page(model_admin=model_admin, request=request, houses=houses, house=house, view=_view(request, house))
    if request.method != "POST":
        return page.shown()
    return page.undone() if given.get("do") == "undo" else page.asked()


@dataclass(frozen=True, kw_only=True)
class _Page:
    """One request for the page of one hotel."""

    model_admin: ScopedAdmin
    request: HttpRequest
    houses: tuple[services.HouseToday, ...]
    house: services.HouseToday
    view: View

    @property
    def may_change(self) -> bool:
        held = (Permission.MANAGE_RATES, Permission.MANAGE_INVENTORY)
        return any(access(self.request).allows(permission, self.house.hotel_id) for permission in held)

    def calendar(self, first: date, last: date) -> Calendar:
        hotel_id = self.house.hotel_id
        return services.calendar_of(access=access(self.request), hotel_id=hotel_id, first=first, last=last)

    def form(self, groups: tuple[calendar_grid.Group, ...], calendar: Calendar, typed: Any = None) -> CalendarForm:
        rows = [row for group in groups for row in group.rows]
        return CalendarForm(
            typed,
            initial={"row": self.request.GET.getlist("row"), "first": None, "last": None},
            rows=[row.key for row in rows],
            currency=calendar.currency,
            adults=max((row.max_adults for row in rows), default=0),
        )

    def asked(self) -> HttpResponse:
        """Preview or save what the form asks for; what was refused stands beside what was typed."""
        if not self.may_change:
            raise PermissionDenied
        saves = self.request.POST.get("do") == "save"
        asks_panel_only = self.request.headers.get("X-Requested-With") == "fetch"
        today = self.house.business_date
        calendar = self.calendar(*((today, today) if asks_panel_only else (self.view.first, self.view.last)))
        groups = calendar_grid.groups_of(calendar)
        form = self.form(groups, calendar, self.request.POST)
        preview = None
        if form.is_valid():
            try:
                outcome = services.change_calendar(
                    access=access(self.request),
                    hotel_id=self.house.hotel_id,
                    changes=form.changes(),
                    dry_run=not saves,
                    override_reason=form.override_reason,
                )
            except Problem as refusal:
                form.refuse(refusal)
            else:
                if saves:
                    return self._saved(outcome)
                preview = self._previewed(outcome, calendar)
        context = self._context(calendar, groups, form, preview)
        if asks_panel_only:
            answer = TemplateResponse(self.request, "admin/inventory/calendar/panel.html", context)
            answer["X-Rates"] = "panel"
            return answer
        return self._whole(context)

    def _previewed(self, outcome: services.CalendarOutcome, calendar: Calendar) -> Preview:
        """What would change, beside the prices of now; the page may show other nights."""
        nights = [change.date for change in outcome.changes[:SHOWN]]
        return preview_of(outcome, self.calendar(min(nights), max(nights)) if nights else calendar)

    def _saved(self, outcome: services.CalendarOutcome) -> HttpResponse:
        if outcome.change_id is None:
            messages.info(self.request, "Nothing differs from what is there: no night has changed.")
            return HttpResponseRedirect(self.view.link())
        return HttpResponseRedirect(self.view.link(done=outcome.change_id))

    def undone(self) -> HttpResponse:
        """Put back what one change has changed."""
        if not self.may_change:
            raise PermissionDenied
        try:
            outcome = services.undo_change(
                access=access(self.request),
                hotel_id=self.house.hotel_id,
                change_id=_uuid(self.request.POST.get("change", "")),
            )
        except NotFound as refusal:
            raise Http404 from refusal
        except Problem as refusal:
            tell_refusal(self.request, refusal)
        else:
            nights = _counted(outcome.nights_changed, "night")
            messages.success(self.request, f"Undone: {nights} as before the change.")
        return HttpResponseRedirect(self.view.link())

    def shown(self) -> HttpResponse:
        """The page as it is opened."""
        calendar = self.calendar(self.view.first, self.view.last)
        groups = calendar_grid.groups_of(calendar)
        return self._whole(self._context(calendar, groups, self.form(groups, calendar), None))

    def _context(
        self,
        calendar: Calendar,
        groups: tuple[calendar_grid.Group, ...],
        form: CalendarForm,
        preview: Preview | None,
    ) -> dict[str, Any]:
        may_change = self.may_change
        return {
            "house": self.house,
            "view": self.view,
            "calendar": calendar,
            "groups": groups,
            "form": form if may_change else None,
            "preview": preview,
            "may_change": may_change,
            "may_override": access(self.request).allows(Permission.OVERRIDE, self.house.hotel_id),
            "here": reverse("admin:inventory_calendar"),
        }

    def _whole(self, context: dict[str, Any]) -> HttpResponse:
        calendar: Calendar = context["calendar"]
        changes = []
        if self.may_change:
            reader = access(self.request)
            saved = services.last_changes(access=reader, hotel_id=self.house.hotel_id)
            changes = saved_of(saved, reader=reader.principal, calendar=calendar)
        done = self.request.GET.get("done", "")
        context |= {
            **self.model_admin.admin_site.each_context(self.request),
            "title": "Rate calendar",
            "houses": self.houses,
            "changes": changes,
            "done": next((change for change in changes if str(change.id) == done and change.may_undo), None),
            "days": calendar_grid.days_of(calendar),
            "badges": [(badge.format("n"), words.format("n")) for badge, words in calendar_grid.BADGES.values()],
            "sources": [(mark, words) for mark, words in calendar_grid.SOURCES.values() if mark],
        }
        return TemplateResponse(self.request, "admin/inventory/calendar.html", context)


def _view(request: HttpRequest, house: services.HouseToday) -> View:
    """The nights that are asked for; else the running month, and on a phone two weeks from today."""
    given = request.POST if request.method == "POST" else request.GET
    month, first = _day(f"{given.get('month', '')}-01"), _day(given.get("from", ""))
    if month is None and (first is not None or _PHONE.search(request.headers.get("User-Agent", ""))):
        first = first or house.business_date
        last = first + _TWO_WEEKS - timedelta(days=1)
        return View(hotel_id=house.hotel_id, first=first, last=last, is_month=False, business_date=house.business_date)
    month = month or house.business_date.replace(day=1)
    last = month.replace(day=months.monthrange(month.year, month.month)[1])
    return View(hotel_id=house.hotel_id, first=month, last=last, is_month=True, business_date=house.business_date)


def _address(parameters: dict[str, Any]) -> str:
    return f"{reverse('admin:inventory_calendar')}?{urlencode(parameters)}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Room for the months beside it.
    return day if date(1, 3, 1) < day < date(9999, 11, 1) else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
