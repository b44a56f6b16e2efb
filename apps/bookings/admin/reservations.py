"""The front desk's lists: room stays by what is due on the hotel's business date."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from unfold.decorators import display

from apps.accounts.services import Permission
from apps.bookings import policies, selectors
from apps.bookings.admin.arrivals import assign_arrivals_view
from apps.bookings.admin.bookings import STATUS_COLOURS, in_words, on_paper
from apps.bookings.admin.chart_stay import stay_view
from apps.bookings.admin.housekeeping import housekeeping_view
from apps.bookings.admin.houses import HotelFilter, business_dates
from apps.bookings.admin.reports import reports_view
from apps.bookings.admin.tape_chart import chart_view
from apps.bookings.admin.transitions import OF_ROOMS, TRANSITIONS, page_of
from apps.bookings.models import Reservation
from apps.bookings.selectors import DeskList
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform.admin import ScopedAdmin

DESK_LISTS = {
    DeskList.ARRIVALS: "Arrivals left",
    DeskList.DEPARTURES: "Departures left",
    DeskList.IN_HOUSE: "In house",
    DeskList.LATE_ARRIVALS: "Arrivals of earlier days",
    DeskList.LATE_DEPARTURES: "Overdue departures",
}


def list_of(desk: DeskList, hotel_id: object = None) -> str:
    """The address of a list, of one hotel or of all that one has."""
    query = {"desk": desk.value} | ({"hotel": str(hotel_id)} if hotel_id else {})
    return f"{reverse('admin:bookings_reservation_changelist')}?{urlencode(query)}"


class DeskFilter(SimpleListFilter):
    """What is due at the desk today, by each hotel's own date."""

    title = "front desk"
    parameter_name = "desk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(desk.value, label) for desk, label in DESK_LISTS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> QuerySet[Reservation] | None:
        if self.value() not in set(DeskList):
            return None
        return selectors.on_desk_list(queryset, DeskList(str(self.value())), today=business_dates(request))


@admin.register(Reservation)
class ReservationAdmin(ScopedAdmin):
    """Room stays. The page of one is that of its booking."""

    scope_field = "hotel_id"
    view_permission = Permission.VIEW_BOOKINGS
    scope_column = "hotel"

    list_display = ("number", "guest", "room_type", "hotel", "arrives", "departs", "state", "desk")
    list_filter = (DeskFilter, "status", HotelFilter)
    list_select_related = ("booking",)
    search_fields = ("^booking__confirmation_number", "guest_name", "booking__booker_name", "booking__booker_email")
    search_help_text = "Number, name or e-mail address"
    ordering = ("arrival", "id")
    actions = ("check_in", "check_out", "no_show")
    list_before_template = "admin/bookings/desk_lists.html"

    def has_manage_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Permission.MANAGE_BOOKINGS, obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        pages = [
            path("chart/", view(self.chart), name="bookings_tape_chart"),
            path("chart/<uuid:reservation_id>/", view(self.stay), name="bookings_chart_stay"),
            path("reports/", view(self.reports), name="bookings_reports"),
            path("housekeeping/", view(self.housekeeping), name="bookings_housekeeping"),
            path("assign-arrivals/", view(self.assign_arrivals), name="bookings_assign_arrivals"),
        ]
        return [*pages, *super().get_urls()]

    def chart(self, request: HttpRequest) -> HttpResponse:
        """The rooms of one hotel by dates."""
        return chart_view(self, request)

    def stay(self, request: HttpRequest, reservation_id: UUID) -> HttpResponse:
        """The page behind a bar of that chart."""
        return stay_view(self, request, reservation_id)

    def reports(self, request: HttpRequest) -> HttpResponse:
        """What one hotel sells, drawn and as a table."""
        return reports_view(self, request)

    def housekeeping(self, request: HttpRequest) -> HttpResponse:
        """How the rooms of one hotel were left."""
        return housekeeping_view(self, request)

    def assign_arrivals(self, request: HttpRequest) -> HttpResponse:
        """Rooms for all who arrive at one hotel today, from the button on the first screen."""
        return assign_arrivals_view(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        desk = request.GET.get("desk", "")
        title = DESK_LISTS[DeskList(desk)] if desk in set(DeskList) else "All stays"
        lists = [
            {"label": label, "link": list_of(listed, request.GET.get("hotel")), "is_shown": listed == desk}
            for listed, label in DESK_LISTS.items()
        ]
        context = {"title": title, "desk_lists": lists} | (extra_context or {})
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """A room is shown on the page of its booking."""
        stay = self.get_object(request, object_id)
        if stay is None:
            raise Http404
        page = reverse("admin:bookings_booking_change", args=[stay.booking_id])
        return HttpResponseRedirect(f"{page}#room-{stay.position}")

    def complete_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        if not rows:
            return
        labels = inventory.labels_of(
            hotel_ids={row.hotel_id for row in rows}, room_type_ids={row.room_type_id for row in rows}
        )
        for row in rows:
            row.hotel_name = labels.hotels[row.hotel_id].name
            row.business_date = labels.hotels[row.hotel_id].business_date
            row.room_type_name = labels.room_types[row.room_type_id].name
            row.back = request.get_full_path() if self.has_manage_permission(request, row) else ""

    @display(description="Number", ordering="booking__confirmation_number")
    def number(self, stay: Reservation) -> str:
        return f"{stay.booking.confirmation_number}-{stay.position}"

    @display(description="Guest", ordering="guest_name")
    def guest(self, stay: Reservation) -> str:
        return stay.guest_name

    @display(description="Arrival", ordering="arrival")
    def arrives(self, stay: Any) -> str:
        return on_paper(stay.arrival, today=stay.business_date)

    @display(description="Departure", ordering="departure")
    def departs(self, stay: Any) -> str:
        return on_paper(stay.departure, today=stay.business_date)

    @display(description="Room type")
    def room_type(self, stay: Any) -> str:
        return str(stay.room_type_name)

    @display(description="Hotel")
    def hotel(self, stay: Any) -> str:
        return str(stay.hotel_name)

    @display(description="Status", label=STATUS_COLOURS, ordering="status")
    def state(self, stay: Reservation) -> str:
        return in_words(stay.status)

    @display(description="At the desk")
    def desk(self, stay: Any) -> str:
        """What can be done now, one button each."""
        actions = [action for action in policies.actions_on(Status(stay.status)) if action in OF_ROOMS]
        if not stay.back or stay.arrival > stay.business_date:
            actions = []
        buttons = format_html_join(
            "",
            '<a class="desk-button" href="{}">{}</a>',
            ((page_of(action.value, [stay.id], back=stay.back), TRANSITIONS[action.value].title) for action in actions),
        )
        return format_html('<span class="desk-buttons">{}</span>', buttons) if actions else ""

    # Commands

    @admin.action(description="Check in", permissions=["manage"])
    def check_in(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> HttpResponse:
        return self._ask(request, Action.CHECK_IN, queryset)

    @admin.action(description="Check out", permissions=["manage"])
    def check_out(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> HttpResponse:
        return self._ask(request, Action.CHECK_OUT, queryset)

    @admin.action(description="Record as no-show", permissions=["manage"])
    def no_show(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> HttpResponse:
        return self._ask(request, Action.NO_SHOW, queryset)

    def _ask(self, request: HttpRequest, action: Action, stays: QuerySet[Reservation]) -> HttpResponse:
        ids = list(stays.order_by("arrival", "id").values_list("id", flat=True))
        return HttpResponseRedirect(page_of(action.value, ids, back=request.get_full_path()))
