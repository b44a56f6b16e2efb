"""The hotels of whoever asks, with their business dates: read once for a request."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.services import Permission
from apps.inventory import services as inventory
from apps.platform.admin import access

_HOUSES = "_admin_houses"


def houses(request: HttpRequest) -> tuple[inventory.HouseToday, ...]:
    """The hotels that the reader is staff of, by name."""
    found: tuple[inventory.HouseToday, ...] | None = getattr(request, _HOUSES, None)
    if found is None:
        found = inventory.houses_today(access(request).scopes(Permission.VIEW_HOTEL))
        setattr(request, _HOUSES, found)
    return found


def business_dates(request: HttpRequest) -> Mapping[UUID, date]:
    """What day it is at each of these hotels."""
    return {house.hotel_id: house.business_date for house in houses(request)}


class HotelFilter(SimpleListFilter):
    """Rows of one hotel, of those that the reader may know."""

    title = "hotel"
    parameter_name = "hotel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(str(house.hotel_id), house.name) for house in houses(request)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if self.value() in {str(value) for value, _ in self.lookup_choices}:
            return queryset.filter(hotel_id=self.value())
        return queryset.none() if self.value() else None

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1
