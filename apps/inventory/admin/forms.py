"""The set-up forms: they turn what staff type into what the services take, and know no rules."""

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from apps.accounts.services import second_factor_is_required
from apps.inventory.models import Hotel, Room, RoomClosure
from apps.platform.admin import ServiceForm

_KEEPS = "Once set it can be changed, but not taken away."


class CatalogueForm(ServiceForm):
    """What all set-up forms share: archiving, and the values that were really changed."""

    may_be_cleared: tuple[str, ...] = ()
    """Fields in which nothing is a value too."""

    archived = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="No longer offered. Reservations that exist keep it, and it can be brought back.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "archived" in self.fields:
            self.fields["archived"].initial = self.instance.archived_at is not None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.instance._state.adding:  # noqa: SLF001 - Django's own way to tell a new row
            for name in self.changed_data:
                if name in cleaned and cleaned[name] is None and name not in self.may_be_cleared:
                    self.add_error(name, _KEEPS)
        return cleaned

    def changes(self) -> dict[str, Any]:
        """The values that differ from what the form showed."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


def override_reason_field() -> forms.CharField:
    """Why more may be sold than there is."""
    return forms.CharField(
        label="Sell more than there is, because",
        required=False,
        initial="",
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text="Only where more is sold than would be left: the overbooking limit of those nights rises then.",
    )


_NO_SHOW = ("no_show_cutoff", "no_show_by", "no_show_nights")


class HotelForm(CatalogueForm):
    """A hotel."""

    amenities = SimpleArrayField(
        forms.CharField(max_length=40),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Separated by commas: wifi, pool, parking.",
    )
    staff_need_second_factor = forms.BooleanField(
        label="Staff need a second factor",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Whoever works here sets up an authenticator app when they next open this admin.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "staff_need_second_factor" in self.fields and not self.instance._state.adding:  # noqa: SLF001 - as below
            self.fields["staff_need_second_factor"].initial = second_factor_is_required(self.instance.pk)

    class Meta:
        model = Hotel
        fields = (
            *("name", "description", "address", "city", "country", "latitude", "longitude", "time_zone", "currency"),
            *("check_in_time", "check_out_time", "business_day_rollover", *_NO_SHOW, "stars", "amenities"),
            "is_sandbox",
        )

    def clean_amenities(self) -> tuple[str, ...]:
        """The field gives a list; the services take what cannot change."""
        return tuple(self.cleaned_data["amenities"])


class RoomForm(CatalogueForm):
    """A room with its number; it belongs to the hotel of its room type."""

    override_reason = override_reason_field()

    class Meta:
        model = Room
        fields = ("room_type", "number", "floor", "condition")


class ClosureForm(ServiceForm):
    """When a room is closed, and why."""

    names = {"from": "first", "to": "last", "room_id": "room"}

    override_reason = override_reason_field()
    ended = forms.BooleanField(
        label="End it now",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="From today on the room is there again.",
    )

    class Meta:
        model = RoomClosure
        fields = ("room", "first", "last", "kind", "reason")

    def changes(self) -> dict[str, Any]:
        """The values that differ from what the form showed."""
        return {name: self.cleaned_data[name] for name in self.changed_data}
