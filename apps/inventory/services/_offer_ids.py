"""Offer ids: what was offered, signed. For a while a booking with one gets that price and those terms, never a room."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.core import signing

from apps.inventory.services._errors import OfferUnknown
from apps.inventory.types import (
    ChargeDue,
    ChargeKind,
    ChargeLine,
    Guarantee,
    PartyRoom,
    PricedNight,
    PricedStay,
    PriceSource,
    TermStep,
)
from apps.platform import clock

PINNED_FOR = timedelta(minutes=15)

_SALT = "apps.inventory.offer"


@dataclass(frozen=True, kw_only=True)
class PinnedOffer:
    """A product for a stay of so many people, as it was offered until `holds_until`."""

    hotel_id: UUID
    room_type_id: UUID
    rate_plan_id: UUID
    occupancy: PartyRoom
    priced: PricedStay
    holds_until: datetime

    @property
    def arrival(self) -> date:
        return self.priced.nights[0].night

    @property
    def departure(self) -> date:
        return self.priced.nights[-1].night + timedelta(days=1)


class _Json:
    """JSON by orjson, which knows dataclasses, dates and ids."""

    def dumps(self, value: Any) -> bytes:
        return orjson.dumps(value)

    def loads(self, data: bytes) -> Any:
        return orjson.loads(data)


def offer_id_of(
    *, hotel_id: UUID, room_type_id: UUID, rate_plan_id: UUID, occupancy: PartyRoom, priced: PricedStay
) -> str:
    """The id of an offer made now."""
    offer = PinnedOffer(
        hotel_id=hotel_id,
        room_type_id=room_type_id,
        rate_plan_id=rate_plan_id,
        occupancy=occupancy,
        priced=priced,
        holds_until=clock.now() + PINNED_FOR,
    )
    return signing.dumps(offer, salt=_SALT, serializer=_Json, compress=True)


def read_offer_id(offer_id: str) -> PinnedOffer:
    """What was offered under this id, however long ago.

    :raises OfferUnknown: if it is none of ours.
    """
    try:
        found = signing.loads(offer_id, salt=_SALT, serializer=_Json)
    except signing.BadSignature as error:
        raise OfferUnknown() from error
    return PinnedOffer(
        hotel_id=UUID(found["hotel_id"]),
        room_type_id=UUID(found["room_type_id"]),
        rate_plan_id=UUID(found["rate_plan_id"]),
        occupancy=PartyRoom(
            adults=found["occupancy"]["adults"], children_ages=tuple(found["occupancy"]["children_ages"])
        ),
        priced=_priced(found["priced"]),
        holds_until=datetime.fromisoformat(found["holds_until"]),
    )


def _priced(found: Mapping[str, Any]) -> PricedStay:
    return PricedStay(
        nights=tuple(
            PricedNight(
                night=date.fromisoformat(night["night"]),
                amount_minor=night["amount_minor"],
                source=PriceSource(night["source"]),
            )
            for night in found["nights"]
        ),
        charges=tuple(
            ChargeLine(
                code=line["code"],
                name=line["name"],
                kind=ChargeKind(line["kind"]),
                inclusive=line["inclusive"],
                due=ChargeDue(line["due"]),
                amount_minor=line["amount_minor"],
            )
            for line in found["charges"]
        ),
        total_minor=found["total_minor"],
        due_now_minor=found["due_now_minor"],
        terms=tuple(
            TermStep(
                starts_at=_instant(step["starts_at"]),
                ends_at=_instant(step["ends_at"]),
                penalty_minor=step["penalty_minor"],
            )
            for step in found["terms"]
        ),
        no_show_minor=found["no_show_minor"],
        guarantee=Guarantee(found["guarantee"]),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
