"""The page of reports: what a hotel sells, drawn and as a table, and the same as a file for spreadsheets."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.bookings import services
from apps.bookings.admin import report_charts
from apps.bookings.admin.tape_chart import house_in
from apps.platform.admin import ScopedAdmin, access, refusal_text
from apps.platform.errors import Invalid
from apps.platform.money import Money

_WIDTH, _HEIGHT, _BOTTOM = report_charts.WIDTH, report_charts.HEIGHT, report_charts.HEIGHT - report_charts.BOTTOM
# Where what is the same in all drawings stands.
_PAPER = {
    "width": _WIDTH,
    "height": _HEIGHT,
    "left": report_charts.LEFT,
    "right": _WIDTH - report_charts.RIGHT,
    "top": report_charts.TOP,
    "bottom": _BOTTOM,
    "inner": _BOTTOM - report_charts.TOP,
    "axis": report_charts.LEFT - 8,
    "below": _HEIGHT - 12,
}
_WEEKS = 4


def reports_view(model_admin: ScopedAdmin, request: HttpRequest) -> HttpResponse:
    """One hotel of the reader and the month that runs there, unless others are asked for; `format=csv`: as a file."""
    houses, house = house_in(request)
    refused = ""
    try:
        first, last = _day(request, "from"), _day(request, "to")
        report = services.read_report(access=access(request), hotel_id=house.hotel_id, first=first, last=last)
    except Invalid as refusal:
        refused = refusal_text(refusal.members())
        report = services.read_report(access=access(request), hotel_id=house.hotel_id)
    if request.GET.get("format") == "csv" and not refused:
        return _file(report)
    here = reverse("admin:bookings_reports")
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": "Reports",
        "houses": houses,
        "house": house,
        "here": here,
        "refused": refused,
        "report": report,
        "charts": report_charts.charts_of(report),
        "paper": _PAPER,
        "rows": [_row(night) for night in report.nights],
        "total": _total(report),
        "ahead": report.last >= report.business_date,
        "periods": [(name, _link(here, report, first, last)) for name, first, last in _periods(report.business_date)],
        "file": _link(here, report, report.first, report.last) + "&format=csv",
    }
    return TemplateResponse(request, "admin/bookings/reports.html", context)


def _day(request: HttpRequest, name: str) -> date | None:
    text = request.GET.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(f"{text[:40]} is no date: write it like 2026-07-01.") from None


def _periods(today: date) -> Iterator[tuple[str, date, date]]:
    """What one asks for most."""
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    following = (month + timedelta(days=31)).replace(day=1)
    yield "Last month", before, month - timedelta(days=1)
    yield "This month", month, following - timedelta(days=1)
    yield "Next month", following, (following + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    yield "Next 4 weeks", today, today + timedelta(weeks=_WEEKS) - timedelta(days=1)
    yield "This year", today.replace(month=1, day=1), today.replace(month=12, day=31)


def _link(here: str, report: services.Report, first: date, last: date) -> str:
    return f"{here}?{urlencode({'hotel': report.hotel_id, 'from': first.isoformat(), 'to': last.isoformat()})}"


def _figures(figures: services.Figures | None) -> dict[str, str]:
    names = ("occupancy_percent", "revenue", "adr", "revpar")
    return {name: report_charts.in_words(getattr(figures, name) if figures else None) for name in names}


def _row(night: services.ReportNight) -> dict[str, Any]:
    return {
        "night": night,
        "day": report_charts.on(night.date),
        "is_weekend": night.date.isoweekday() > 5,  # noqa: PLR2004 - Saturday and Sunday
        "now": _figures(night.figures),
        "before": _figures(night.last_year),
        "pick_up": [f"{one.net:+d}" if one.net else "0" for one in night.pick_up],
    }


def _total(report: services.Report) -> dict[str, Any]:
    return {
        "now": _figures(report.figures),
        "before": _figures(report.last_year),
        "pick_up": [f"{one.net:+d}" if one.net else "0" for one in report.pick_up],
    }


# The file -------------------------------------------------------------------------------------------------------------

_COLUMNS = ("rooms_available", "rooms_sold", "occupancy_percent", "revenue", "adr", "revpar")


def _file(report: services.Report) -> HttpResponse:
    """The table with plain figures; amounts in the hotel's currency, which a column of its own names."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="report-{report.first}-{report.last}.csv"'
    windows = [one.days for one in report.pick_up]
    writer = csv.writer(answer)
    writer.writerow(
        ["date", "currency", *_COLUMNS, *(f"last_year_{name}" for name in _COLUMNS)]
        + [f"pick_up_{days}_{name}" for days in windows for name in ("booked", "given_back")]
    )
    for night in report.nights:
        picked = {one.days: one for one in night.pick_up}
        ahead = [value for days in windows for value in _came_and_went(picked.get(days))]
        writer.writerow(
            [night.date, report.currency, *_plain(night.figures), *_plain(night.last_year), *ahead],
        )
    return answer


def _came_and_went(one: services.PickUp | None) -> tuple[int | str, int | str]:
    return (one.booked, one.given_back) if one else ("", "")


def _plain(figures: services.Figures | None) -> Iterator[object]:
    for name in _COLUMNS:
        value = getattr(figures, name) if figures else None
        yield "" if value is None else value.amount if isinstance(value, Money) else value
