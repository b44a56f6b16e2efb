"""Statements that every sale runs, at little more than what libpq itself costs.

PostgreSQL parses each of them once a connection, values travel beside it as text, and what goes together takes one
round trip. (psycopg's cursors do far more, at several times the processor time.)
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Self
from uuid import UUID

import orjson
import psycopg
from psycopg import abc, pq
from psycopg.adapt import Transformer
from psycopg.generators import execute, fetch_many, send
from psycopg.pq.abc import PGconn, PGresult

Values = Mapping[str, Any]
Rows = list[dict[str, Any]]

_PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\)s|%)")
_JSONB = 3802  # the oid of the type; Django leaves jsonb as text


class PreparedStatements:
    """What one connection has prepared so far, and how it is run."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._prepared: dict[str, _Prepared] = {}

    def run(self, together: Sequence[tuple[str, Values]], *, commit: bool = False) -> list[Rows]:
        """The rows of each statement as dicts by column name, jsonb decoded. One round trip, in this order.

        Where a transaction is to begin, its BEGIN travels ahead of the first statement.

        :param commit: let a COMMIT travel behind the last one.
        :raises psycopg.Error: of the first statement that fails; those behind it, and the COMMIT, have not run.
        """
        begin: list[tuple[str, Values]] = [("BEGIN", {})] if self._owes_begin() else []
        end: list[tuple[str, Values]] = [("COMMIT", {})] if commit else []
        prepared = [(self._prepare(sql), values) for sql, values in [*begin, *together, *end]]
        if begin:
            # psycopg would wait for the answer to a BEGIN of its own. Its commit() and rollback() end ours as well.
            self._connection.autocommit = True
        results = self._carried([(one.key, one.texts_of(values)) for one, values in prepared])
        rows = [one.rows(_succeeded(result)) for (one, _), result in zip(prepared, results, strict=True)]
        return rows[len(begin) : len(begin) + len(together)]

    def _owes_begin(self) -> bool:
        connection = self._connection
        return not connection.autocommit and connection.pgconn.transaction_status == pq.TransactionStatus.IDLE

    def _prepare(self, sql: str) -> "_Prepared":
        prepared = self._prepared.get(sql)
        if prepared is None:
            key, text, names = _written(sql)
            self._connection.pgconn.send_prepare(key, text)
            _succeeded(*self._connection.wait(execute(self._connection.pgconn)))
            prepared = _Prepared(key=key, names=names, reader=Transformer(self._connection))
            self._prepared[sql] = prepared
        return prepared

    def _carried(self, messages: Sequence[tuple[bytes, list[bytes | None]]]) -> list[PGresult]:
        server = self._connection.pgconn
        try:
            server.enter_pipeline_mode()
            for key, texts in messages:
                server.send_query_prepared(key, texts)
            server.pipeline_sync()
            results = self._connection.wait(_answers(server, len(messages)))
            server.exit_pipeline_mode()
        except BaseException:
            # Answers may still be on their way, and nobody else is to read them.
            self._connection.close()
            raise
        return results


@cache
def _written(sql: str) -> tuple[bytes, bytes, tuple[str, ...]]:
    """A statement as the protocol has it: a name, `$1` where `%(name)s` stood, and what each number stands for."""
    names: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        return f"${names.setdefault(found['name'], len(names) + 1)}" if found["name"] else "%"

    text = _PLACEHOLDER.sub(numbered, sql).encode()
    return hashlib.sha256(text).hexdigest()[:32].encode(), text, tuple(names)


def _answers(server: PGconn, number: int) -> abc.PQGen[list[PGresult]]:
    yield from send(server)
    answers: list[PGresult] = []
    for _ in range(number):
        answers += yield from fetch_many(server)
    yield from fetch_many(server)  # that all has been said
    return answers


def _succeeded(result: PGresult) -> PGresult:
    if result.status in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
        return result
    raise psycopg.errors.error_from_result(result)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a result, as the rows of a statement need them. To look at them costs as much as to read a row."""

    names: Sequence[str]
    documents: Sequence[str]

    @classmethod
    def of(cls, result: PGresult) -> Self:
        names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
        return cls(names=names, documents=[name for at, name in enumerate(names) if result.ftype(at) == _JSONB])

    def rows(self, records: Sequence[tuple[Any, ...]]) -> Rows:
        """The rows as dicts by column name, jsonb decoded."""
        rows = [dict(zip(self.names, record, strict=True)) for record in records]
        for name in self.documents:
            for row in rows:
                row[name] = None if row[name] is None else orjson.loads(row[name])
        return rows


@dataclass(kw_only=True)
class _Prepared:
    """A statement that the connection knows by its key."""

    key: bytes
    names: tuple[str, ...]
    reader: abc.Transformer
    columns: Columns | None = None

    def texts_of(self, values: Values) -> list[bytes | None]:
        return [_text_of(values[name]) for name in self.names]

    def rows(self, result: PGresult) -> Rows:
        if not result.nfields:
            return []
        self.reader.set_pgresult(result, set_loaders=self.columns is None)
        self.columns = self.columns or Columns.of(result)
        records = self.reader.load_rows(0, result.ntuples, tuple)
        self.reader.set_pgresult(None, set_loaders=False)
        return self.columns.rows(records)


def _text_of(value: Any) -> bytes | None:
    """A value as PostgreSQL reads it from text; its type is what the statement casts it to."""
    match value:
        case None:
            return None
        case str():
            if "\0" in value:
                raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
            return value.encode()
        case bool():
            return b"t" if value else b"f"
        case int() | UUID() | date() | Decimal():
            return str(value).encode()
        case bytes():
            return b"\\x" + value.hex().encode()
    raise TypeError(f"a prepared statement takes no {type(value).__name__}")
