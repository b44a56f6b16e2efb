"""Terms as a hotelier writes them in a form: one line for each tier of a policy and each age band of children."""

import re
from collections.abc import Iterable, Sequence
from datetime import time
from decimal import Decimal

from apps.inventory.types import CancellationTier, ChildPrice, PenaltyTerms
from apps.platform.money import Money

_TIER = re.compile(
    r"(?:(?P<booking>booking)|(?P<days>\d{1,4})(?:\s*days?)?)(?:\s+(?P<at>\d{1,2}:\d{2}))?\s+(?P<penalty>\S.*)"
)
_PENALTY = re.compile(r"(?:(?P<percent>[\d.,]+)\s*%|(?P<nights>\d+)\s*nights?|(?P<amount>[\d.,]+)(?:\s*[A-Z]{3})?)")
_BAND = re.compile(r"(?P<to_age>\d{1,3})\s+(?P<amount>[\d.,]+)(?:\s*[A-Z]{3})?")

TIERS_HELP = (
    "One line for each step, the earliest first: days before arrival, the time if it is not that of check-in, and what "
    "canceling costs from then on: 7 18:00 1 night, or 1 50 %, or 0 80.00. A line that begins with the word booking "
    "counts from the booking on: booking 100 %. No line at all: canceling is always free."
)
BANDS_HELP = "One line for each age band: the last age, and what such a child pays a night: 2 0.00, or 12 15.00."


def tiers_text(tiers: Iterable[CancellationTier]) -> str:
    """A policy as `tiers_of` reads it."""
    # (Browsers send line breaks like this: a text that nobody has touched has not changed.)
    return "\r\n".join(map(_tier_text, tiers))


def _tier_text(tier: CancellationTier) -> str:
    begins = "booking" if tier.days_before is None else str(tier.days_before)
    at = f" {tier.at:%H:%M}" if tier.at else ""
    return f"{begins}{at} {penalty_text(tier.penalty)}"


def tiers_of(text: str, currency: str) -> tuple[CancellationTier, ...]:
    """The policy that somebody has written.

    :raises ValueError: with the line that cannot be read.
    """
    return tuple(_tier_of(number, line, currency) for number, line in _lines(text))


def _tier_of(number: int, line: str, currency: str) -> CancellationTier:
    found = _TIER.fullmatch(line)
    if found is None:
        raise ValueError(f"Line {number}: write it like 7 18:00 1 night, or booking 100 %.")
    try:
        at = time.fromisoformat(found["at"].zfill(5)) if found["at"] else None
        penalty = penalty_of(found["penalty"], currency)
    except ValueError as error:
        raise ValueError(f"Line {number}: {error}") from error
    return CancellationTier(days_before=int(found["days"]) if found["days"] else None, at=at, penalty=penalty)


def penalty_text(penalty: PenaltyTerms) -> str:
    """A penalty as `penalty_of` reads it."""
    if penalty.percent is not None:
        return f"{_plain(penalty.percent)} %"
    if penalty.nights is not None:
        return f"{penalty.nights} night{'s' if penalty.nights > 1 else ''}"
    return f"{penalty.amount.amount} {penalty.amount.currency}" if penalty.amount else ""


def penalty_of(text: str, currency: str) -> PenaltyTerms:
    """The penalty that somebody has written.

    :raises ValueError: if it cannot be read.
    """
    found = _PENALTY.fullmatch(text.strip())
    if found is None:
        raise ValueError("Say what it costs: 50 %, or 1 night, or 80.00.")
    if found["percent"]:
        return PenaltyTerms(percent=Decimal(number_of(found["percent"])))
    if found["nights"]:
        return PenaltyTerms(nights=int(found["nights"]))
    return PenaltyTerms(amount=money_of(found["amount"], currency))


def bands_text(bands: Sequence[ChildPrice]) -> str:
    """Age bands as `bands_of` reads them."""
    return "\r\n".join(f"{band.to_age} {band.amount.amount}" for band in bands)


def bands_of(text: str, currency: str) -> tuple[ChildPrice, ...]:
    """The age bands that somebody has written.

    :raises ValueError: with the line that cannot be read.
    """
    bands = []
    for number, line in _lines(text):
        found = _BAND.fullmatch(line)
        if found is None:
            raise ValueError(f"Line {number}: write the last age and an amount, like 12 15.00.")
        bands.append(ChildPrice(to_age=int(found["to_age"]), amount=money_of(found["amount"], currency)))
    return tuple(bands)


def money_of(text: str, currency: str) -> Money:
    """An amount that somebody has written, in this currency.

    :raises ValueError: if it is no number.
    """
    return Money(amount=number_of(text), currency=currency)


def number_of(text: str) -> str:
    """A number with a point or a comma before its decimals.

    :raises ValueError: if it is none.
    """
    number = text.replace(",", ".")
    if not re.fullmatch(r"\d{1,15}(\.\d+)?", number):
        raise ValueError(f"{text} is not a number.")
    return number


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, with their numbers."""
    lines = [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), start=1)]
    return [(number, line) for number, line in lines if line]
