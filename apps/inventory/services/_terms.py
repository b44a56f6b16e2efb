"""Prices and terms as staff write them, checked and turned into what is stored."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from apps.inventory import policies
from apps.inventory.services._checks import fault, minor_of
from apps.inventory.types import (
    Adjustment,
    CancellationTier,
    ChildPrice,
    Penalty,
    PenaltyTerms,
    PolicyTier,
)
from apps.platform.errors import Invalid

MAX_TIERS = 10
MAX_DAYS_BEFORE = 365
MAX_CHANGE = Decimal(1000)
_WHOLE = 100


def adjustment_columns(adjustment: Adjustment, currency: str) -> dict[str, Any]:
    """The columns that say how a derived plan makes its price.

    :raises Invalid: naming what cannot be right.
    """
    if not -_WHOLE <= adjustment.percent <= MAX_CHANGE:
        _refuse("/adjustment/percent", f"-{_WHOLE} to {MAX_CHANGE}.")
    amount = adjustment.amount
    amount_minor = 0 if amount is None else minor_of(amount, currency, "/adjustment/amount", signed=True)
    step = adjustment.rounding_step
    step_minor = 1 if step is None else minor_of(step, currency, "/adjustment/rounding_step")
    if step_minor < 1:
        _refuse("/adjustment/rounding_step/amount", "A price is rounded to something above zero.")
    return {
        "adjustment_percent": adjustment.percent,
        "adjustment_minor": amount_minor,
        "adjustment_per_person": adjustment.per_person,
        "rounding_step_minor": step_minor,
        "rounding": adjustment.rounding.value,
    }


def stored_penalty(given: PenaltyTerms, currency: str, pointer: str) -> Penalty:
    """A penalty in minor units.

    :raises Invalid: naming what cannot be right.
    """
    if sum(value is not None for value in (given.percent, given.nights, given.amount)) != 1:
        _refuse(pointer, "A penalty is a percent, a number of nights or an amount.")
    if given.percent is not None and not 0 <= given.percent <= _WHOLE:
        _refuse(f"{pointer}/percent", f"0 to {_WHOLE}.")
    if given.nights is not None and not 1 <= given.nights <= policies.MAX_NIGHTS:
        _refuse(f"{pointer}/nights", f"1 to {policies.MAX_NIGHTS}.")
    amount_minor = None if given.amount is None else minor_of(given.amount, currency, f"{pointer}/amount")
    return Penalty(percent=given.percent, nights=given.nights, amount_minor=amount_minor)


def stored_tiers(given: Sequence[CancellationTier], currency: str) -> list[dict[str, Any]]:
    """The tiers of a policy as they are stored.

    :raises Invalid: naming each tier that cannot be right.
    """
    if len(given) > MAX_TIERS:
        _refuse("/cancellation_tiers", f"At most {MAX_TIERS}.")
    tiers = []
    for position, tier in enumerate(given):
        pointer = f"/cancellation_tiers/{position}"
        if tier.days_before is not None and not 0 <= tier.days_before <= MAX_DAYS_BEFORE:
            _refuse(f"{pointer}/days_before", f"0 to {MAX_DAYS_BEFORE}.")
        if tier.days_before is None and tier.at is not None:
            _refuse(f"{pointer}/at", "A tier that begins with the booking has no time.")
        penalty = stored_penalty(tier.penalty, currency, f"{pointer}/penalty")
        tiers.append(PolicyTier(days_before=tier.days_before, at=tier.at, penalty=penalty))
    faults = [fault(f"/cancellation_tiers/{position}", detail) for position, detail in policies.faults_of(tiers)]
    if faults:
        raise Invalid("The cancellation policy is not valid.", items=faults)
    return policies.tiers_json(tiers)


def stored_bands(given: Sequence[ChildPrice], currency: str) -> list[dict[str, int]]:
    """What children pay by age, as it is stored.

    :raises Invalid: naming the first band that cannot be right.
    """
    bands: list[dict[str, int]] = []
    for position, band in enumerate(given):
        pointer = f"/child_bands/{position}"
        if not 0 <= band.to_age <= policies.MAX_CHILD_AGE:
            _refuse(f"{pointer}/to_age", f"0 to {policies.MAX_CHILD_AGE}.")
        if bands and band.to_age <= bands[-1]["to_age"]:
            _refuse(f"{pointer}/to_age", "Each band ends at a higher age than the one before it.")
        bands.append({"to_age": band.to_age, "amount_minor": minor_of(band.amount, currency, f"{pointer}/amount")})
    return bands


def _refuse(pointer: str, detail: str) -> None:
    raise Invalid(detail, items=[fault(pointer, detail)])
