"""Who of the staff has changed what, hotel by hotel: to read. It holds ids and figures, and no names."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.accounts.services import Permission
from apps.inventory import services
from apps.platform.admin import ScopedAdmin, access
from apps.platform.models import AuditEntry


class _HotelFilter(SimpleListFilter):
    """Entries of one hotel, of those whose log the reader may see."""

    title = "hotel"
    parameter_name = "hotel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        names = services.hotel_names(access(request).scopes(Permission.VIEW_AUDIT_LOG))
        return [(str(hotel_id), name) for hotel_id, name in names.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if self.value() in {str(value) for value, _ in self.lookup_choices}:
            return queryset.filter(scope_id=self.value())
        return queryset.none() if self.value() else None

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1


class _OperationFilter(SimpleListFilter):
    """Entries of one operation."""

    title = "what was done"
    parameter_name = "operation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by("operation")
        return [(name, in_words(name)) for name in rows.values_list("operation", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        return queryset.filter(operation=self.value()) if self.value() else None


def in_words(operation: str) -> str:
    """An operation as people read it: `inventory.set_price` is "set price"."""
    return operation.partition(".")[2].replace("_", " ")


@admin.register(AuditEntry)
class AuditEntryAdmin(ScopedAdmin):
    """The audit log."""

    scope_field = "scope_id"
    view_permission = Permission.VIEW_AUDIT_LOG
    scope_column = "hotel"
    list_display = ("at", "done", "hotel", "actor", "object_kind", "object_id", "difference", "reason")
    list_filter = (_OperationFilter, "object_kind", _HotelFilter)
    date_hierarchy = "at"
    search_fields = ("=actor", "^object_id", "=request_id", "=batch", "reason")
    search_help_text = "Id of who did it, of what was changed, of the request, of the save (batch); or the reason"
    ordering = ("-id",)
    fields = readonly_fields = (
        *("at", "done", "hotel", "actor", "object_kind", "object_id", "difference", "reason", "request_id", "batch"),
    )

    def complete_rows(self, request: HttpRequest, rows: Any) -> None:
        names = services.hotel_names({row.scope_id for row in rows if row.scope_id}) if rows else {}
        for row in rows:
            row.hotel_name = names.get(row.scope_id, "")

    @display(description="Done", ordering="operation")
    def done(self, entry: AuditEntry) -> str:
        return in_words(entry.operation)

    @display(description="Hotel")
    def hotel(self, entry: Any) -> str:
        if not hasattr(entry, "hotel_name"):
            entry.hotel_name = services.hotel_names([entry.scope_id]).get(entry.scope_id, "") if entry.scope_id else ""
        return str(entry.hotel_name or "the platform")

    @display(description="Difference")
    def difference(self, entry: AuditEntry) -> SafeString:
        names = sorted(entry.before.keys() | entry.after.keys())
        lines = [(name, _shown(entry.before.get(name)), _shown(entry.after.get(name))) for name in names]
        return format_html_join(SafeString("<br>"), "{}: {} → {}", lines)


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
