"""What the local servers remember between starts: ports and random passwords, in one private file."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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

    def secret(self, name: str, *, length: int = 24) -> str:
        """The secret of this name, made at the first call and the same ever after."""
        content = self._read()
        kept = content.setdefault("secrets", {})
        if name not in kept:
            kept[name] = secrets.token_hex(length // 2)
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
