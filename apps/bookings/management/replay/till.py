"""The money of a replay: deposits when they are due, the balance at the end, and back what is too much.

No relay looks at the database of a replay, so that nobody else gives back what a booking that is over has too much:
staff do it here, as they do at every desk that takes money itself.
"""

from collections.abc import Mapping
from uuid import UUID

import orjson

from apps.bookings import services
from apps.bookings.management.replay.tally import Clerk
from apps.bookings.management.replay.timetable import Step
from apps.platform.money import Money, to_minor


def take(step: Step, booking_id: UUID, amount: Mapping[str, str], clerk: Clerk, *, what: str) -> bool:
    """Take money for a booking; whether that went well."""
    command = services.PayAtDesk(booking_id=booking_id, amount=Money(**amount))
    outcome = services.pay_at_desk(command, caller=clerk.house.staff, key=clerk.key(step, what))
    if not clerk.went_well(step, outcome):
        return False
    clerk.tally.captured_minor += minor_of(orjson.loads(outcome.body)["captured"])
    return True


def settle(step: Step, booking_id: UUID, amounts: Mapping[str, Mapping[str, str]], clerk: Clerk) -> None:
    """Take what a booking that is over still owes, or give back what it has too much.

    :param amounts: those of its view.
    """
    balance = minor_of(amounts["balance"])
    if balance > 0:
        take(step, booking_id, amounts["balance"], clerk, what="balance")
    elif balance < 0:
        command = services.RefundBooking(booking_id=booking_id, reason=f"{step.kind}: more was paid than is owed")
        outcome = services.refund_booking(command, caller=clerk.house.staff, key=clerk.key(step, "refund"))
        if clerk.went_well(step, outcome):
            left = minor_of(orjson.loads(outcome.body)["paid"])
            clerk.tally.refunded_minor += minor_of(amounts["paid"]) - left


def minor_of(amount: Mapping[str, str]) -> int:
    """An amount of an answer, in minor units."""
    return to_minor(amount["amount"], amount["currency"])
