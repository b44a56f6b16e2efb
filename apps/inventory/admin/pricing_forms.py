"""The forms of revenue managers: rate plans, seasons, taxes and fees. They turn text into values, and know no rules."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.inventory import selectors
from apps.inventory.admin import notation
from apps.inventory.admin.forms import CatalogueForm, override_reason_field
from apps.inventory.admin.price_rows import PriceRowsField, prices_of, rows_from
from apps.inventory.models import Charge, Hotel, RatePlan, RoomType, Season
from apps.inventory.types import (
    Adjustment,
    ChargeDue,
    ChargeKind,
    ChargePer,
    Guarantee,
    MealPlan,
    RatePlanFacts,
    Rounding,
    Visibility,
)
from apps.platform.errors import Problem
from apps.platform.money import Money, from_minor

_ALL = Decimal(100)
T = TypeVar("T")


def amount_field(help_text: str, *, label: str | None = None, signed: bool = False) -> forms.DecimalField:
    """An amount in the hotel's currency, which the service checks."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=None if signed else 0,
        max_digits=15,
        decimal_places=3,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=help_text,
    )


def notation_field(label: str, help_text: str, *, lines: int = 1) -> forms.CharField:
    """Text in one of the notations of `notation`."""
    widget = UnfoldAdminTextareaWidget(attrs={"rows": lines}) if lines > 1 else UnfoldAdminTextInputWidget()
    return forms.CharField(label=label, required=False, max_length=1000, widget=widget, help_text=help_text)


class PricingForm(CatalogueForm):
    """What these forms share: the hotel's currency, and refusals beside the fields that they are about."""

    places: Mapping[str, str] = {}
    """Where the service names a field otherwise: the beginning of its pointer, and the field here."""
    counted: Mapping[str, str] = {}
    """What the numbers after the beginning of a pointer count here."""

    @property
    def hotel(self) -> Hotel | None:
        """The hotel of the row, or the one that was chosen for it."""
        return getattr(self, "cleaned_data", {}).get("hotel") or (
            self.instance.hotel if self.instance.hotel_id else None
        )

    def money(self, amount: Decimal | None) -> Money | None:
        """An amount in the currency of the hotel."""
        return None if amount is None or self.hotel is None else Money(amount=str(amount), currency=self.hotel.currency)

    def say(self, **words: tuple[str, str]) -> None:
        """Label and help of fields that the page shows, in the words of the trade."""
        for name, (label, text) in words.items():
            if name in self.fields:
                self.fields[name].label, self.fields[name].help_text = label, text

    def read(self, name: str, reader: Callable[[str, str], T]) -> T | None:
        """What somebody has written in the field `name`."""
        if self.hotel is None:
            return None
        try:
            return reader(self.cleaned_data[name], self.hotel.currency)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        if self.refusal is not None:
            items = [self._placed(item) for item in self.refusal.items]
            self.refusal = _refusal(self.refusal, items)
        return super().clean()

    def _placed(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        pointer, detail = str(item.get("pointer", "")).strip("/"), item["detail"]
        first, _, rest = pointer.partition("/")
        number = rest.partition("/")[0]
        if first in self.counted and number.isdigit():
            detail = f"{self.counted[first]} {int(number) + 1}: {detail}"
        for beginning, field in self.places.items():
            if pointer == beginning or pointer.startswith(f"{beginning}/"):
                pointer = field
                break
        return {**item, "pointer": f"/{pointer}", "detail": detail}


def _refusal(refusal: Problem, items: list[Mapping[str, Any]]) -> Problem:
    same = type(refusal)(refusal.detail, items=items)
    same.extra = refusal.extra
    return same


class RoomTypeForm(PricingForm):
    """A room type, with its prices as people write them."""

    places = {"child_bands": "children"}
    counted = {"child_bands": "Line"}
    may_be_cleared = ("extra_adult",)

    base_rate = forms.DecimalField(
        min_value=0,
        max_digits=15,
        decimal_places=3,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="Price of a night, in the hotel's currency.",
    )
    extra_adult = amount_field("What each adult beyond those that the price is for pays a night; empty: nothing.")
    children = notation_field("Children", notation.BANDS_HELP, lines=3)
    override_reason = override_reason_field()

    class Meta:
        model = RoomType
        fields = (
            *("hotel", "code", "name", "description", "max_adults", "max_children", "room_count"),
            "included_adults",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.hotel_id and "base_rate" in self.fields:
            facts = selectors.room_type_facts(self.instance)
            self.fields["base_rate"].initial = Decimal(facts.base_rate.amount)
            self.fields["base_rate"].help_text = f"Price of a night in {facts.base_rate.currency}."
            self.fields["extra_adult"].initial = Decimal(facts.extra_adult.amount)
            self.fields["children"].initial = notation.bands_text(facts.child_bands)

    def clean_children(self) -> Any:
        return self.read("children", notation.bands_of)

    def given(self, *, change: bool) -> dict[str, Any]:
        """What the service takes: all of a new room type, of another one what was changed."""
        values = self.changes() if change else dict(self.cleaned_data)
        for name in ("base_rate", "extra_adult"):
            if name in values:
                values[name] = self.money(values[name] or Decimal(0))
        return _renamed(values, {"children": "child_bands"})


class RatePlanForm(PricingForm):
    """A rate plan: with prices of its own, or derived from another."""

    places = {
        "parent_id": "parent",
        "adjustment/percent": "adjustment_percent",
        "adjustment/amount": "adjustment_amount",
        "adjustment/rounding_step": "rounding_step",
        "adjustment": "adjustment_percent",
        "cancellation_tiers": "cancellation",
        "no_show_penalty": "no_show",
    }
    counted = {"cancellation_tiers": "Line"}
    may_be_cleared = ("adjustment_amount", "rounding_step", "no_show", "cancellation", "parent")
    plans: QuerySet[RatePlan]
    """Those that the reader may derive from; the page says which."""

    parent = forms.ModelChoiceField(
        queryset=RatePlan.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        empty_label="None: the plan has prices of its own",
        label="Derived from",
        help_text="The price is made of the price of that plan, by the adjustment below.",
    )
    adjustment_amount = amount_field("In the hotel's currency; -5 takes 5 off.", label="More or less", signed=True)
    rounding_step = amount_field("1 makes whole numbers, 5 multiples of five; empty: no rounding.", label="Round to")
    cancellation = notation_field("Canceling", notation.TIERS_HELP, lines=4)
    no_show = notation_field("Not coming", "What it costs: 100 %, or 1 night, or 80.00. Empty: as it is.")

    class Meta:
        model = RatePlan
        fields = (
            *("hotel", "code", "name", "meal_plan", "visibility", "percent"),
            *("adjustment_percent", "adjustment_per_person", "rounding"),
            *("guarantee", "prepayment_percent", "grace_hours"),
        )

    adjusting = frozenset(
        ("adjustment_percent", "adjustment_amount", "adjustment_per_person", "rounding_step", "rounding")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance._state.adding  # noqa: SLF001 - Django's own way to tell a new row
        facts = None if is_new else selectors.rate_plan_facts(self.instance)
        if "parent" in self.fields:
            self._offer_parents(facts)
        self.say(
            adjustment_percent=("More or less, in percent", "-10 is a tenth less. It comes before the amount."),
            adjustment_per_person=("For each person", "The amount counts for each person in the room."),
            rounding=("Rounding", "To the nearest: half a step goes up."),
            percent=("Percent of the base rate", "Where neither a season nor a date has a price."),
            prepayment_percent=("Prepaid percent", "Of what is not due at the property: paid before confirmation."),
            grace_hours=("Hours of grace", "After booking: canceling is free, whatever the terms say."),
        )
        for name in {"meal_plan", "visibility"} & self.fields.keys():
            field: Any = self.fields[name]
            field.choices = [(value, label.replace("_", " ")) for value, label in field.choices]
        if "cancellation" in self.fields:
            self._show(facts)

    def _offer_parents(self, facts: RatePlanFacts | None) -> None:
        field: Any = self.fields["parent"]
        plans = self.plans.select_related("hotel").order_by("hotel__name", "code")
        if facts is not None:
            below = RatePlan.objects.filter(ancestors__contains=[facts.id])
            plans = plans.filter(hotel_id=facts.hotel_id).exclude(id=facts.id).exclude(id__in=below.values("id"))
            field.initial, field.empty_label, field.required = facts.parent_id, None, True
        else:
            field.label_from_instance = lambda plan: f"{plan.hotel.name}: {plan}"
        field.queryset = plans

    def _show(self, facts: RatePlanFacts | None) -> None:
        """The terms of the plan, or for a new one those of the house, which have no currency."""
        shown = facts or selectors.rate_plan_facts(RatePlan(hotel=Hotel(currency="EUR")))
        self.fields["cancellation"].initial = notation.tiers_text(shown.cancellation_tiers)
        self.fields["no_show"].initial = notation.penalty_text(shown.no_show_penalty)
        if shown.adjustment is not None and "rounding_step" in self.fields:
            step = self.instance.rounding_step_minor
            self.fields["adjustment_amount"].initial = _amount(self.instance.adjustment_minor, self.instance.hotel)
            self.fields["rounding_step"].initial = _amount(step, self.instance.hotel) if step > 1 else None

    def clean_cancellation(self) -> Any:
        return self.read("cancellation", notation.tiers_of)

    def clean_no_show(self) -> Any:
        return self.read("no_show", notation.penalty_of) if self.cleaned_data["no_show"] else None

    def given(self, *, change: bool) -> dict[str, Any]:
        """What the service takes: all of a new plan, of another one what was changed."""
        values = self.changes() if change else dict(self.cleaned_data)
        adjusts = bool(self.adjusting & values.keys()) if change else values.get("parent") is not None
        values = {name: value for name, value in values.items() if name not in self.adjusting}
        if adjusts:
            values["adjustment"] = self._adjustment()
        if "parent" in values:
            parent = values.pop("parent")
            values["parent_id"] = parent.id if parent else None
            # (A new form proposes the whole base rate, which says nothing of a derived plan.)
            if parent and values.get("percent") == _ALL:
                values["percent"] = None
        for name, enum in (("meal_plan", MealPlan), ("visibility", Visibility), ("guarantee", Guarantee)):
            if name in values:
                values[name] = enum(values[name])
        return _renamed(values, {"cancellation": "cancellation_tiers", "no_show": "no_show_penalty"})

    def _adjustment(self) -> Adjustment:
        cleaned = self.cleaned_data
        return Adjustment(
            percent=cleaned["adjustment_percent"] or Decimal(0),
            amount=self.money(cleaned["adjustment_amount"]),
            per_person=cleaned["adjustment_per_person"],
            rounding_step=self.money(cleaned["rounding_step"]),
            rounding=Rounding(cleaned["rounding"]),
        )


class SeasonForm(PricingForm):
    """A season with its prices."""

    archived = None  # type: ignore[assignment] # seasons are taken away instead
    places = {"from": "first", "to": "last"}
    counted = {"prices": "Row"}
    room_types: QuerySet[RoomType]
    plans: QuerySet[RatePlan]
    """Those that may have prices; the page says which."""

    prices = PriceRowsField(required=False, label="Prices")

    class Meta:
        model = Season
        fields = ("hotel", "name", "first", "last")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.say(first=("First night", ""), last=("Last night", "Included."))
        if "prices" not in self.fields:
            return
        widget: Any = self.fields["prices"].widget
        room_types, plans = self.room_types.select_related("hotel"), self.plans.select_related("hotel")
        if self.instance.hotel_id:
            room_types = room_types.filter(hotel_id=self.instance.hotel_id)
            plans = plans.filter(hotel_id=self.instance.hotel_id)
            facts = selectors.season_facts(self.instance)
            self.fields["prices"].initial = rows_from(facts.prices)
        widget.room_types, widget.rate_plans = _choices(room_types), _choices(plans)

    def clean_prices(self) -> Any:
        return prices_of(self.cleaned_data["prices"], self.hotel.currency) if self.hotel else ()


class ChargeForm(PricingForm):
    """A tax or fee."""

    places = {"from": "first", "to": "last"}
    may_be_cleared = ("percent", "amount", "max_nights", "first", "last")

    amount = amount_field("In the hotel's currency, for each of what stands below. Either this or a percent.")
    on_charges = SimpleArrayField(forms.CharField(max_length=20), required=False, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = Charge
        fields = (
            *("hotel", "code", "name", "kind", "percent", "per", "inclusive", "due", "on_room", "on_charges"),
            *("exempt_under_age", "max_nights", "first", "last"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "amount" in self.fields and self.instance.hotel_id and self.instance.percent is None:
            self.fields["amount"].initial = _amount(self.instance.amount_minor, self.instance.hotel)
        self.say(
            percent=("Percent", "Of the room, of other charges, or of both. Either this or an amount."),
            per=("Per", "What an amount is taken for. A percent leaves it at stay."),
            on_room=("On the room", "A percent is taken on the prices of the nights."),
            on_charges=("On charges", "Codes of charges that a percent is taken on too, with commas between them."),
            inclusive=("In the price", "Contained in the prices of the nights, not added to them."),
            exempt_under_age=("Exempt under age", "Who is younger at arrival does not count in an amount per person."),
            max_nights=("At most nights", "Only the first nights of a stay count; empty: all of them."),
            first=("From", "The first stay date to which it applies; empty: from ever."),
            last=("To", "The last stay date to which it applies, included; empty: for ever."),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("percent") is not None and cleaned.get("amount") is not None:
            self.add_error("amount", "A charge is a percent or an amount: leave one of the two empty.")
        return cleaned

    def given(self, *, change: bool) -> dict[str, Any]:
        """What the service takes: all of a new charge, of another one what was changed."""
        values = self.changes() if change else dict(self.cleaned_data)
        if "amount" in values:
            values["amount"] = self.money(values["amount"])
        for name, enum in (("kind", ChargeKind), ("per", ChargePer), ("due", ChargeDue)):
            if name in values:
                values[name] = enum(values[name])
        if "on_charges" in values:
            values["on_charges"] = tuple(values["on_charges"] or ())
        return values


def _choices(rows: QuerySet[Any]) -> list[tuple[str, str]]:
    """Rows of a drop-down, with their hotel where there are several."""
    found = list(rows.order_by("hotel__name", "code"))
    many = len({row.hotel_id for row in found}) > 1
    return [(str(row.id), f"{row.hotel.name}: {row}" if many else str(row)) for row in found]


def _amount(minor: int, hotel: Hotel) -> Decimal:
    return Decimal(from_minor(minor, hotel.currency).amount)


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in values.items()}
