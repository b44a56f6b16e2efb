"""How a run is told: a table of figures and a table of targets, in Markdown, or everything as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from config.local.bench.figures import (
    LOAD,
    MEANINGS,
    NOTHING,
    SERVERS,
    Figure,
    Result,
    Target,
    Verdict,
    ratio_of,
    results,
)
from config.local.bench.running import Report

_UNKNOWN = "-"


def as_text(report: Report) -> str:
    """Both tables, readable in a terminal and in a Markdown page alike."""
    parts = [
        table(_figure_rows(report.figures)),
        "\n".join(f"- {name}: {MEANINGS[name]}" for name in dict.fromkeys(one.variant for one in report.figures)),
        table(_target_rows(results(report.figures))),
    ]
    closing = (
        f"{report.bookings:,} bookings answered with 201 and as many in the database; {report.deadlocks} deadlocks;"
        f" PostgreSQL {report.postgres}, fsync on."
    )
    return "\n\n".join([*parts, closing])


def as_json(report: Report) -> dict[str, Any]:
    """The same for machines."""
    return {
        "figures": [asdict(one) | {"ratio": ratio_of(one, _nothing(report.figures, one))} for one in report.figures],
        "targets": [
            {
                "target": one.target.name,
                "clients": one.clients,
                "value": one.value,
                "reach": one.target.reach,
                "stretch": one.target.stretch,
                "verdict": one.verdict.value,
            }
            for one in results(report.figures)
        ],
        "bookings": report.bookings,
        "deadlocks": report.deadlocks,
        "postgres": report.postgres,
    }


def _figure_rows(figures: Sequence[Figure]) -> Iterator[Sequence[str]]:
    groups = (*SERVERS, LOAD)
    yield (
        *("work", "clients", "per s", "/ nothing", "p50 ms", "p99 ms"),
        *(f"CPU ms {group}" for group in groups),
        *("load, cores", "SQL", "trips", "errors"),
    )
    for one in figures:
        yield (
            *(one.variant, str(one.clients), f"{one.per_second:,.0f}"),
            _number(ratio_of(one, _nothing(figures, one)), 2),
            *(f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}"),
            *(_number(one.cpu_ms.get(group), 2) for group in groups),
            *(_number(one.load_share, 2), _number(one.statements, 1), _number(one.round_trips, 1), str(one.errors)),
        )


def _nothing(figures: Sequence[Figure], beside: Figure) -> Figure | None:
    """The work that does nothing, at the same concurrency."""
    return next((one for one in figures if one.variant == NOTHING and one.clients == beside.clients), None)


def _target_rows(found: Sequence[Result]) -> Iterator[Sequence[str]]:
    concurrencies = list(dict.fromkeys(one.clients for one in found))
    yield ("target", "reach", "stretch", *(_with_clients(clients) for clients in concurrencies))
    by_target: dict[Target, dict[int, Result]] = {}
    for one in found:
        by_target.setdefault(one.target, {})[one.clients] = one
    for target, measured in by_target.items():
        yield (
            target.name,
            f"{target.reach:g}",
            f"{target.stretch:g}",
            *(_told(measured.get(clients)) for clients in concurrencies),
        )


def _with_clients(clients: int) -> str:
    return "1 client" if clients == 1 else f"{clients} clients"


def _told(result: Result | None) -> str:
    if result is None:
        return _UNKNOWN
    remark = {Verdict.MISSED: " (missed)", Verdict.REACHED: "", Verdict.STRETCHED: " (stretch)"}
    return f"{result.value:.2f}{remark[result.verdict]}"


def _number(value: float | None, digits: int) -> str:
    return _UNKNOWN if value is None else f"{value:.{digits}f}"


def table(rows: Iterator[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, figures to the right."""
    head, *body = rows
    widths = [max(len(cell) for cell in column) for column in zip(head, *body, strict=True)]
    rule = [("-" * width if place == 0 else "-" * (width - 1) + ":") for place, width in enumerate(widths)]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in (head, rule, *body)
    )
