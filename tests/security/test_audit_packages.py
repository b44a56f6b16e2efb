"""Known advisories stop the pipeline, and an audit that could not be made is no clean one: statement 39."""

import json
import tomllib
from datetime import date
from typing import Any

import pytest

from config.local.audit import ALLOWED, CLEAN, KNOWN, UNKNOWN, judged

TODAY = date(2026, 11, 22)
CLEAN_ONE: dict[str, Any] = {"name": "django", "version": "5.2", "vulns": []}
BAD_ONE: dict[str, Any] = {"name": "jinja", "version": "1", "vulns": [{"id": "GHSA-1", "fix_versions": ["2"]}]}
SKIPPED: dict[str, Any] = {"name": "orjson", "skip_reason": "Dependency not found on PyPI"}


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages})


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (report(CLEAN_ONE), CLEAN),
        (report(CLEAN_ONE, BAD_ONE), KNOWN),
        (report(CLEAN_ONE, SKIPPED), UNKNOWN),
        (report(SKIPPED, BAD_ONE), KNOWN),
        (report(), UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_report_means(found: str, code: int) -> None:
    verdict = judged(found, allowed=[], today=TODAY)

    assert verdict.code == code
    assert (verdict.code == UNKNOWN) == any("NOT AUDITED" in line for line in verdict.lines)


def test_an_advisory_is_allowed_until_its_day_and_no_longer() -> None:
    allowed = [{"id": "GHSA-1", "until": TODAY, "reason": "never called"}]

    assert judged(report(BAD_ONE), allowed=allowed, today=TODAY).code == CLEAN
    assert judged(report(BAD_ONE), allowed=allowed, today=date(2026, 11, 23)).code == KNOWN


def test_every_allowance_has_a_reason_and_a_day() -> None:
    allowed = tomllib.loads(ALLOWED.read_text()).get("allowed", [])

    assert all(isinstance(entry["until"], date) and entry["reason"] for entry in allowed)
