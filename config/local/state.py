"""What the local servers remember between starts: ports and random passwords, in one private file."""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from config.local.errors import LocalServersError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one thread of one process at a time go on; the lock ends with its holder, also after kill -9."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        raise LocalServersError(
            f"{path.parent} belongs to another user: go on as that user, or remove the folder as that user."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class StateFile:
    """Ports and secrets by name, readable by their owner only. Writers hold the lock of the folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def port(self, name: str) -> int | None:
        """The port this server had last, if it ever had one."""
        port = self._read().get("ports", {}).get(name)
        return int(port) if port is not None else None

    def keep_port(self, name: str, port: int) -> None:
        content = self._read()
        if content.setdefault("ports", {}).get(name) != port:
            content["ports"][name] = port
            self._write(content)

    def secret(self, name: str, make: Callable[[], str] = lambda: secrets.token_hex(12)) -> str:
        """The secret of this name, made at the first call and the same ever after."""
        content = self._read()
        kept = content.setdefault("secrets", {})
        if name not in kept:
            kept[name] = make()
            self._write(content)
        return str(kept[name])

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        except PermissionError as error:
            raise LocalServersError(f"{self._path} belongs to another user: go on as that user.") from error
        except ValueError as error:
            raise LocalServersError(f"{self._path} is damaged: `make clean-local` begins anew.") from error
        return content if isinstance(content, dict) else {}

    def _write(self, content: dict[str, Any]) -> None:
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


@dataclass(frozen=True, kw_only=True)
class LocalSecrets:
    """What production takes from its environment, made up for one machine."""

    secret_key: str
    jwt_signing_key: str


def new_secrets() -> LocalSecrets:
    """Secrets nobody had before and nobody keeps."""
    return LocalSecrets(secret_key=secrets.token_urlsafe(48), jwt_signing_key=_signing_key())


def local_secrets(folder: Path) -> LocalSecrets:
    """The secrets of this checkout, made at the first call: sessions and tokens outlive a restart."""
    with locked(folder / "lock"):
        state = StateFile(folder / "state.json")
        return LocalSecrets(
            secret_key=state.secret("secret_key", lambda: secrets.token_urlsafe(48)),
            jwt_signing_key=state.secret("jwt_signing_key", _signing_key),
        )


def _signing_key() -> str:
    """A fresh RSA key for access tokens, as PEM."""
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()
