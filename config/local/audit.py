"""`python -m config.local.audit`: are there known advisories against what production installs?

Exit code 0: every package was looked up, and nothing is known but what is allowed for a while. 1: something is known,
or an allowance has run out. 3: the advisory service did not answer for some package, so nothing may be concluded.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parents[2]
ALLOWED = BASE_DIR / "requirements" / "advisories.toml"
CLEAN, KNOWN, UNKNOWN = 0, 1, 3


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an audit comes to, in lines for a person."""

    code: int
    lines: Sequence[str]


def main() -> int:
    """Audit requirements/production.txt and say what was found."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    asked = subprocess.run(
        [*command, "--timeout", "15", "--format", "json", "--requirement", "requirements/production.txt"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    allowed = tomllib.loads(ALLOWED.read_text()).get("allowed", [])
    verdict = judged(asked.stdout, allowed=allowed, today=datetime.now(tz=UTC).date())
    print("\n".join(verdict.lines), file=sys.stdout if verdict.code == CLEAN else sys.stderr)
    if verdict.code == UNKNOWN:
        print(asked.stderr[-1_000:], file=sys.stderr)
    return verdict.code


def judged(found: str, *, allowed: Sequence[Mapping[str, Any]], today: date) -> Verdict:
    """What the report of pip-audit means. A package that was not looked up is never taken for a clean one."""
    try:
        packages = json.loads(found)["dependencies"]
    except (ValueError, KeyError):
        packages = []
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    until = {entry["id"]: entry["until"] for entry in allowed}
    known = [
        f"{package['name']} {package['version']}: {advisory['id']}, fixed in {advisory['fix_versions'] or 'no release'}"
        for package in packages
        for advisory in package.get("vulns", ())
        if until.get(advisory["id"], date.min) < today
    ]
    if known:
        return Verdict(code=KNOWN, lines=["Known advisories against what production installs:", *known])
    if skipped or not packages:
        said = f"{len(skipped)} of {len(packages)} packages" if packages else "any package"
        return Verdict(
            code=UNKNOWN,
            lines=[f"NOT AUDITED: the advisory service did not answer for {said}. This is no clean result."],
        )
    return Verdict(code=CLEAN, lines=[f"{len(packages)} packages, no known advisory that is not allowed."])


if __name__ == "__main__":
    sys.exit(main())
