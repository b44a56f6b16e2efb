"""Failpoints: a process is struck once at the place that is armed for it, and nothing but the proof knows of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from config.local.production import stand_in_environment
from config.local.proof import failpoints
from config.local.proof.failpoints import FOLDER, Failpoints

BASE_DIR = Path(__file__).resolve().parents[2]


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """A module with one function, after which a place lies."""
    module = ModuleType("shelf")
    vars(module)["take"] = lambda what: f"took {what}"
    monkeypatch.setitem(sys.modules, "shelf", module)
    monkeypatch.setattr(failpoints, "PLACES", {"after-the-shelf": "shelf:take"})
    failpoints.install({FOLDER: str(tmp_path)})
    return module


@pytest.fixture
def strikes() -> Iterator[list[int]]:
    """The signals that this process got at the place."""
    seen: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: seen.append(number))
    yield seen
    signal.signal(signal.SIGUSR1, before)


def test_the_first_process_at_an_armed_place_is_struck_and_no_other(
    shelf: ModuleType, strikes: list[int], tmp_path: Path
) -> None:
    places = Failpoints(folder=tmp_path)
    places.arm("after-the-shelf", signal.SIGUSR1)

    taken = [shelf.take("a"), shelf.take("b")]

    assert taken == ["took a", "took b"]
    assert strikes == [signal.SIGUSR1]
    assert places.struck("after-the-shelf") == os.getpid()


def test_a_place_that_is_not_armed_does_nothing(shelf: ModuleType, strikes: list[int], tmp_path: Path) -> None:
    taken = shelf.take("a")

    assert taken == "took a"
    assert strikes == []
    assert Failpoints(folder=tmp_path).struck("after-the-shelf") is None


def test_a_place_that_is_not_there_is_no_silent_proof(shelf: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failpoints, "PLACES", {"after-the-shelf": "shelf:gone"})

    with pytest.raises(AttributeError, match="gone"):
        failpoints.install({FOLDER: "folder"})


def test_production_wraps_nothing_whatever_its_environment_says(tmp_path: Path) -> None:
    code = (
        "import sys, config.wsgi, config.celery\n"
        "import apps.platform.commands, apps.platform.locks, apps.inventory.services, apps.bookings.services._placing\n"
        "print([name for name in sys.modules if name.startswith('config.local')])\n"
        "print(hasattr(apps.platform.locks.next_fence, '__wrapped__'))"
    )

    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env=os.environ | stand_in_environment() | {FOLDER: str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.stdout.splitlines() == ["[]", "False"], finished.stderr


@pytest.mark.parametrize("path", ["apps", "config/wsgi.py", "config/celery.py", "config/settings"])
def test_the_platform_has_no_trace_of_them(path: str) -> None:
    place = BASE_DIR / path
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]

    naming = [file.name for file in files if "failpoint" in file.read_text().lower() or FOLDER in file.read_text()]

    assert files
    assert naming == []
