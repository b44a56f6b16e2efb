"""`manage.py explain_night`: why is or was this night sold out, and why does it cost what it costs?"""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from apps.inventory import services
from apps.inventory.types import (
    ExplainedChange,
    ExplainedClosure,
    ExplainedPrice,
    ExplainedRestriction,
    Explanation,
)
from apps.platform.canonical import encode
from apps.platform.errors import Problem


class Command(BaseCommand):
    help = "Tell how the counters, the capacity, the restrictions and the price of one night came about."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hotel", type=UUID, required=True, help="The id of the hotel.")
        parser.add_argument("--room-type", required=True, help="The code of the room type.")
        parser.add_argument("--night", type=date.fromisoformat, required=True, help="Like 2026-07-03.")
        parser.add_argument("--rate-plan", help="The code of a rate plan: also its restrictions and its price.")
        parser.add_argument("--json", action="store_true", help="For machines: one JSON document.")

    def handle(
        self, *_: Any, hotel: UUID, room_type: str, night: date, rate_plan: str | None, json: bool, **__: Any
    ) -> None:
        try:
            found = services.explanation_of(hotel_id=hotel, room_type=room_type, night=night, rate_plan=rate_plan)
        except Problem as error:
            raise CommandError(error.detail) from error
        self.stdout.write(encode(found).decode() if json else "\n".join(_lines(found)))


def _lines(found: Explanation) -> Iterator[str]:
    yield f"{found.room_type}, {found.night}: {found.verdict}"
    yield (
        f"  {found.physical} rooms, {found.out_of_order} out of order, {found.overbooking_limit} beyond the limit;"
        f" {found.sold} sold, {found.held} held, {found.rooms_left} left"
    )
    yield from _headed("How it was sold", _sold(found))
    yield from _headed("What staff changed", map(_changed, found.changes))
    yield from _headed("Rooms that are closed", map(_closed, found.closures))
    yield from _headed("Restrictions", map(_restricted, found.restrictions))
    yield from _headed(f"The price under {found.rate_plan}", map(_priced, found.price))


def _headed(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Nothing where there is nothing below the title."""
    told = [f"  {line}" for line in lines]
    if told:
        yield from (title, *told)


def _sold(found: Explanation) -> Iterator[str]:
    if found.older_movements:
        yield f"({found.older_movements} older movements)"
    for one in found.movements:
        yield (
            f"{one.at:%Y-%m-%d %H:%M:%S}  {one.cause:<10} {one.sold_delta:+d} sold {one.held_delta:+d} held"
            f" -> {one.sold} sold, {one.held} held  {one.reservation_id or ''}".rstrip()
        )


def _changed(change: ExplainedChange) -> str:
    reason = f" ({change.reason})" if change.reason else ""
    what = f"{change.operation}: {dict(change.before)} -> {dict(change.after)}"
    return f"{change.at:%Y-%m-%d %H:%M:%S}  {change.actor}  {what}{reason}"


def _closed(closure: ExplainedClosure) -> str:
    kind = closure.kind.replace("_", " ")
    return f"{closure.number} is {kind} from {closure.first} to {closure.last}: {closure.reason}"


def _restricted(rule: ExplainedRestriction) -> str:
    return f"{rule.name} {rule.value}, set for {rule.set_for or 'the type'}{'' if rule.in_force else ': not in force'}"


def _priced(step: ExplainedPrice) -> str:
    who = f", set by {step.set_by} on {step.set_at:%Y-%m-%d}" if step.set_at else ""
    label = f" {step.label}" if step.label else ""
    return f"{step.rate_plan}: {step.source}{label} -> {step.amount.amount} {step.amount.currency}{who}"
