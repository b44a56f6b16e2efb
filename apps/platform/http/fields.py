"""Fields that bodies of several apps share: one line of text, and money."""

from typing import Any

from rest_framework import serializers

from apps.platform import money
from apps.platform.http.requests import StrictSerializer
from apps.platform.money import Money


class OneLineField(serializers.RegexField):
    """Text on one line, without characters that a mail header or a terminal obeys."""

    default_error_messages = {"invalid": "Write it on one line."}

    def __init__(self, **options: Any) -> None:
        super().__init__(r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z", **options)

    def to_internal_value(self, data: Any) -> str:
        # Before white space is trimmed: a line break at the end is one, too.
        if isinstance(data, str) and data.splitlines() not in ([], [data]):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class MoneyBody(StrictSerializer):
    """An amount, as text with at most the currency's decimals, and its ISO 4217 currency; gives a `Money`."""

    amount = serializers.RegexField(r"\A[0-9]{1,15}(\.[0-9]{1,4})?\Z", max_length=20)
    currency = serializers.CharField(min_length=3, max_length=3)

    def to_internal_value(self, data: Any) -> Money:
        given = super().to_internal_value(data)
        if not money.is_currency(given["currency"]):
            raise serializers.ValidationError({"currency": "This is no active ISO 4217 currency."})
        try:
            minor = money.to_minor(given["amount"], given["currency"])
        except ValueError as error:
            raise serializers.ValidationError({"amount": f"{error}."}) from error
        return money.from_minor(minor, given["currency"])


class SignedMoneyBody(MoneyBody):
    """An amount that may be negative: what something becomes more or less."""

    amount = serializers.RegexField(r"\A-?[0-9]{1,15}(\.[0-9]{1,4})?\Z", max_length=21)
