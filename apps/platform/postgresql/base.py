"""The connection to PostgreSQL: Django's own, with prepared statements, shared round trips and a health check for free.

`DATABASES` names this package as its ENGINE. Everything that does not ask for more behaves as in Django.
"""

import select
import time
from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base

from apps.platform.postgresql.prepared import PreparedStatements, Rows, Values


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of Django to PostgreSQL."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        self._prepared = PreparedStatements(connection)
        return connection

    def is_usable(self) -> bool:
        """Whether the connection still lives, without a round trip where nothing speaks against it.

        A server that has ended the connection has said so on its socket, or has closed it.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0) or super().is_usable()

    def run_prepared(self, together: Sequence[tuple[str, Values]], *, commit: bool = False) -> list[Rows]:
        """The rows of statements that are worth preparing, those that every sale runs. One round trip for all.

        :param commit: let the COMMIT of the transaction go along; Django finds nothing left to commit at its end.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_no_broken_transaction()
        is_outermost = len(self.atomic_blocks) == 1
        started = time.monotonic()
        with self.wrap_database_errors:
            try:
                return self._prepared.run(together, commit=commit and is_outermost)
            finally:
                if self.queries_logged:
                    seconds = f"{time.monotonic() - started:.3f}"
                    self.queries_log.extend({"sql": sql, "time": seconds} for sql, _ in together)
