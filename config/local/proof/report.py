"""The result of a run: a table to read, a document for machines."""

import json
import os
from dataclasses import asdict

from config.local.proof.proving import Result, Run

_SHOWN = 10


def table(run: Run) -> str:
    """The table in Markdown, with what lies behind each verdict that is not "holds", and how to repeat the run."""
    lines = ["| Test | What was done | Expected | Seen | Seconds | Verdict |", "|---|---|---|---|---:|---|"]
    lines += [_row(result) for result in run.results]
    for result in run.results:
        lines += ["", *_reasons(result)] if result.violations else []
    form = "short form" if run.short else "full form"
    took = f"{run.attempts:,} attempts in {run.seconds:.0f} s on {os.cpu_count()} processors"
    lines += [
        "",
        f"Seed {run.seed}, {form}: {took}, {'nothing' if run.holds else 'SOMETHING'} violated.",
        f"History: {run.history}",
    ]
    return "\n".join(lines)


def document(run: Run) -> str:
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
            "results": results,
        },
        indent=2,
    )


def _row(result: Result) -> str:
    cells = (result.test, result.done, result.expected, result.seen, f"{result.seconds:.0f}", result.verdict)
    return f"| {' | '.join(cells)} |"


def _reasons(result: Result) -> list[str]:
    shown = [f"{result.test}: {violation}" for violation in result.violations[:_SHOWN]]
    more = len(result.violations) - len(shown)
    return [*shown, f"{result.test}: and {more} more"] if more else shown
