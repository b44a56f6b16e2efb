"""The connection to PostgreSQL: Django's own, with prepared statements, pipelines and a health check for free.

`DATABASES` names this package as its ENGINE. Everything that does not ask for more behaves as in Django.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg.pq import TransactionStatus


class PreparedCursor(psycopg.Cursor[tuple[Any, ...]]):
    """Has each statement parsed once a connection; the values travel beside it.

    The BEGIN that a transaction owes travels with its first statement instead of ahead of it.
    """

    def execute(self, query: Any, params: Any = None, **_: Any) -> Self:
        connection = self.connection
        if connection.autocommit or connection.info.transaction_status is not TransactionStatus.IDLE:
            return super().execute(query, params, prepare=True)
        # psycopg would wait for the answer to its own BEGIN. So it is ours; commit() and rollback() end it as well.
        connection.autocommit = True
        with connection.pipeline():
            connection.execute("BEGIN")
            return super().execute(query, params, prepare=True)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of Django to PostgreSQL."""

    def is_usable(self) -> bool:
        """Whether the connection still lives, without a round trip where nothing speaks against it.

        A server that has ended the connection has said so on its socket, or has closed it.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0) or super().is_usable()

    def prepared_cursor(self) -> CursorWrapper:
        """A cursor for statements that are worth preparing: those that every sale runs."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor: CursorWrapper = self._prepare_cursor(PreparedCursor(self.connection))  # type: ignore[attr-defined]
            return cursor

    @contextmanager
    def pipeline(self) -> Iterator[None]:
        """What is executed within the block goes out at once and is answered at once; its rows are read afterwards."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors, self.connection.pipeline():
            yield
