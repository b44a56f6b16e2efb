"""Amounts: exact in every currency, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.platform import money


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("129.00", "EUR", 12_900), ("129", "EUR", 12_900), ("15000", "JPY", 15_000), ("1.234", "KWD", 1_234)],
)
def test_an_amount_becomes_minor_units_of_its_currency(amount: str, currency: str, minor: int) -> None:
    assert money.to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("1.005", "EUR"), ("1.5", "JPY"), ("NaN", "EUR"), ("1e400", "EUR"), ("", "EUR"), ("Infinity", "KWD")],
)
def test_what_is_no_amount_of_the_currency_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        money.to_minor(amount, currency)


@given(minor=st.integers(-(10**15), 10**15), currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_writing_and_reading_an_amount_changes_nothing(minor: int, currency: str) -> None:
    shown = money.from_minor(minor, currency)

    assert money.to_minor(shown.amount, shown.currency) == minor
    assert len(shown.amount.partition(".")[2]) == money.exponent(currency)
