"""Hotels, room types and rooms: what is typed here goes through the services, so that their rules hold."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet, TextField
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.decorators import display
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from apps.accounts.services import Permission
from apps.inventory import selectors, services
from apps.inventory.admin.calendar import calendar_view
from apps.inventory.admin.forms import HotelForm, RoomForm
from apps.inventory.admin.overbooked import overbooked_view
from apps.inventory.admin.pricing_forms import RoomTypeForm
from apps.inventory.admin.sandbox import clock_view
from apps.inventory.models import Hotel, Room, RoomType
from apps.inventory.types import RoomCondition
from apps.platform.admin import ServiceFormAdmin, access
from apps.platform.money import from_minor

_ARCHIVED = ("archived_at", EmptyFieldListFilter)


class CatalogueAdmin(ServiceFormAdmin):
    """What all pages of the set-up share."""

    view_permission: Any = Permission.VIEW_HOTEL
    change_permission: Any = Permission.MANAGE_HOTEL
    fixed_once_added: tuple[str, ...] = ()
    shown_instead: Mapping[str, str] = {"archived": "archived_at"}
    """What who only looks sees in place of fields that are made to be written in."""
    formfield_overrides = {TextField: {"widget": UnfoldAdminExpandableTextareaWidget}}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fixed_once_added if obj is not None else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The fields of the form; a new row cannot be archived yet, and who only looks sees when it was."""
        form: Any = self.form
        declared = [name for name in form.declared_fields if name not in {*form._meta.fields, "archived"}]  # noqa: SLF001
        fields = [*form._meta.fields, *declared]  # noqa: SLF001
        if "override_reason" in fields and (obj is None or not self.may(request, Permission.OVERRIDE, obj)):
            fields.remove("override_reason")
        if obj is not None and "archived" in form.declared_fields:
            fields.append("archived")
        if obj is not None and not self.has_change_permission(request, obj):
            fields = list(dict.fromkeys(self.shown_instead.get(name, name) for name in fields))
        return fields

    def choices_from(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(archived_at__isnull=True)

    @display(description="On offer", boolean=True)
    def on_offer(self, row: Any) -> bool:
        return row.archived_at is None


@admin.register(Hotel)
class HotelAdmin(CatalogueAdmin):
    """Hotels, and the calendar of their nights."""

    scope_field = "id"
    add_permission = Permission.CREATE_HOTEL
    form = HotelForm
    list_display = ("name", "city", "country", "time_zone", "currency", "rating", "on_offer")
    list_filter = ("country", _ARCHIVED)
    search_fields = ("name", "city")
    ordering = ("name", "id")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What a hotel asks of its staff is set once there is one, and shown to who may set it."""
        fields = super().get_fields(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            fields.remove("staff_need_second_factor")
        if obj is not None and "is_sandbox" in fields:
            fields.remove("is_sandbox")
        return [*fields, "sandbox"] if obj is not None and obj.is_sandbox else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), "sandbox")

    @display(description="Sandbox")
    def sandbox(self, hotel: Hotel) -> str:
        return format_html('<a href="{}">Its clock</a>', reverse("admin:inventory_clock", args=[hotel.id]))

    @display(description="Rating", ordering="rating_average")
    def rating(self, hotel: Hotel) -> str:
        return f"{hotel.rating_average} ({hotel.rating_count})" if hotel.rating_count else "none yet"

    def write(self, request: HttpRequest, form: Any, obj: Any, *, change: bool) -> UUID:
        if change:
            changes = services.HotelChanges(**form.changes())
            return services.update_hotel(access=access(request), hotel_id=obj.id, changes=changes).id
        return services.create_hotel(access=access(request), **form.cleaned_data).id

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("calendar/", self.admin_site.admin_view(self.calendar), name="inventory_calendar"),
            path("overbooked/", self.admin_site.admin_view(self.overbooked), name="inventory_overbooked"),
            path("<uuid:hotel_id>/clock/", self.admin_site.admin_view(self.clock), name="inventory_clock"),
        ]
        return [*pages, *super().get_urls()]

    def clock(self, request: HttpRequest, hotel_id: UUID) -> HttpResponse:
        """The clock of a sandbox."""
        return clock_view(self, request, hotel_id)

    def overbooked(self, request: HttpRequest) -> HttpResponse:
        """The nights of one hotel with more rooms sold than there are."""
        return overbooked_view(self, request)

    def calendar(self, request: HttpRequest) -> HttpResponse:
        """The nights of one hotel."""
        return calendar_view(self, request)


@admin.register(RoomType)
class RoomTypeAdmin(CatalogueAdmin):
    """Room types. A new one has its nights at once; fewer rooms than are sold is refused, night by night."""

    scope_field = "hotel_id"
    scope_column = "hotel"
    fixed_once_added = ("hotel",)
    form = RoomTypeForm
    shown_instead = {
        "archived": "archived_at",
        "base_rate": "price",
        "extra_adult": "price_of_extra_adult",
        "children": "prices_of_children",
    }
    list_display = ("code", "name", "hotel", "sleeps", "room_count", "price", "on_offer")
    list_filter = ("hotel", _ARCHIVED)
    list_select_related = ("hotel",)
    search_fields = ("code", "name", "hotel__name")
    ordering = ("hotel__name", "code")

    @display(description="Sleeps")
    def sleeps(self, room_type: RoomType) -> str:
        children = f" + {room_type.max_children}" if room_type.max_children else ""
        return f"{room_type.max_adults}{children}"

    @display(description="Base rate", ordering="base_rate_minor")
    def price(self, room_type: RoomType) -> str:
        rate = from_minor(room_type.base_rate_minor, room_type.hotel.currency)
        return f"{rate.amount} {rate.currency}"

    @display(description="Extra adult")
    def price_of_extra_adult(self, room_type: RoomType) -> str:
        rate = from_minor(room_type.extra_adult_minor, room_type.hotel.currency)
        return f"{rate.amount} {rate.currency}"

    @display(description="Children")
    def prices_of_children(self, room_type: RoomType) -> str:
        bands = selectors.room_type_facts(room_type).child_bands
        return ", ".join(f"up to {band.to_age} years {band.amount.amount}" for band in bands) or "free"

    def write(self, request: HttpRequest, form: Any, obj: Any, *, change: bool) -> UUID:
        given = form.given(change=change)
        if change:
            reason = given.pop("override_reason", "")
            changes = services.RoomTypeChanges(**given)
            return services.update_room_type(
                access=access(request),
                hotel_id=obj.hotel_id,
                room_type_id=obj.id,
                changes=changes,
                override_reason=reason,
            ).id
        return services.add_room_type(access=access(request), hotel_id=given.pop("hotel").id, **given).id


@admin.register(Room)
class RoomAdmin(CatalogueAdmin):
    """Physical rooms."""

    scope_field = "hotel_id"
    scope_column = "hotel"
    form = RoomForm
    list_display = ("number", "room_type", "hotel", "floor", "condition", "on_offer")
    list_filter = ("hotel", "room_type", "condition", _ARCHIVED)
    list_select_related = ("hotel", "room_type")
    search_fields = ("number", "room_type__code", "room_type__name")
    ordering = ("hotel__name", "number")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and not self._has_one_scope(request):
            field.queryset = field.queryset.select_related("hotel")
            field.label_from_instance = lambda room_type: f"{room_type.hotel.name}: {room_type}"
        return field

    def write(self, request: HttpRequest, form: Any, obj: Any, *, change: bool) -> UUID:
        given = form.changes() if change else dict(form.cleaned_data)
        if "room_type" in given:
            given["room_type_id"] = given.pop("room_type").id
        if "condition" in given:
            given["condition"] = RoomCondition(given["condition"])
        if change:
            reason = given.pop("override_reason", "")
            changes = services.RoomChanges(**given)
            return services.update_room(
                access=access(request), hotel_id=obj.hotel_id, room_id=obj.id, changes=changes, override_reason=reason
            ).id
        given.pop("condition", None)
        return services.add_room(access=access(request), hotel_id=obj.room_type.hotel_id, **given).id

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A new room is clean; its condition is set later."""
        return [name for name in super().get_fields(request, obj) if obj is not None or name != "condition"]
