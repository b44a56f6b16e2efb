"""What the gateway is tried on: nginx, two web processes and a second service, on servers of its own."""

import http.client
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config.local import programs
from config.local.errors import LocalServersError
from config.local.gateway.nginx import nginx
from config.local.ports import HOST, free_port
from config.local.programs import Program
from config.local.servers import LocalServers
from config.local.stack import Stack
from config.local.state import new_secrets

BASE_DIR = Path(__file__).resolve().parents[3]
PASSWORD = "seven-green-parrots"  # noqa: S105 - of people who live for seconds
CLERK, GUEST = "clerk@example.com", "guest@example.com"
HOTEL = "Gateway House"
# Two sign-ins a second and ten at once: a trial reaches the limit, and its own few sign-ins do not.
_PEOPLE = f"""
from apps.accounts import services as a
from apps.inventory import services as i
admin = a.ensure_account(email="admin@example.com", full_name="Admin", password={PASSWORD!r})
a.grant_role(user_id=admin.id, role=a.Role.PLATFORM_ADMIN)
access = a.access_of(admin.id)
hotel = i.create_hotel(access=access, name={HOTEL!r}, address="1 Main Street", city="Lisbon", country="PT",
                       time_zone="Europe/Lisbon", currency="EUR")
clerk = a.ensure_account(email={CLERK!r}, full_name="Clerk", password={PASSWORD!r})
a.grant_role(user_id=clerk.id, role=a.Role.FRONT_DESK, scope_id=hotel.id)
a.ensure_account(email={GUEST!r}, full_name="Guest", password={PASSWORD!r})
key = a.issue_key(access=access, issuer_id=admin.id, name="Kiosk", hotel_ids=[hotel.id], verbs=[a.Verb.READ],
                  requests_per_minute=600)
print("KEY", key.secret)
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. Every value of a header that came twice is kept."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The gateway, running."""

    stack: Stack
    folder: Path
    port: int
    web_ports: tuple[int, int]
    key: str

    def send(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            return Answer(status=answer.status, headers=answer.getheaders(), body=answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(
            "POST", path, body=json.dumps(body).encode(), headers={"Content-Type": "application/json"} | given
        )

    def token(self, email: str) -> str:
        """The header of somebody who signs in.

        :raises LocalServersError: if they cannot.
        """
        answer = self.post("/api/v1/auth/token", {"email": email, "password": PASSWORD})
        if answer.status != 200:  # noqa: PLR2004
            raise LocalServersError(f"{email} cannot sign in: {answer.status} {answer.body[:300]!r}")
        return f"Bearer {answer.json()['access']}"

    def log(self) -> list[dict[str, Any]]:
        """The gateway's log, line by line."""
        return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]


@contextmanager
def gateway(executable: str, folder: Path) -> Iterator[Ground]:
    """Everything runs; gone at the end.

    :raises LocalServersError: if something does not start; the message says what.
    """
    servers = LocalServers(folder / "servers", durable=False)
    try:
        found = servers.start()
        environment = _environment(found.database_url, found.redis_url)
        programs.output_of("manage.py", "migrate", "--verbosity", "0", environment=environment)
        key = (
            programs.output_of("manage.py", "shell", "-v0", "-c", _PEOPLE, environment=environment)
            .rpartition("KEY ")[2]
            .strip()
        )
        port, first, second, other = (free_port() for _ in range(4))
        stack = Stack(
            [
                *(replace(programs.web(port=at), name=name) for name, at in (("web1", first), ("web2", second))),
                Program(
                    name="second",
                    arguments=("-m", "config.local.gateway.second_service", str(other)),
                    ready_url=f"http://{HOST}:{other}/",
                ),
                nginx(
                    executable=executable,
                    folder=folder,
                    port=port,
                    variables=_variables(folder, port, first, second, other),
                ),
            ],
            environment=environment,
            folder=BASE_DIR,
        )
        with stack:
            yield Ground(stack=stack, folder=folder, port=port, web_ports=(first, second), key=key)
    finally:
        servers.forget()


def _variables(folder: Path, port: int, first: int, second: int, other: int) -> dict[str, str]:
    return {
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "GATEWAY_WEB_SERVERS": " ".join(f"server {HOST}:{at} max_fails=1 fail_timeout=2s;" for at in (first, second)),
        "GATEWAY_SECOND": f"{HOST}:{other}",
        "GATEWAY_RESOLVER": HOST,
        "GATEWAY_RATE": "200r/s",
        "GATEWAY_SIGN_IN_RATE": "120r/m",
        # Nobody on this machine is a proxy to be believed.
        "GATEWAY_TRUSTED": "192.0.2.1",
        "GATEWAY_SCHEME": "https",
        "GATEWAY_ACCESS_LOG": str(folder / "access.log"),
        "GATEWAY_PARTS": str(folder / "nginx" / "parts"),
    }


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    secrets = new_secrets()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "JWT_SIGNING_KEY": secrets.jwt_signing_key,
        "TRUSTED_PROXIES": "1",
    }
