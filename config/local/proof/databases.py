"""Databases beside that of the platform under proof, on the same server: copies that may be spoilt."""

from urllib.parse import urlsplit

import psycopg
from psycopg import sql

PRISTINE = "pristine"
"""The database as it was before the platform first started: with an administrator and nothing else."""


def copy(source: str, *, to: str) -> str:
    """Copy a database that nobody is connected to; the URL of the copy.

    :param source: the URL of the database.
    """
    parts = urlsplit(source)
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(to), sql.Identifier(parts.path[1:]))
        )
    return parts._replace(path=f"/{to}").geturl()


def sibling(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
