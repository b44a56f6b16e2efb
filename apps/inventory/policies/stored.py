"""How rules are stored in JSON columns, and read back."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from apps.inventory.policies.terms import DEFAULT_NO_SHOW, DEFAULT_TIERS
from apps.inventory.types import (
    ChargeDue,
    ChargeKind,
    ChargePer,
    ChargeRule,
    ChildBand,
    Guarantee,
    OccupancyRule,
    Penalty,
    PlanTerms,
    PolicyTier,
    RateAdjustment,
    Rounding,
)

Json = Mapping[str, Any]


def penalty_json(penalty: Penalty) -> dict[str, Any]:
    """A penalty as it is stored: its one kind with its number; a percent is text, so that it stays exact."""
    if penalty.percent is not None:
        return {"percent": str(penalty.percent)}
    if penalty.nights is not None:
        return {"nights": penalty.nights}
    return {"amount_minor": penalty.amount_minor}


def penalty_from(stored: Json) -> Penalty:
    """The penalty that `penalty_json` has stored."""
    percent = stored.get("percent")
    return Penalty(
        percent=None if percent is None else Decimal(percent),
        nights=stored.get("nights"),
        amount_minor=stored.get("amount_minor"),
    )


def tiers_json(tiers: Sequence[PolicyTier]) -> list[dict[str, Any]]:
    """The tiers of a policy as they are stored."""
    return [
        {
            "days_before": tier.days_before,
            "at": None if tier.at is None else tier.at.isoformat("minutes"),
            "penalty": penalty_json(tier.penalty),
        }
        for tier in tiers
    ]


def tiers_from(stored: Sequence[Json] | None) -> tuple[PolicyTier, ...]:
    """The tiers that `tiers_json` has stored; those of the house where nothing is."""
    if stored is None:
        return DEFAULT_TIERS
    return tuple(
        PolicyTier(
            days_before=tier["days_before"],
            at=None if tier["at"] is None else time.fromisoformat(tier["at"]),
            penalty=penalty_from(tier["penalty"]),
        )
        for tier in stored
    )


def bands_json(bands: Sequence[ChildBand]) -> list[dict[str, int]]:
    """The age bands of a room type as they are stored."""
    return [{"to_age": band.to_age, "amount_minor": band.amount_minor} for band in bands]


def bands_from(stored: Sequence[Json]) -> tuple[ChildBand, ...]:
    """The bands that `bands_json` has stored."""
    return tuple(ChildBand(to_age=band["to_age"], amount_minor=band["amount_minor"]) for band in stored)


def occupancy_rule(room_type: Json) -> OccupancyRule:
    """What a row of a room type says of more people than its price includes."""
    included = room_type["included_adults"]
    return OccupancyRule(
        included_adults=room_type["max_adults"] if included is None else included,
        extra_adult_minor=room_type["extra_adult_minor"],
        child_bands=bands_from(room_type["child_bands"]),
    )


def plan_terms(rate_plan: Json) -> PlanTerms:
    """What a row of a rate plan says beside the price."""
    no_show = rate_plan["no_show_penalty"]
    return PlanTerms(
        tiers=tiers_from(rate_plan["cancellation_tiers"]),
        no_show=DEFAULT_NO_SHOW if no_show is None else penalty_from(no_show),
        guarantee=Guarantee(rate_plan["guarantee"]),
        prepayment_percent=rate_plan["prepayment_percent"],
        grace_hours=rate_plan["grace_hours"],
    )


def adjustment(rate_plan: Json) -> RateAdjustment:
    """How a row of a derived plan makes its price of its parent's."""
    return RateAdjustment(
        percent=rate_plan["adjustment_percent"],
        amount_minor=rate_plan["adjustment_minor"],
        per_person=rate_plan["adjustment_per_person"],
        step_minor=rate_plan["rounding_step_minor"],
        rounding=Rounding(rate_plan["rounding"]),
    )


def charge_rule(row: Json) -> ChargeRule:
    """A tax or fee, of a row or of PostgreSQL's JSON of one."""
    percent = row["percent"]
    return ChargeRule(
        code=row["code"],
        name=row["name"],
        kind=ChargeKind(row["kind"]),
        per=ChargePer(row["per"]),
        # (By its text: JSON knows a decimal as a float, whose shortest text is the decimal again.)
        percent=None if percent is None else Decimal(str(percent)),
        amount_minor=row["amount_minor"],
        inclusive=row["inclusive"],
        on_room=row["on_room"],
        on_charges=tuple(row["on_charges"]),
        exempt_under_age=row["exempt_under_age"],
        max_nights=row["max_nights"],
        first=_date(row["first"]),
        last=_date(row["last"]),
        due=ChargeDue(row["due"]),
    )


def _date(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
