"""The previous release: the newest tag before the present commit, else a named commit, else none is claimed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from config.local.proof import previous_release as module
from config.local.proof.previous_release import previous_release

_GIT = shutil.which("git") or "git"
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A repository with three commits."""
    git(tmp_path, "init", "-q")
    for number in range(3):
        commit = ("commit", "-q", "--allow-empty", "-m", f"commit {number}")
        git(tmp_path, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *commit)
    return tmp_path


def test_the_newest_tag_before_the_present_commit_counts(history: Path) -> None:
    git(history, "tag", "v1", "HEAD~2")
    git(history, "tag", "v2", "HEAD~1")
    git(history, "tag", "v3", "HEAD")

    found = previous_release(history)

    assert found == "v2"


def test_without_a_tag_it_is_the_commit_that_the_file_names(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = git(history, "rev-parse", "HEAD~2")
    file = tmp_path / "named"
    file.write_text(f"# why\n{first}\n")
    monkeypatch.setattr(module, "_NAMED", file)

    found = previous_release(history)

    assert found == first


def test_a_history_that_does_not_reach_back_has_none(history: Path) -> None:
    found = previous_release(history)

    assert found is None


def test_an_archive_of_the_source_has_none(tmp_path: Path) -> None:
    found = previous_release(tmp_path)

    assert found is None


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run([_GIT, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
