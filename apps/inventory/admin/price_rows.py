"""The prices of a season as rows of a form: which product, on which days, for how much."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.inventory.admin.notation import money_of
from apps.inventory.types import SeasonRate

DAYS = tuple(enumerate(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"), start=1))
_WHOLE_WEEK = tuple(str(day) for day, _ in DAYS)
_CELLS = ("room_type", "rate_plan", "price", "by_adults")

Row = Mapping[str, Any]
Choices = Sequence[tuple[str, str]]


def rows_from(prices: Iterable[SeasonRate]) -> list[Row]:
    """The rows that show these prices."""
    return [
        {
            "room_type": str(price.room_type_id),
            "rate_plan": str(price.rate_plan_id),
            "days": tuple(map(str, price.weekdays)) or _WHOLE_WEEK,
            "price": price.price.amount,
            "by_adults": " ".join(amount.amount for amount in price.by_adults),
        }
        for price in prices
    ]


class PriceRowsWidget(forms.Widget):
    """A table with a row for each price, and one to write the next."""

    room_types: Choices = ()
    rate_plans: Choices = ()

    class Media:
        js = ("inventory/prices.js",)
        css = {"all": ("inventory/prices.css",)}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        numbers = {int(found[1]) for key in data if (found := re.fullmatch(rf"{name}-(\d{{1,6}})-\w+", key))}
        rows: list[Row] = []
        for number in sorted(numbers):
            row = {cell: str(data.get(f"{name}-{number}-{cell}", "")).strip() for cell in _CELLS}
            if row["price"] or row["by_adults"]:
                rows.append(row | {"days": tuple(data.getlist(f"{name}-{number}-days"))})
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        blank = {"days": _WHOLE_WEEK}
        context = {
            "name": name,
            "rows": [*(value or []), blank],
            "blank": blank,
            "days": DAYS,
            "room_types": self.room_types,
            "rate_plans": self.rate_plans,
        }
        return render_to_string("admin/inventory/price_rows.html", context)


class PriceRowsField(forms.Field):
    """Rows in, prices out; the currency is that of the hotel, which the form knows."""

    widget = PriceRowsWidget

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != list(data or [])

    def clean(self, value: Sequence[Row]) -> Sequence[Row]:
        return value


def prices_of(rows: Sequence[Row], currency: str) -> tuple[SeasonRate, ...]:
    """The prices that the rows say.

    :raises ValidationError: with each row that cannot be read.
    """
    prices, errors = [], []
    for number, row in enumerate(rows, start=1):
        try:
            prices.append(_price_of(row, currency))
        except ValueError as error:
            errors.append(f"Row {number}: {error}")
    if errors:
        raise ValidationError(errors)
    return tuple(prices)


def _price_of(row: Row, currency: str) -> SeasonRate:
    if not (row["room_type"] and row["rate_plan"]):
        raise ValueError("choose a room type and a rate plan.")
    if not row["days"]:
        raise ValueError("choose at least one day of the week.")
    by_adults = tuple(money_of(amount, currency) for amount in re.split(r"[\s/;]+", row["by_adults"]) if amount)
    return SeasonRate(
        room_type_id=UUID(row["room_type"]),
        rate_plan_id=UUID(row["rate_plan"]),
        # Where each number of adults has a price, that of most of them stands for all.
        price=money_of(row["price"], currency) if row["price"] else by_adults[-1],
        weekdays=tuple(int(day) for day in row["days"]),
        by_adults=by_adults,
    )
