"""What guests said, for the staff of the hotel: to read."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from apps.accounts.services import Permission
from apps.inventory import services as inventory
from apps.platform.admin import ScopedAdmin
from apps.reviews.models import Review

_COLOURS = {"submitted": "info", "published": "success", "hidden": "danger"}


@admin.register(Review)
class ReviewAdmin(ScopedAdmin):
    """Reviews. Staff read them and never hide or delete one."""

    scope_field = "hotel_id"
    view_permission = Permission.VIEW_HOTEL
    scope_column = "hotel"
    list_display = ("created_at", "stars", "title", "guest_name", "hotel", "status")
    list_filter = ("rating", "state")
    search_fields = ("title", "text", "guest_name")
    ordering = ("-id",)
    fields = readonly_fields = ("created_at", "stars", "title", "text", "scores", "guest_name", "state")

    def complete_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        names = inventory.labels_of(hotel_ids={row.hotel_id for row in rows}).hotels if rows else {}
        for row in rows:
            row.hotel_name = names[row.hotel_id].name

    @display(description="Rating", ordering="rating")
    def stars(self, review: Review) -> str:
        return "★" * review.rating + "☆" * (5 - review.rating)

    @display(description="Hotel")
    def hotel(self, review: Any) -> str:
        return str(review.hotel_name)

    @display(description="State", label=_COLOURS, ordering="state")
    def status(self, review: Review) -> str:
        return review.state
