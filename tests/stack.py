"""The whole platform in real processes, on a database of its own: web, worker, relay, beat and a mail sink."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from config.local import programs
from config.local.mails import Mail, latest_mails
from config.local.ports import free_port
from config.local.stack import Stack
from tests.canaries import Listening
from tests.journeys.client import Client

BASE_DIR = Path(__file__).resolve().parents[1]
# Beside the place of the test worker that starts the platform, see config/settings/test.py.
REDIS_PLACE = str(4 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4)

# The mail that follows a sign-up: its template and its subject.
_AFTER_SIGN_UP = ("verify_email", "Verify your address")


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The running platform, as a test sees it."""

    stack: Stack
    url: str
    mailbox: Path
    environment: dict[str, str]

    def client(self) -> Client:
        return Client(self.url)

    def mails_to(self, address: str) -> list[Mail]:
        """The mails about bookings that have arrived for this address, newest first."""
        mails = [mail for mail in latest_mails(self.mailbox) if address in mail.recipients]
        return [mail for mail in mails if mail.subject != _AFTER_SIGN_UP[1]]

    def has_welcomed(self, address: str) -> bool:
        """Whether the mail that follows a sign-up has arrived for this address."""
        mails = latest_mails(self.mailbox)
        return any(address in mail.recipients and mail.subject == _AFTER_SIGN_UP[1] for mail in mails)

    def deliveries_to(self, address: str) -> list[str]:
        """The states of the deliveries about bookings to this address."""
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            rows = connection.execute(
                "SELECT state FROM notifications_delivery WHERE recipient = %s AND template <> %s ORDER BY id",
                [address, _AFTER_SIGN_UP[0]],
            ).fetchall()
        return [state for (state,) in rows]

    def manage(self, *arguments: str) -> str:
        """What a command of manage.py prints, run beside the other processes."""
        return manage(self.environment, *arguments)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "platform" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Every process ready; shared by all tests that ask for it, each with hotels and guests of its own."""
    folder = tmp_path_factory.mktemp("platform")
    mail_port, web_port = free_port(), free_port()
    with new_database() as url:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": url,
            "TEST_REDIS_PLACE": REDIS_PLACE,
            "MAIL_PORT": str(mail_port),
            "MAILBOX_DIR": str(folder / "mailbox"),
            "OUTBOX_LOST_AFTER_SECONDS": "5",
            "DELIVERY_LEASE_SECONDS": "5",
        }
        manage(environment, "migrate", "--verbosity", "0")
        stack = Stack(
            [
                programs.mail(port=mail_port, folder=folder / "mailbox"),
                programs.web(port=web_port),
                programs.worker(),
                programs.relay(),
                programs.beat(),
            ],
            environment=environment,
            folder=BASE_DIR,
            show=cast("TextIO", Listening()),
        )
        with stack:
            yield Platform(
                stack=stack,
                url=f"http://127.0.0.1:{web_port}",
                mailbox=folder / "mailbox",
                environment=environment,
            )


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run manage.py in a process of its own; the test fails when the command does."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def new_database() -> Iterator[str]:
    """The address of an empty database on the server of the tests; gone at the end."""
    server, name = os.environ["DATABASE_URL"], f"journeys_{os.getpid()}"
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(drop)
