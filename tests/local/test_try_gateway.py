"""The gateway with a real nginx, where there is one; without it the command says so and does not pass."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from config.local.gateway.nginx import find_nginx, nginx
from config.local.gateway.promises import PROMISES

BASE = Path(__file__).resolve().parents[2]


def try_gateway(**environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TEST_")}
    return subprocess.run(
        [sys.executable, "-m", "config.local.gateway"],
        cwd=BASE,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.processes
@pytest.mark.skipif(find_nginx() is None, reason="no nginx on this machine: make try-gateway says how to get one")
def test_a_real_nginx_keeps_every_promise() -> None:
    tried = try_gateway()

    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert tried.stdout.count("holds   ") == len(PROMISES) >= 10


def test_without_an_nginx_nothing_is_said_to_hold() -> None:
    code = "import sys; from config.local.gateway import trial; trial.find_nginx = lambda: None; sys.exit(trial.main())"

    tried = subprocess.run([sys.executable, "-c", code], cwd=BASE, capture_output=True, text=True, check=False)

    assert tried.returncode == 3
    assert "no nginx" in tried.stderr
    assert "holds" not in tried.stdout


def test_compose_fills_in_every_variable_of_the_templates(tmp_path: Path) -> None:
    given = yaml.safe_load((BASE / "compose.yaml").read_text())["services"]["gateway"]["environment"]

    nginx(executable="nginx", folder=tmp_path, port=1, variables=dict.fromkeys(given, "filled-in"))

    made = list((tmp_path / "nginx").rglob("*.conf"))
    assert len(made) == 3
    assert not any("${" in path.read_text() for path in made)
