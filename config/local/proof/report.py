"""The result of a run: a table to read, a document for machines, a block of docs/reliability.md."""

import json
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.local.proof.proving import Result, Run

_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a result is worth little without: how it was asked for, when, and on what."""

    command: str
    date: str
    machine: str


def circumstances(command: str) -> Circumstances:
    """Those of this moment; the load is that of the last minute, so of others if asked before the run."""
    processor = _first_match(Path("/proc/cpuinfo"), r"^model name\s*: (.+)$") or platform.machine()
    memory = int(_first_match(Path("/proc/meminfo"), r"^MemTotal:\s*(\d+) kB$") or 0) / 1024**2
    parts = [
        f"{os.cpu_count()} processors ({processor})",
        *([f"{memory:.0f} GiB"] if memory else []),
        f"{platform.system()}, Python {platform.python_version()}",
        f"load {os.getloadavg()[0]:.1f} before the run",
    ]
    return Circumstances(command=command, date=datetime.now(tz=UTC).date().isoformat(), machine=", ".join(parts))


def table(run: Run, under: Circumstances) -> str:
    """The table in Markdown, with what lies behind each verdict that is not "holds", and how to repeat the run."""
    return "\n".join([*_table(run), "", f"Seed {run.seed}, {_outcome(run)}", _origin(under), f"History: {run.history}"])


def document(run: Run, under: Circumstances) -> str:
    """The same as JSON."""
    results = [asdict(result) | {"verdict": result.verdict} for result in run.results]
    return json.dumps(
        {
            "holds": run.holds,
            "seed": run.seed,
            "short": run.short,
            "attempts": run.attempts,
            "seconds": round(run.seconds, 1),
            "history": str(run.history),
            **asdict(under),
            "results": results,
        },
        indent=2,
    )


def written(page: str, run: Run, under: Circumstances) -> str:
    """The page with this run between the two comments of its form, instead of an earlier one.

    :raises ValueError: if the page has no such place.
    """
    form = "short" if run.short else "full"
    begin, end = (f"<!-- {form} form: {which} -->" for which in ("begin", "end"))
    before, found, rest = page.partition(begin)
    _, found_too, after = rest.partition(end)
    if not (found and found_too):
        raise ValueError(f"The page has no place for a run: {begin} and {end}.")
    block = [begin, f"Seed {run.seed}, {_outcome(run)}", _origin(under), "", *_table(run), end]
    return before + "\n".join(block) + after


def _outcome(run: Run) -> str:
    form = "short form" if run.short else "full form"
    verdict = "nothing violated" if run.holds else "SOMETHING VIOLATED"
    return f"{form}: {run.attempts:,} attempts in {run.seconds:.0f} s, {verdict}."


def _origin(under: Circumstances) -> str:
    return f"`{under.command}`, {under.date}, {under.machine}."


def _table(run: Run) -> Sequence[str]:
    lines = ["| Test | What was done | Expected | Seen | Seconds | Verdict |", "|---|---|---|---|---:|---|"]
    lines += [_row(result) for result in run.results]
    for result in run.results:
        lines += ["", *_reasons(result)] if result.violations else []
    return lines


def _row(result: Result) -> str:
    cells = (result.test, result.done, result.expected, result.seen, f"{result.seconds:.0f}", result.verdict)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _reasons(result: Result) -> list[str]:
    shown = [f"{result.test}: {violation}" for violation in result.violations[:_SHOWN]]
    more = len(result.violations) - len(shown)
    return [*shown, f"{result.test}: and {more} more"] if more else shown


def _first_match(file: Path, pattern: str) -> str:
    try:
        match = re.search(pattern, file.read_text(), re.MULTILINE)
    except OSError:
        return ""
    return match[1].strip() if match else ""
