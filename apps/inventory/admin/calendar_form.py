"""The form beside the rate calendar: what staff type becomes changes of the calendar, and refusals its errors."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms

from apps.inventory.types import CalendarChange, PriceChange, Restriction
from apps.platform.errors import Problem
from apps.platform.money import Money

WEEKDAYS = [(str(number), name) for number, name in enumerate("Mo Tu We Th Fr Sa Su".split(), start=1)]
FLAGS = (Restriction.CLOSED_TO_ARRIVAL, Restriction.CLOSED_TO_DEPARTURE)
NUMBERS: Mapping[Restriction, str] = {
    Restriction.MIN_STAY: "Min stay, arrival",
    Restriction.MAX_STAY: "Max stay, arrival",
    Restriction.MIN_STAY_THROUGH: "Min stay, through",
    Restriction.MAX_STAY_THROUGH: "Max stay, through",
    Restriction.MIN_ADVANCE: "Min days ahead",
    Restriction.MAX_ADVANCE: "Max days ahead",
}
_PRICE = [("", "leave"), ("set", "set to"), ("percent", "+ or - percent"), ("add", "+ or - amount"), ("clear", "clear")]
_FLAG = [("", "leave"), ("set", "yes"), ("lift", "none"), ("clear", "clear")]
_NUMBER = [("", "leave"), ("set", "set to"), ("lift", "none"), ("clear", "clear")]
_MOST_ADULTS = 8
_ERRORS_SHOWN = 8
_NOT_FOR_THESE = {
    "price": "A price belongs to rate plans: choose at least one of their rows.",
    "overbooking_limit": "A limit belongs to room types: choose at least one of their rows.",
}
# Where a service points to, as the names of this form's fields.
_FIELDS = {"from": "first", "to": "last", "weekdays": "weekday", "room_type_ids": "row", "rate_plan_ids": "row"}


@dataclass(frozen=True, kw_only=True)
class RestrictionFields:
    """One restriction as the form asks for it: what is to become of it, and its number if it has one."""

    label: str
    action: forms.BoundField
    number: forms.BoundField | None


class CalendarForm(forms.Form):
    """Which nights of which rows, and what is to change. What is left alone stays as it is.

    :param rows: the keys of the calendar's rows: ids of room types, or with a slash those of their rate plans.
    """

    first = forms.DateField(label="From")
    last = forms.DateField(label="To, included")
    weekday = forms.MultipleChoiceField(choices=WEEKDAYS, required=False)
    row = forms.MultipleChoiceField(error_messages={"required": "Choose at least one row."})
    price_do = forms.ChoiceField(choices=_PRICE, required=False)
    price = forms.DecimalField(max_digits=15, required=False)
    stop_sell = forms.ChoiceField(choices=[("", "Leave"), ("1", "Stop"), ("0", "Open")], required=False)
    overbooking_limit = forms.IntegerField(required=False, min_value=0, max_value=10_000)
    override = forms.BooleanField(required=False)
    reason = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, rows: Iterable[str], currency: str, adults: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["row"].choices = [(key, key) for key in rows]  # type: ignore[attr-defined]
        self.currency = currency
        self.adults = [f"adults_{number}" for number in range(1, min(adults, _MOST_ADULTS) + 1)]
        for name in self.adults:
            self.fields[name] = forms.DecimalField(max_digits=15, required=False)
        for flag in FLAGS:
            self.fields[f"{flag}_do"] = forms.ChoiceField(choices=_FLAG, required=False)
        for number in NUMBERS:
            self.fields[f"{number}_do"] = forms.ChoiceField(choices=_NUMBER, required=False)
            self.fields[number.value] = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    # For the page

    @property
    def restrictions(self) -> Iterator[RestrictionFields]:
        """The restrictions in the order of the form, but stop-sell, which has a place of its own."""
        for flag in FLAGS:
            label = flag.replace("_", " ").capitalize()
            yield RestrictionFields(label=label, action=self[f"{flag}_do"], number=None)
        for name, label in NUMBERS.items():
            yield RestrictionFields(label=label, action=self[f"{name}_do"], number=self[name.value])

    @property
    def by_adults(self) -> Iterator[tuple[int, forms.BoundField]]:
        """The fields for the prices of 1, 2, ... adults."""
        yield from enumerate((self[name] for name in self.adults), start=1)

    @property
    def names_adults(self) -> bool:
        """Whether anything was typed there, so that the page shows it."""
        return any(self[name].value() or self[name].errors for name in self.adults)

    @property
    def touches_restrictions(self) -> bool:
        """Whether any restriction is to change, so that the page shows them."""
        fields = (field for asked in self.restrictions for field in (asked.action, asked.number) if field)
        return any(field.value() or field.errors for field in fields)

    # What is asked

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("price_do") in {"percent", "add"} and given.get("price") is None and "price" not in self.errors:
            self.add_error("price", "By how much?")
        if given.get("price_do") == "set" and given.get("price") is None and not self._adult_prices():
            self.add_error("price", "Which price?")
        for name in NUMBERS:
            if given.get(f"{name}_do") == "set" and given.get(name) is None and name not in self.errors:
                self.add_error(name, "How many?")
        if not self.errors:
            self._say_what_does_not_fit(given)
        return given

    def _say_what_does_not_fit(self, given: Mapping[str, Any]) -> None:
        rows: list[str] = given["row"]
        if given["price_do"] and not any("/" in key for key in rows):
            self.add_error("price", _NOT_FOR_THESE["price"])
        if given["overbooking_limit"] is not None and all("/" in key for key in rows):
            self.add_error("overbooking_limit", _NOT_FOR_THESE["overbooking_limit"])
        if given["override"] and not given["reason"].strip():
            self.add_error("reason", "An override has a reason.")
        if not self.errors and not self.changes():
            self.add_error(None, "Nothing is to change yet: set a price, a restriction, a limit or the sale.")

    def changes(self) -> list[CalendarChange]:
        """What is asked, as the service takes it: room types first, then their products."""
        types, products = self._rows()
        nights: dict[str, Any] = {
            "first": self.cleaned_data["first"],
            "last": self.cleaned_data["last"],
            "weekdays": frozenset(int(number) for number in self.cleaned_data["weekday"]),
        }
        changes = []
        of_types = self._limits() | self._rules(lift=None)
        if types and of_types:
            changes.append(CalendarChange(room_type_ids=types, **nights, **of_types))
        for (plans, type_is_chosen), room_types in products.items():
            of_products = self._prices() | self._rules(lift=True, within_type=type_is_chosen)
            if of_products:
                changes.append(CalendarChange(room_type_ids=room_types, rate_plan_ids=plans, **nights, **of_products))
        return changes

    @property
    def override_reason(self) -> str:
        """Why limits may go as low as what is sold allows; empty: they may not."""
        return self.cleaned_data["reason"].strip() if self.cleaned_data["override"] else ""

    def _rows(self) -> tuple[tuple[UUID, ...], Mapping[tuple[tuple[UUID, ...], bool], tuple[UUID, ...]]]:
        """The room types; and by their rate plans, and whether they are chosen themselves, those of products."""
        types: list[UUID] = []
        plans_of: dict[UUID, list[UUID]] = defaultdict(list)
        for key in self.cleaned_data["row"]:
            room_type, _, plan = key.partition("/")
            if plan:
                plans_of[UUID(room_type)].append(UUID(plan))
            else:
                types.append(UUID(room_type))
        products: dict[tuple[tuple[UUID, ...], bool], tuple[UUID, ...]] = {}
        for room_type_id, plans in plans_of.items():
            same = (tuple(plans), room_type_id in types)
            products[same] = (*products.get(same, ()), room_type_id)
        return tuple(types), products

    def _limits(self) -> dict[str, Any]:
        limit = self.cleaned_data["overbooking_limit"]
        return {} if limit is None else {"overbooking_limit": limit}

    def _prices(self) -> dict[str, Any]:
        action, amount = self.cleaned_data["price_do"], self.cleaned_data["price"]
        if action == "set":
            price = PriceChange(
                amount=None if amount is None else self._money(amount),
                by_adults=tuple(self._money(each) for each in self._adult_prices()),
            )
        elif action == "percent":
            price = PriceChange(percent=amount)
        elif action == "add":
            price = PriceChange(plus=self._money(amount))
        else:
            price = PriceChange()
        return {"price": price} if action else {}

    def _adult_prices(self) -> list[Decimal]:
        given = [self.cleaned_data.get(name) for name in self.adults]
        return [price for price in given if price is not None]

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=f"{amount:f}", currency=self.currency)

    def _rules(self, *, lift: bool | None, within_type: bool = False) -> dict[str, Any]:
        """Restrictions and stop-sell. What is set for a chosen room type is not set for its products once more.

        :param lift: whether a lifted restriction is one that is false; a room type has nothing above it to lift.
        """
        rules: dict[str, bool | int | None] = {}
        for name in (*FLAGS, *NUMBERS):
            action = self.cleaned_data[f"{name}_do"]
            if action == "set" and not within_type:
                rules[name.value] = True if name in FLAGS else self.cleaned_data[name.value]
            elif action == "lift":
                rules[name.value] = (False if name in FLAGS else 0) if lift else None
            elif action == "clear":
                rules[name.value] = None
        stop = {"1": True, "0": False}.get(self.cleaned_data["stop_sell"])
        said = {} if stop is None or (stop and within_type) else {"stop_sell": stop}
        return ({"restrictions": rules} if rules else {}) | said

    # What was refused

    def refuse(self, refusal: Problem) -> None:
        """Let each fault of a refusal stand beside the field that it is about."""
        if not refusal.items:
            self.add_error(None, _sentence(refusal.title, refusal.detail))
        told: set[tuple[str | None, str]] = set()
        for item in refusal.items:
            day = f"{item['date']}: " if "date" in item else ""
            fault = (self._field_of(str(item.get("pointer", ""))), day + str(item["detail"]))
            if fault not in told and len(told) < _ERRORS_SHOWN:
                self.add_error(*fault)
                told.add(fault)
        if len(refusal.items) > len(told):
            self.add_error(None, _sentence(refusal.title, refusal.detail))

    def _field_of(self, pointer: str) -> str | None:
        """`/changes/0/price/amount` is about the price, `/changes/1/price/by_adults/0` about that of one adult."""
        parts = [part for part in pointer.split("/") if part][2:]
        if not parts:
            return None
        if "by_adults" in parts[:2]:
            place = parts[2] if len(parts) > 2 else "0"  # noqa: PLR2004 - the place stands third
            return f"adults_{int(place) + 1}" if place.isdecimal() and int(place) < len(self.adults) else "price"
        name = parts[1] if parts[0] == "restrictions" and len(parts) > 1 else parts[0]
        for field in (_FIELDS.get(name, name), f"{name}_do"):
            if field in self.fields:
                return field
        return None


def _sentence(title: str, detail: str) -> str:
    return title if detail == title else f"{title.rstrip('.')}. {detail}"
