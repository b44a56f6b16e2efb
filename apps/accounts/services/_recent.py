"""What PostgreSQL has said within the last minute, kept in Redis. PostgreSQL decides; without Redis it is asked.

A change leaves a mark for longer than an answer lives: while the mark is there, nobody keeps or believes an answer, so
that one read before the change cannot come back after it. Where Redis does not take the mark, what was kept before is
believed for the rest of its minute.
"""

from collections.abc import Callable
from typing import Any

import orjson
from django.core.cache import cache

SECONDS = 60
# Longer than an answer lives, by more than the longest transaction of a web process (15 s).
_MARK_SECONDS = SECONDS + 30
_CHANGED = "changed"


def remembered(name: str, ask: Callable[[], Any]) -> Any:
    """The JSON value `ask` gave within the last minute, or gives now. None is not kept."""
    kept = cache.get(name)
    if isinstance(kept, str) and kept != _CHANGED:
        return orjson.loads(kept)
    value = ask()
    if kept is None and value is not None:
        cache.add(name, orjson.dumps(value).decode(), timeout=SECONDS)
    return value


def forget(*names: str) -> None:
    """Let nobody believe what is kept under these names. Call it inside the transaction that changes the truth."""
    cache.set_many(dict.fromkeys(names, _CHANGED), timeout=_MARK_SECONDS)
