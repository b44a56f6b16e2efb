"""Our own schema against ourselves: no request made from it is answered by an error of ours. Bounded in time."""

import subprocess
import sys
from pathlib import Path

from tests.stack import Platform

PASSWORD = "seven-green-parrots"
SECONDS = 30
# What would end the session that the requests are made with, or their account.
_NOT_ASKED = (
    "/api/v1/auth/logout",
    "/api/v1/me/sessions",
    "/api/v1/me/password",
    "/api/v1/auth/password-reset/confirm",
)
_PEOPLE = f"""
from apps.accounts import services as a
admin = a.ensure_account(email="fuzz@example.com", full_name="Fuzz", password={PASSWORD!r})
a.grant_role(user_id=admin.id, role=a.Role.PLATFORM_ADMIN)
"""


def test_no_request_of_our_schema_is_answered_by_an_error(platform: Platform, tmp_path: Path) -> None:
    platform.manage("shell", "-v0", "-c", _PEOPLE)
    signed_in = platform.client().post("/api/v1/auth/token", {"email": "fuzz@example.com", "password": PASSWORD})

    fuzzed = subprocess.run(
        _command(platform.url, token=signed_in.json()["access"]),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert fuzzed.returncode == 0, fuzzed.stdout + fuzzed.stderr[-2_000:]
    assert platform.client().get("/livez").status == 200
    # However slow the machine: at least about one for each operation.
    assert _cases(fuzzed.stdout) >= 50, fuzzed.stdout[-2_000:]


def _command(url: str, *, token: str) -> list[str]:
    # (Not the phase "coverage": its generator stumbles over its own findings now and then.)
    return [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/schema/?format=json"),
        *("--url", url, "--header", f"Authorization: Bearer {token}"),
        *("--checks", "not_a_server_error", "--phases", "fuzzing", "--max-examples", "8"),
        *("--seed", "1", "--generation-deterministic", "--max-time", str(SECONDS), "--workers", "2"),
        *("--request-timeout", "60"),
        *("--suppress-health-check", "all", "--continue-on-failure", "--no-color"),
        *(part for path in _NOT_ASKED for part in ("--exclude-path", path)),
        *("--exclude-method", "DELETE"),
    ]


def _cases(output: str) -> int:
    """How many requests were made."""
    numbers = [word.replace(",", "") for line in output.splitlines() if "generated" in line for word in line.split()]
    return max((int(word) for word in numbers if word.isdigit()), default=0)
