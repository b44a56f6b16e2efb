"""The first requests of a newcomer, as shell lines that work as they stand. Needs curl and python3, nothing else."""

import json
import shlex
from dataclasses import dataclass
from datetime import date, timedelta

_TOKEN = "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"access\"])'"  # noqa: S105
_FIRST_HOTEL = 'python3 -c \'import json,sys; print(json.load(sys.stdin)["results"][0]["hotel"]["id"])\''
_PRETTY = "python3 -m json.tool"
_TO_BODY = (
    'python3 -c \'import json,sys; o=json.load(sys.stdin)["results"][0]; '
    'print(json.dumps({"hotel_id": sys.argv[1], "arrival": "%(arrival)s", "departure": "%(departure)s", '
    '"confirm": True, "rooms": [{"room_type_id": o["room_type"]["id"], "rate_plan_id": o["rate_plan"]["id"], '
    '"adults": 2, "guest": {"full_name": "Ana Sousa"}}], '
    '"booker": {"full_name": "Ana Sousa", "email": "%(email)s", "phone": "+351910000000"}}))\' "$HOTEL"'
)


@dataclass(frozen=True, kw_only=True)
class Example:
    """One line for a shell, and what it shows."""

    title: str
    line: str


def curl_examples(*, base_url: str, email: str, password: str, today: date) -> tuple[Example, Example]:
    """Search for a room; then book it twice with one key, where the second answer is the first one again."""
    api = f"{base_url}/api/v1"
    stay = {"arrival": f"{today + timedelta(days=30)}", "departure": f"{today + timedelta(days=32)}", "email": email}
    dates = f"arrival={stay['arrival']}&departure={stay['departure']}&occupancy=2"
    credentials = shlex.quote(json.dumps({"email": email, "password": password}))
    token = f"TOKEN=$(curl -s {api}/auth/token -H 'Content-Type: application/json' -d {credentials} | {_TOKEN})"
    get = 'curl -s -H "Authorization: Bearer $TOKEN"'
    search = f"'{api}/availability?city=Lisbon&{dates}'"
    book = (
        f'for TRY in first second; do echo "-- $TRY"; curl -s -i {api}/bookings -H "Authorization: Bearer $TOKEN" '
        '-H "Idempotency-Key: $KEY" -H "Content-Type: application/json" -d "$BODY" '
        """| grep -aoiE '^HTTP/[0-9.]+ [0-9]+|^idempotent-replayed: *[a-z]+|"confirmation_number": ?"[^"]+"'; done"""
    )
    steps = (
        token,
        f"HOTEL=$({get} {search} | {_FIRST_HOTEL})",
        f'BODY=$({get} "{api}/hotels/$HOTEL/offers?{dates}" | {_TO_BODY % stay})',
        "KEY=\"demo-$(python3 -c 'import uuid; print(uuid.uuid4())')\"",
        book,
    )
    return (
        Example(title="Search for two nights in Lisbon", line=f"{token}; {get} {search} | {_PRETTY}"),
        Example(title="Book twice with one key: one booking, the second answer is a replay", line="; ".join(steps)),
    )
