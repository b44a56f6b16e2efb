"""Writing the stays of an amendment: their rows and those of their nights, in one statement."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

_CHANGED = (
    *("room_type_id", "rate_plan_id", "arrival", "departure", "adults", "children_ages", "guest_name", "charges"),
    *("total_minor", "due_now_minor", "cancellation_terms", "no_show_minor", "guarantee", "cancellation_policy"),
    "do_not_move",
)
_NIGHT = ("reservation_id", "night", "room_type_id", "charged_room_type_id", "amount_minor", "price_source", "room_id")
_STAY_COLUMNS = ", ".join(_CHANGED)
_WANTED_COLUMNS = ", ".join(f"wanted.{name}" for name in _CHANGED)
_NIGHT_COLUMNS = ", ".join(_NIGHT)

# Which night has which room is the front desk's: a night that is there and stays in its type keeps its room.
_WRITE = f"""
WITH wanted AS MATERIALIZED (
    SELECT * FROM jsonb_populate_recordset(NULL::bookings_reservation, %(stays)s::jsonb)
), night AS MATERIALIZED (
    SELECT * FROM jsonb_populate_recordset(NULL::bookings_reservationnight, %(nights)s::jsonb)
), stays AS (
    UPDATE bookings_reservation AS stay SET ({_STAY_COLUMNS}) = ROW({_WANTED_COLUMNS})
      FROM wanted WHERE stay.id = wanted.id
), gone AS (
    DELETE FROM bookings_reservationnight AS old USING wanted
     WHERE old.reservation_id = wanted.id
       AND NOT EXISTS (SELECT 1 FROM night WHERE night.reservation_id = old.reservation_id AND night.night = old.night)
)
INSERT INTO bookings_reservationnight AS old ({_NIGHT_COLUMNS})
SELECT {_NIGHT_COLUMNS} FROM night
    ON CONFLICT (reservation_id, night) DO UPDATE
   SET amount_minor = excluded.amount_minor, price_source = excluded.price_source,
       room_type_id = excluded.room_type_id, charged_room_type_id = excluded.charged_room_type_id,
       room_id = CASE WHEN excluded.room_type_id = old.room_type_id THEN old.room_id END
"""  # noqa: S608 - names of columns from this page


def write_stays(stays: Sequence[Mapping[str, Any]], rooms: Mapping[tuple[UUID, date], UUID]) -> None:
    """Let these stays be so, with exactly their nights. The booking is locked by the caller.

    :param rooms: of nights that are added, by reservation and night.
    """
    rows = [{name: stay[name] for name in ("id", *_CHANGED)} for stay in stays]
    nights = [
        {name: night[name] for name in _NIGHT} | {"room_id": rooms.get((stay["id"], night["night"]))}
        for stay in stays
        for night in stay["nights"]
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {"stays": orjson.dumps(rows).decode(), "nights": orjson.dumps(nights).decode()})
