"""A database for one replay: beside the platform's own on the same server, and never that one."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection
from psycopg import sql


class NoDatabase(Exception):
    """The database of the replay cannot be made; the message says why."""


@contextmanager
def own_database(name: str, *, keep: bool) -> Iterator[None]:
    """Within the block this process works on a fresh, migrated database called `name`; afterwards on its usual one.

    What a former replay left under that name is dropped first. No relay, worker or beat knows of it, so that nobody is
    told of what happens in it.

    :param keep: leave it there at the end.
    :raises NoDatabase: if `name` is that of the platform's own database, or somebody else is at work on it.
    """
    usual = connection.settings_dict["NAME"]
    if name == usual:
        raise NoDatabase(f"{name} is the platform's own database: a replay never works on that")
    _refuse_while_used(name)
    _run("DROP DATABASE IF EXISTS {}", name)
    _run("CREATE DATABASE {}", name)
    # It is thrown away, or can be made again from the same file: its commits do not wait for the disk.
    _run("ALTER DATABASE {} SET synchronous_commit = off", name)
    _go_to(name)
    try:
        call_command("migrate", interactive=False, verbosity=0)
        yield
    finally:
        _go_to(usual)
        if not keep:
            _run("DROP DATABASE IF EXISTS {}", name)


def _go_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _run(statement: str, name: str) -> None:
    # Through a connection to the server's maintenance database: one cannot make or drop the database one is in.
    with connection._nodb_cursor() as cursor:  # noqa: SLF001 - as Django's own test databases are made
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _refuse_while_used(name: str) -> None:
    with connection._nodb_cursor() as cursor:  # noqa: SLF001 - see above
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name])
        (others,) = cursor.fetchone()
    if others:
        raise NoDatabase(f"{others} connections are at work on {name}: another replay? Choose a name by --database")
