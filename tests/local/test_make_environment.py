"""The first thing a newcomer runs says what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.local import environment
from config.local.demo import _wanted_port
from config.local.errors import LocalServersError

BASE = Path(__file__).resolve().parent.parent.parent


def test_a_python_that_is_too_old_is_named_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "OLDEST", (99, 0))

    with pytest.raises(SystemExit, match=r"Python 3.11 or newer is needed, and .* is 3\.\d+") as refusal:
        environment.main("local")

    assert "make PYTHON=" in str(refusal.value)


def test_the_script_runs_before_anything_is_installed() -> None:
    """Isolated and without site-packages, as a bare machine would run it."""
    question = "import runpy, sys; runpy.run_path(sys.argv[1])"
    script = str(BASE / "config" / "local" / "environment.py")

    finished = subprocess.run([sys.executable, "-I", "-S", "-c", question, script], check=False)

    assert finished.returncode == 0


@pytest.mark.parametrize("port", ["", "eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(LocalServersError, match="is not a port"):
        _wanted_port()
