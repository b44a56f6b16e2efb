"""When rooms are closed: what is typed here goes through the services."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.http import HttpRequest
from unfold.decorators import display

from apps.accounts.services import Permission
from apps.inventory import services
from apps.inventory.admin.forms import ClosureForm
from apps.inventory.models import RoomClosure
from apps.inventory.types import ClosureKind
from apps.platform.admin import ServiceFormAdmin, access


@admin.register(RoomClosure)
class RoomClosureAdmin(ServiceFormAdmin):
    """Rooms that nobody can stay in for a while."""

    scope_field = "hotel_id"
    scope_column = "hotel"
    view_permission = Permission.VIEW_HOTEL
    change_permission = Permission.MANAGE_INVENTORY
    form = ClosureForm
    list_display = ("room", "hotel", "kind", "first", "last", "reason", "in_force")
    list_filter = ("hotel", "kind", ("ended_at", EmptyFieldListFilter))
    list_select_related = ("hotel", "room")
    search_fields = ("room__number", "reason")
    ordering = ("-last", "-id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("room", "created_by", "ended_at") if obj is not None else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Who may not override is not asked why; what is new cannot have ended."""
        fields = ["room", "first", "last", "kind", "reason"]
        if self.has_change_permission(request, obj):
            if self.may(request, Permission.OVERRIDE, obj):
                fields.append("override_reason")
            if obj is not None:
                fields.append("ended")
        return fields if obj is None else [*fields, "created_by", "ended_at"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What has ended stays as it was."""
        is_over = isinstance(obj, RoomClosure) and obj.ended_at is not None
        return not is_over and super().has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "room":
            field.queryset = field.queryset.select_related("hotel", "room_type").order_by("hotel__name", "number")
            field.label_from_instance = lambda room: f"{room.number}, {room.room_type.code}, {room.hotel.name}"
        return field

    @display(description="Not ended", boolean=True)
    def in_force(self, closure: RoomClosure) -> bool:
        return closure.ended_at is None

    def write(self, request: HttpRequest, form: Any, obj: Any, *, change: bool) -> UUID:
        given = form.changes() if change else dict(form.cleaned_data)
        if "kind" in given:
            given["kind"] = ClosureKind(given["kind"])
        if not change:
            room = given.pop("room")
            given.pop("ended", None)
            return services.close_room(access=access(request), hotel_id=room.hotel_id, room_id=room.id, **given).id
        where = {"access": access(request), "hotel_id": obj.hotel_id, "room_id": obj.room_id, "closure_id": obj.id}
        ended, reason = given.pop("ended", False), given.pop("override_reason", "")
        if given:
            services.update_closure(**where, changes=services.ClosureChanges(**given), override_reason=reason)
        if ended:
            services.end_closure(**where)
        closure_id: UUID = obj.id
        return closure_id
