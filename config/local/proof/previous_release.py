"""The release before this one, out of the history of the repository, as a web server beside that of the ground."""

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local import programs
from config.local.errors import LocalServersError
from config.local.ports import free_port
from config.local.proof.ground import BASE_DIR, Ground
from config.local.stack import Stack

_NAMED = Path(__file__).with_name("previous-release")


def previous_release(repository: Path = BASE_DIR) -> str | None:
    """The newest tag before the present commit, else the commit that a file beside this one names.

    :return: None where the history does not have it, as in an archive of the source or a shallow clone.
    """
    tag = _git(repository, "describe", "--tags", "--abbrev=0", "HEAD^")
    lines = _NAMED.read_text().splitlines()
    named = tag.strip() if tag else next(line.strip() for line in lines if line and not line.startswith("#"))
    return named if _git(repository, "cat-file", "-e", f"{named}^{{commit}}") is not None else None


@contextmanager
def running(ground: Ground, release: str) -> Iterator[int]:
    """Its web server on the database of the ground, with the libraries of today; gives the port."""
    folder = ground.mailbox.parent / "previous-release"
    packed = folder.with_suffix(".tar")
    if _git(BASE_DIR, "archive", f"--output={packed}", release) is None:
        raise LocalServersError(f"git cannot unpack {release}.")
    with tarfile.open(packed) as archive:
        # git has made it a moment ago. (Not every Python 3.11 has the filters that guard against other people's.)
        archive.extractall(folder)  # noqa: S202
    port = free_port()
    # It does not know the settings of the proof.
    environment = {**ground.environment, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    with Stack([programs.web(port=port)], environment=environment, folder=folder):
        yield port


def _git(repository: Path, *arguments: str) -> str | None:
    """What git says, or None where it says no or is not there."""
    git = shutil.which("git")
    if git is None:
        return None
    finished = subprocess.run([git, *arguments], cwd=repository, capture_output=True, text=True, check=False)
    return finished.stdout if finished.returncode == 0 else None
