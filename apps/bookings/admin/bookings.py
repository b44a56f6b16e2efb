"""The list of bookings and the page of one: to read, with the commands as actions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import display

from apps.accounts.services import Permission
from apps.bookings import policies, selectors, services
from apps.bookings.admin.amending import amend_view, button_to_amend
from apps.bookings.admin.houses import HotelFilter, business_dates
from apps.bookings.admin.money import money_of, money_view
from apps.bookings.admin.transitions import OF_ROOMS, TRANSITIONS, page_of, transition_view
from apps.bookings.models import Booking, Reservation
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform.admin import ScopedAdmin
from apps.platform.money import from_minor

RUNS_OUT_WITHIN = timedelta(minutes=5)
STATUS_COLOURS = {
    "pending": "warning",
    "confirmed": "info",
    "checked in": "success",
    "checked out": "default",
    "canceled": "danger",
    "expired": "default",
    "no show": "danger",
}


def in_words(status: str) -> str:
    """A status as people read it."""
    return status.replace("_", " ")


def on_paper(day: date, *, today: date | None = None) -> str:
    """A date as lists show it; within the year of `today` without the year."""
    year = "" if today is not None and day.year == today.year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%b}{year}"


class StatusFilter(SimpleListFilter):
    """Bookings with a room in this state; the pending ones also by how soon they give their rooms back."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        ending = ("ending", f"pending, runs out within {RUNS_OUT_WITHIN.seconds // 60} minutes")
        return [ending, *((status.value, in_words(status)) for status in Status)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Booking]) -> QuerySet[Booking] | None:
        if not self.value():
            return None
        if self.value() == "ending":
            return selectors.holds_running_out(queryset, within=RUNS_OUT_WITHIN)
        return selectors.narrowed(queryset, status=self.value())


class ArrivalFilter(SimpleListFilter):
    """Bookings with a room that is taken on these days, counted from each hotel's business date."""

    title = "arrival"
    parameter_name = "arrival"
    _days: Mapping[str, tuple[str, Callable[[date], Q]]] = {
        "today": ("today", lambda today: Q(arrival=today)),
        "tomorrow": ("tomorrow", lambda today: Q(arrival=today + timedelta(days=1))),
        "week": ("the next seven days", lambda today: Q(arrival__gte=today, arrival__lt=today + timedelta(days=7))),
        "later": ("later", lambda today: Q(arrival__gte=today + timedelta(days=7))),
        "past": ("past", lambda today: Q(arrival__lt=today)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self._days.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Booking]) -> QuerySet[Booking] | None:
        if self.value() not in self._days:
            return None
        condition = selectors.where_local(self._days[str(self.value())][1], today=business_dates(request))
        return queryset.filter(id__in=Reservation.objects.filter(condition).values("booking_id"))


@admin.register(Booking)
class BookingAdmin(ScopedAdmin):
    """Bookings."""

    scope_field = "hotel_id"
    view_permission = Permission.VIEW_BOOKINGS
    scope_column = "hotel"

    list_display = ("number", "booker", "hotel", "arrival", "departure", "rooms", "state", "total")
    list_filter = (StatusFilter, ArrivalFilter, HotelFilter)
    search_fields = ("^confirmation_number", "booker_name", "booker_email", "reservations__guest_name")
    search_help_text = "Number, name or e-mail address"
    ordering = ("-id",)
    fields = readonly_fields = ("confirmation_number",)
    actions = ("confirm", "cancel", "check_in", "check_out")
    change_form_template = "admin/bookings/booking.html"

    # Walls

    def has_manage_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Permission.MANAGE_BOOKINGS, obj)

    # The list

    def complete_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        prefetch_related_objects(rows, "reservations")
        hotels = inventory.labels_of(hotel_ids={row.hotel_id for row in rows}).hotels if rows else {}
        for row in rows:
            row.hotel_name = hotels[row.hotel_id].name
            row.stays = sorted(row.reservations.all(), key=lambda stay: stay.position)

    @display(description="Number")
    def number(self, booking: Booking) -> str:
        return booking.confirmation_number

    @display(description="Booker", ordering="booker_name")
    def booker(self, booking: Booking) -> str:
        return booking.booker_name

    @display(description="Hotel")
    def hotel(self, booking: Any) -> str:
        return str(booking.hotel_name)

    @display(description="Arrival")
    def arrival(self, booking: Any) -> str:
        stays: list[Reservation] = booking.stays
        return on_paper(min(stay.arrival for stay in stays))

    @display(description="Departure")
    def departure(self, booking: Any) -> str:
        stays: list[Reservation] = booking.stays
        return on_paper(max(stay.departure for stay in stays))

    @display(description="Rooms")
    def rooms(self, booking: Any) -> int:
        return len(booking.stays)

    @display(description="Status", label=STATUS_COLOURS)
    def state(self, booking: Any) -> str:
        return in_words(policies.booking_status([Status(stay.status) for stay in booking.stays]))

    @display(description="Total")
    def total(self, booking: Booking) -> str:
        total = from_minor(booking.total_minor, booking.currency)
        return f"{total.amount} {total.currency}"

    # Commands

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.transition)
        page = path("do/<slug:action>/", view, name="bookings_transition")
        amend = path("<uuid:booking_id>/amend/", self.admin_site.admin_view(self.amend), name="bookings_amend")
        money = self.admin_site.admin_view(self.money)
        money_page = path("<uuid:booking_id>/money/<slug:deed>/", money, name="bookings_money")
        return [page, amend, money_page, *super().get_urls()]

    def amend(self, request: HttpRequest, booking_id: UUID) -> HttpResponse:
        """The page on which a booking is changed."""
        return amend_view(self, request, booking_id)

    def money(self, request: HttpRequest, booking_id: UUID, deed: str) -> HttpResponse:
        """The page that asks before cash is written down or money is given back."""
        return money_view(self, request, booking_id, deed)

    def transition(self, request: HttpRequest, action: str) -> HttpResponse:
        """The page that asks before bookings or rooms move."""
        return transition_view(self, request, action)

    @admin.action(description="Confirm", permissions=["manage"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse:
        return self._ask(request, Action.CONFIRM, queryset)

    @admin.action(description="Cancel", permissions=["manage"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse:
        return self._ask(request, Action.CANCEL, queryset)

    @admin.action(description="Check in all rooms", permissions=["manage"])
    def check_in(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse:
        return self._ask(request, Action.CHECK_IN, queryset)

    @admin.action(description="Check out all rooms", permissions=["manage"])
    def check_out(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse:
        return self._ask(request, Action.CHECK_OUT, queryset)

    def _ask(self, request: HttpRequest, action: Action, bookings: QuerySet[Booking]) -> HttpResponse:
        ids: list[UUID] = list(bookings.order_by("id").values_list("id", flat=True))
        if TRANSITIONS[action.value].of_rooms:
            ids = _rooms_that_can(action, ids)
        return HttpResponseRedirect(page_of(action.value, ids, back=request.get_full_path()))

    # The page of one booking

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        booking = kwargs.get("obj")
        if booking is not None:
            view = services.get_booking(booking.id)
            manages = self.has_manage_permission(request, booking)
            here = reverse("admin:bookings_booking_change", args=[booking.id])
            context |= {
                "booking": view,
                "status_colours": STATUS_COLOURS,
                "money": money_of(booking.id, manages=manages),
                "commands": [*button_to_amend(view), *_commands(view.actions, view.id, here)] if manages else [],
                "rooms": [
                    {"stay": room, "commands": _room_commands(view, room, here) if manages else []}
                    for room in view.reservations
                ],
            }
        return super().render_change_form(request, context, *args, **kwargs)


def _rooms_that_can(action: Action, booking_ids: Sequence[UUID]) -> list[UUID]:
    """The rooms of these bookings on which `action` is possible; where it is on none, all: the command says why not."""
    rooms = Reservation.objects.filter(booking_id__in=booking_ids).order_by("booking_id", "position")
    stays = list(rooms.values_list("id", "status"))
    return [id_ for id_, status in stays if action in policies.actions_on(Status(status))] or [id_ for id_, _ in stays]


def _room_actions(room: services.ReservationView) -> list[Action]:
    return [action for action in room.actions if action in OF_ROOMS]


def _room_commands(booking: services.BookingView, room: services.ReservationView, back: str) -> list[dict[str, Any]]:
    amend = button_to_amend(booking, room) if len(booking.reservations) > 1 else []
    return [*amend, *_commands(_room_actions(room), room.id, back)]


def _commands(actions: Iterable[Action], id_: UUID, back: str) -> list[dict[str, Any]]:
    """The buttons of a page: what can be done now, and where it is asked."""
    return [
        {"transition": TRANSITIONS[action.value], "link": page_of(action.value, [id_], back=back)}
        for action in actions
        if action.value in TRANSITIONS
    ]
