"""Rate plans, seasons, taxes and fees: what is typed here goes through the services, so that their rules hold."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.accounts.services import Permission
from apps.inventory import selectors, services
from apps.inventory.admin import notation
from apps.inventory.admin.catalogue import CatalogueAdmin
from apps.inventory.admin.price_rows import DAYS
from apps.inventory.admin.pricing_forms import ChargeForm, RatePlanForm, SeasonForm
from apps.inventory.models import Charge, RatePlan, RoomType, Season
from apps.platform.admin import access
from apps.platform.money import from_minor

_ARCHIVED = ("archived_at", EmptyFieldListFilter)
_BREAK = SafeString("<br>")
Fieldsets = Sequence[tuple[str | None, dict[str, Any]]]


class PricingAdmin(CatalogueAdmin):
    """Pages in sections, each with the fields of it that the page shows."""

    sections: Sequence[tuple[str | None, tuple[str, ...]]] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Fieldsets:
        fields = self.get_fields(request, obj)
        sorted_in = {name for _, names in self.sections for name in names}
        sections: list[tuple[str | None, dict[str, Any]]] = []
        for title, names in self.sections:
            shown = [name for name in fields if name in names]
            if shown:
                sections.append((title, {"fields": sorted(shown, key=names.index)}))
        left = [name for name in fields if name not in sorted_in]
        return [*sections, (None, {"fields": left})] if left else sections


@admin.register(RatePlan)
class RatePlanAdmin(PricingAdmin):
    """Rate plans."""

    scope_field = "hotel_id"
    scope_column = "hotel"
    change_permission = Permission.MANAGE_RATES
    fixed_once_added = ("hotel",)
    form = RatePlanForm
    list_display = ("code", "name", "hotel", "meals", "price_rule", "visibility", "on_offer")
    list_filter = ("hotel", "meal_plan", "visibility", _ARCHIVED)
    list_select_related = ("hotel",)
    search_fields = ("code", "name")
    ordering = ("hotel__name", "code")
    sections = (
        (None, ("hotel", "code", "name", "meal_plan", "visibility")),
        (
            "Price",
            (
                *("price_rule", "percent", "parent", "adjustment_percent", "adjustment_amount"),
                *("adjustment_per_person", "rounding_step", "rounding"),
            ),
        ),
        (
            "Terms",
            ("guarantee", "prepayment_percent", "grace_hours", "cancellation", "no_show", "canceling", "not_coming"),
        ),
    )
    shown_instead = {
        "parent": "price_rule",
        "percent": "price_rule",
        "cancellation": "canceling",
        "no_show": "not_coming",
        "archived": "archived_at",
    } | dict.fromkeys(RatePlanForm.adjusting, "price_rule")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A plan with prices of its own derives from none, and stays so; a new one may be either."""
        fields = super().get_fields(request, obj)
        if obj is not None and obj.ancestors:
            return [name for name in fields if name != "percent"]
        if obj is not None:
            return [name for name in fields if name != "parent" and name not in RatePlanForm.adjusting]
        return fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.plans = self.scoped(request, RatePlan.objects.all(), self.change_permission)
        return form

    def complete_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        parents = {row.ancestors[-1] for row in rows if row.ancestors}
        codes = dict(RatePlan.objects.filter(id__in=parents).values_list("id", "code")) if parents else {}
        for row in rows:
            row.parent_code = codes.get(row.ancestors[-1]) if row.ancestors else None

    @display(description="Meals", ordering="meal_plan")
    def meals(self, plan: RatePlan) -> str:
        return plan.meal_plan.replace("_", " ")

    @display(description="Price")
    def price_rule(self, plan: Any) -> str:
        if not plan.ancestors:
            return f"{_plain(plan.percent)} % of the base rate"
        if not hasattr(plan, "parent_code"):
            self.complete_rows(HttpRequest(), [plan])
        parts = []
        if plan.adjustment_percent:
            parts.append(f"{_signed(_plain(plan.adjustment_percent))} %")
        if plan.adjustment_minor:
            amount = from_minor(plan.adjustment_minor, plan.hotel.currency).amount
            parts.append(_signed(amount) + (" for each person" if plan.adjustment_per_person else ""))
        return ", ".join([plan.parent_code, *parts]) if parts else f"as {plan.parent_code}"

    @display(description="Canceling")
    def canceling(self, plan: RatePlan) -> SafeString:
        lines = notation.tiers_text(selectors.rate_plan_facts(plan).cancellation_tiers).splitlines()
        return format_html_join(_BREAK, "{}", ((line,) for line in lines or ["always free"]))

    @display(description="Not coming")
    def not_coming(self, plan: RatePlan) -> str:
        return notation.penalty_text(selectors.rate_plan_facts(plan).no_show_penalty)

    def write(self, request: HttpRequest, form: Any, obj: Any, *, change: bool) -> UUID:
        given = form.given(change=change)
        if change:
            changes = services.RatePlanChanges(**given)
            return services.update_rate_plan(
                access=access(request), hotel_id=obj.hotel_id, rate_plan_id=obj.id, changes=changes
            ).id
        return services.add_rate_plan(access=access(request), hotel_id=given.pop("hotel").id, **given).id


@admin.register(Season)
class SeasonAdmin(PricingAdmin):
    """Seasons with their prices."""

    scope_field = "hotel_id"
    scope_column = "hotel"
    change_permission = Permission.MANAGE_RATES
    fixed_once_added = ("hotel",)
    form = SeasonForm
    list_display = ("name", "hotel", "first", "last", "priced")
    list_filter = ("hotel",)
    list_select_related = ("hotel",)
    search_fields = ("name",)
    ordering = ("hotel__name", "first")
    sections = ((None, ("hotel", "name", "first", "last")), ("Prices", ("prices", "all_prices")))
    shown_instead = {"prices": "all_prices"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("prices__room_type", "prices__rate_plan")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.room_types = self.scoped(request, RoomType.objects.filter(archived_at=None), self.change_permission)
        plans = RatePlan.objects.filter(archived_at=None, ancestors=[])
        form.plans = self.scoped(request, plans, self.change_permission)
        return form

    @display(description="Products with a price")
    def priced(self, season: Season) -> str:
        products = {f"{price.room_type.code}/{price.rate_plan.code}" for price in season.prices.all()}
        return ", ".join(sorted(products)) or "none"

    @display(description="Prices")
    def all_prices(self, season: Season) -> SafeString:
        names = {price.room_type_id: price.room_type.code for price in season.prices.all()}
        names |= {price.rate_plan_id: price.rate_plan.code for price in season.prices.all()}
        days = dict(DAYS)
        lines = (
            (
                f"{names[rate.room_type_id]}/{names[rate.rate_plan_id]}",
                " ".join(days[day] for day in rate.weekdays),
                rate.price.amount,
                " / ".join(amount.amount for amount in rate.by_adults),
            )
            for rate in selectors.season_facts(season).prices
        )
        return format_html_join(_BREAK, "{}, {}: {} {}", lines)

    def write(self, request: HttpRequest, form: Any, obj: Any, *, change: bool) -> UUID:
        given = dict(form.cleaned_data)
        if change:
            return services.replace_season(access=access(request), hotel_id=obj.hotel_id, season_id=obj.id, **given).id
        return services.add_season(access=access(request), hotel_id=given.pop("hotel").id, **given).id

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A season is not archived but taken away: the audit log keeps its prices."""
        return self.may(request, self.change_permission, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return [str(season) for season in objs], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: Season) -> None:
        services.remove_season(access=access(request), hotel_id=obj.hotel_id, season_id=obj.id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Season]) -> None:
        for season in queryset:
            self.delete_model(request, season)


@admin.register(Charge)
class ChargeAdmin(PricingAdmin):
    """Taxes and fees."""

    scope_field = "hotel_id"
    scope_column = "hotel"
    fixed_once_added = ("hotel",)
    form = ChargeForm
    list_display = ("code", "name", "hotel", "kind", "takes", "contained", "due_when", "first", "last", "on_offer")
    list_filter = ("hotel", "kind", _ARCHIVED)
    list_select_related = ("hotel",)
    search_fields = ("code", "name")
    ordering = ("hotel__name", "code", "first")
    sections = (
        (None, ("hotel", "code", "name", "kind")),
        ("How much", ("percent", "amount", "per", "takes", "inclusive", "on_room", "on_charges")),
        ("Of whom and when", ("exempt_under_age", "max_nights", "first", "last", "due")),
    )
    shown_instead = {"amount": "takes", "percent": "takes", "per": "takes", "archived": "archived_at"}

    @display(description="Takes")
    def takes(self, charge: Charge) -> str:
        if charge.percent is None:
            money = from_minor(charge.amount_minor, charge.hotel.currency)
            return f"{money.amount} {money.currency} per {charge.per.replace('_', ' and ')}"
        on = (["room"] if charge.on_room else []) + charge.on_charges
        return f"{_plain(charge.percent)} % of {', '.join(on)}"

    @display(description="In the price", boolean=True, ordering="inclusive")
    def contained(self, charge: Charge) -> bool:
        return charge.inclusive

    @display(description="Due", ordering="due")
    def due_when(self, charge: Charge) -> str:
        return charge.due.replace("_", " ")

    def write(self, request: HttpRequest, form: Any, obj: Any, *, change: bool) -> UUID:
        given = form.given(change=change)
        if change:
            changes = services.ChargeChanges(**given)
            return services.update_charge(
                access=access(request), hotel_id=obj.hotel_id, charge_id=obj.id, changes=changes
            ).id
        return services.add_charge(access=access(request), hotel_id=given.pop("hotel").id, **given).id


def _plain(number: Decimal) -> str:
    return f"{Decimal(number).normalize():f}"


def _signed(number: str) -> str:
    return number if number.startswith("-") else f"+{number}"
