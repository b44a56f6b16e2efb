"""Who runs the embedded servers: PostgreSQL refuses root, so root lends them an unprivileged user."""

import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.local.errors import LocalServersError


@dataclass(frozen=True, kw_only=True)
class SystemUser:
    """The user of the servers; `lent` when it is another one than ours."""

    uid: int
    gid: int
    lent: bool
    through_closed_folders: bool

    def command(self, command: Sequence[str]) -> list[str]:
        """The command as this user runs it."""
        if not self.lent:
            return list(command)
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise LocalServersError(
                "PostgreSQL refuses to run as root, and setpriv is missing: install util-linux or use an ordinary user."
            )
        identity = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
        if self.through_closed_folders:
            # Below a closed home (0700) another user finds neither the programs nor the data.
            identity += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        return [setpriv, *identity, "--", *command]

    def own(self, path: Path) -> None:
        if self.lent:
            os.chown(path, self.uid, self.gid)


def server_user(needed: Iterable[Path]) -> SystemUser:
    """Ourselves, or for root an unprivileged user that can reach the needed folders."""
    if os.geteuid() != 0:
        return SystemUser(uid=os.geteuid(), gid=os.getegid(), lent=False, through_closed_folders=False)
    entry = _unprivileged()
    closed = any(not _open_to_all(path) for path in needed)
    return SystemUser(uid=entry.pw_uid, gid=entry.pw_gid, lent=True, through_closed_folders=closed)


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        ordinary = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
        if not ordinary:
            raise LocalServersError("PostgreSQL refuses to run as root, and this system has no other user.") from None
        return ordinary[-1]


def _open_to_all(path: Path) -> bool:
    folder = path.resolve()
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))
