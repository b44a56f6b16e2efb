"""What the database knows of locks: how many were taken, and whether a late holder has overwritten a later one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg

from config.local.proof.ground import Ground

# A fence never goes back: whoever lowers it has written with a lock that was somebody else's by then.
_WATCH = """
CREATE TABLE proof_stale_write (room_type_id uuid, night date, newer bigint, older bigint);
CREATE FUNCTION proof_note_stale_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO proof_stale_write VALUES (NEW.room_type_id, NEW.night, OLD.fence, NEW.fence);
    RETURN NULL;
END $$;
CREATE TRIGGER proof_stale_write AFTER UPDATE ON inventory_roomnight
   FOR EACH ROW WHEN (NEW.fence < OLD.fence) EXECUTE FUNCTION proof_note_stale_write();
"""
_FORGET = """
DROP TRIGGER IF EXISTS proof_stale_write ON inventory_roomnight;
DROP FUNCTION IF EXISTS proof_note_stale_write;
DROP TABLE IF EXISTS proof_stale_write;
"""


def locks_taken(ground: Ground) -> int:
    """How many locks the platform has taken so far: only who holds one draws a fencing token."""
    return int(ground.query("SELECT last_value FROM platform_fence")[0]["last_value"])


def fence_of(ground: Ground, room_type: str, night: str) -> int:
    """The token of the last lock holder at work on this night."""
    sql = "SELECT fence FROM inventory_roomnight WHERE room_type_id = %s AND night = %s"
    return int(ground.query(sql, [room_type, night])[0]["fence"])


@contextmanager
def stale_writes_counted(ground: Ground) -> Iterator[Callable[[], int]]:
    """Count, for the block, the nights that were written under an older token than the one they had."""
    _execute(ground, _FORGET + _WATCH)
    try:
        yield lambda: int(ground.query("SELECT count(*) AS n FROM proof_stale_write")[0]["n"])
    finally:
        _execute(ground, _FORGET)


def _execute(ground: Ground, sql: LiteralString) -> None:
    with psycopg.connect(ground.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql)
