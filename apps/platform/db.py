"""Plumbing between Django and PostgreSQL that every app uses: keys, references across apps, raw rows."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connection, connections, models
from django.db.migrations.operations import RunSQL
from uuid_utils.compat import uuid7

from apps.platform.postgresql.base import DatabaseWrapper
from apps.platform.postgresql.prepared import Columns, Rows, Values

__all__ = [
    "CrossAppForeignKey",
    "Entity",
    "RoundTrip",
    "Rows",
    "array_of",
    "commit_with",
    "fetch_all",
    "fetch_one",
    "is_outage",
    "is_rolled_back",
    "lock_number",
    "require_no_transaction",
    "stream",
    "uuid7",
]


class Entity(models.Model):
    """A row with a UUIDv7 key (RFC 9562): opaque to clients, in order of time for the index."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class CrossAppForeignKey(RunSQL):
    """A real foreign key between tables of two apps whose code knows only the id.

    Not deferrable, so that a dangling id fails at its statement. The column must have an index of its own. Splitting
    an app off into a service later means dropping this constraint and nothing else.
    """

    def __init__(self, *, table: str, column: str, references: str, on_delete: str = "RESTRICT") -> None:
        name = f"{table}_{column}_cross_fk"
        super().__init__(
            sql=f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) "
            f"REFERENCES {references} (id) ON DELETE {on_delete} NOT DEFERRABLE",
            reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )
        self._arguments = {"table": table, "column": column, "references": references, "on_delete": on_delete}

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, [], dict(self._arguments)

    def describe(self) -> str:
        return f"{self._arguments['table']}.{self._arguments['column']} references {self._arguments['references']}"


Parameters = Mapping[str, Any] | Sequence[Any]


def fetch_all(sql: str, parameters: Parameters = (), *, prepared: bool = False) -> Rows:
    """The rows of one statement as dicts by column name, jsonb columns decoded.

    :param prepared: let PostgreSQL parse and plan it once a connection, whatever the values are: for a statement that
        every sale runs, and whose best plan is always the same. It is written with typed values (`%(name)s::date`).
    """
    if prepared:
        return RoundTrip().add(sql, cast("Values", parameters))()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return Columns.of(cursor.pgresult).rows(cursor.fetchall()) if cursor.pgresult else []


def fetch_one(sql: str, parameters: Parameters = (), *, prepared: bool = False) -> dict[str, Any] | None:
    """The first row of one statement, or None."""
    rows = fetch_all(sql, parameters, prepared=prepared)
    return rows[0] if rows else None


def commit_with(sql: str, parameters: Values) -> None:
    """Run the last statement of the transaction, prepared, with the COMMIT in the same round trip.

    Where this returns, the transaction is committed; a statement that fails commits nothing. (In a transaction within
    another one, which a test may have opened, it is the outer one that commits, and later.)
    """
    _postgresql().run_prepared([(sql, parameters)], commit=True)


class RoundTrip:
    """Prepared statements that travel to PostgreSQL together: all go when the rows of the first one are read."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Values]] = []
        self._arrived: list[Rows] | None = None

    def add(self, sql: str, parameters: Values) -> Callable[[], Rows]:
        """Let a statement travel along; what is returned gives its rows, each time it is called."""
        if self._arrived is not None:
            raise RuntimeError("the trip is over")
        self._waiting.append((sql, parameters))
        position = len(self._waiting) - 1
        return lambda: self._answers()[position]

    def _answers(self) -> list[Rows]:
        if self._arrived is None:
            self._arrived = _postgresql().run_prepared(self._waiting)
        return self._arrived


def _postgresql() -> DatabaseWrapper:
    return cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS])


def array_of(values: Iterable[UUID | date | int]) -> str:
    """The literal of an array of plain values, for a parameter with a cast (`%(nights)s::date[]`).

    The driver would look through a list for the type of its members, which costs more than the statement.
    """
    return f"{{{','.join(map(str, values))}}}"


def require_no_transaction(what: str) -> None:
    """Refuse to go on inside a transaction.

    :raises RuntimeError: if one is open; that which a TestCase wraps around a test does not count, as in `durable`.
    """
    if connection.atomic_blocks and not getattr(connection.atomic_blocks[-1], "_from_testcase", False):
        raise RuntimeError(f"{what} before a transaction, never inside one")


def lock_number(name: str) -> int:
    """The number of PostgreSQL's advisory lock for `name`: 64 bits of its SHA-256."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def stream(sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
    """The rows of one statement, however many, by a cursor on the server; jsonb is left as text.

    Inside the caller's transaction, whose end closes it.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        names: list[str] = []
        while rows := cursor.fetchmany(_STREAMED_AT_ONCE):
            names = names or [column.name for column in cursor.description or ()]
            for row in rows:
                yield dict(zip(names, row, strict=True))


_STREAMED_AT_ONCE = 5_000

# Serialization failure, deadlock, lock not available: PostgreSQL has rolled the transaction back and says so.
_ROLLED_BACK = {"40001", "40P01", "55P03"}
# Idle in a transaction for too long, or in one for too long: PostgreSQL has ended the connection. psycopg counts these
# among the errors of the programmer (InternalError), not among those of operation.
_TIMED_OUT = {"25P03", "25P04"}


def is_rolled_back(error: DatabaseError) -> bool:
    """Whether `error` proves that the transaction left nothing behind, so that it may simply be run again."""
    return getattr(error.__cause__, "sqlstate", None) in _ROLLED_BACK


def is_outage(error: DatabaseError) -> bool:
    """Whether the database was away, too slow or cut us off: nobody's fault here, and worth another try later."""
    return isinstance(error, OperationalError) or getattr(error.__cause__, "sqlstate", None) in _TIMED_OUT
