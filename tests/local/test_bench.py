"""The benchmark: its arithmetic, and one short run. Figures are not judged: they are the machine's."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.local.bench.cpu import used_seconds
from config.local.bench.figures import (
    EXPECTED,
    NOTHING,
    REPLAYED,
    SPREAD,
    Figure,
    Slice,
    Target,
    Verdict,
    figure,
    percentile,
    results,
)
from config.local.bench.report import as_json, as_text
from config.local.bench.running import Plan, Report, run


def stretch_of_work(
    *, seconds: float = 1.0, statuses: dict[int, int], latencies_ms: list[float] | None = None, **cpu_seconds: float
) -> Slice:
    latencies = latencies_ms if latencies_ms is not None else [1.0] * sum(statuses.values())
    return Slice(seconds=seconds, latencies_ms=latencies, statuses=statuses, cpu_seconds=cpu_seconds)


def measured(variant: str, *, per_second: int, round_trips: float | None = None) -> Figure:
    done = stretch_of_work(statuses={EXPECTED[variant]: per_second})
    return figure(variant=variant, clients=8, slices=[done], round_trips=round_trips)


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(100, 0, -1)]

    assert [percentile(values, percent) for percent in (50, 99, 100)] == [50, 99, 100]
    assert percentile([7.0], 50) == 7
    assert math.isnan(percentile([], 50))


def test_slices_of_different_length_add_up() -> None:
    short = stretch_of_work(seconds=1, statuses={201: 30}, web=0.09, postgres=0.03, redis=0, load=0.5)
    long = stretch_of_work(seconds=3, statuses={201: 90}, web=0.27, postgres=0.21, redis=0, load=0.5)

    both = figure(variant=SPREAD, clients=8, slices=[short, long], round_trips=6)

    assert both.requests == 120
    assert both.per_second == 30
    assert both.cpu_ms == pytest.approx({"web": 3, "postgres": 2, "redis": 0, "load": 1_000 / 120})
    assert both.servers_cpu_ms == pytest.approx(5)
    assert both.load_share == 0.25


def test_an_answer_other_than_the_expected_is_an_error_and_no_speed() -> None:
    refused = stretch_of_work(seconds=2, statuses={201: 10, 503: 5, 0: 1})

    seen = figure(variant=SPREAD, clients=1, slices=[refused], round_trips=None)

    assert (seen.requests, seen.errors, seen.per_second) == (16, 6, 5)


def test_work_that_was_never_answered_has_no_speed() -> None:
    idle = figure(variant=SPREAD, clients=1, slices=[stretch_of_work(statuses={})], round_trips=None)

    assert (idle.requests, idle.per_second, idle.servers_cpu_ms) == (0, 0, None)


@pytest.mark.parametrize(
    ("more_is_better", "value", "verdict"),
    [
        (True, 0.24, Verdict.MISSED),
        (True, 0.25, Verdict.REACHED),
        (True, 0.35, Verdict.STRETCHED),
        (False, 6.1, Verdict.MISSED),
        (False, 6, Verdict.REACHED),
        (False, 3, Verdict.STRETCHED),
    ],
)
def test_a_target_is_met_at_its_very_value(more_is_better: bool, value: float, verdict: Verdict) -> None:
    reach, stretch = (0.25, 0.35) if more_is_better else (6, 3)

    target = Target(name="of the test", reach=reach, stretch=stretch, more_is_better=more_is_better)

    assert target.verdict(value) is verdict


def test_targets_are_ratios_at_one_concurrency() -> None:
    figures = [
        measured(NOTHING, per_second=1_000),
        measured(SPREAD, per_second=300, round_trips=9),
        measured(REPLAYED, per_second=500),
    ]

    found = {one.target.name: (one.value, one.verdict) for one in results(figures)}

    assert found == {
        "booking, spread / nothing": (0.3, Verdict.REACHED),
        "replay / nothing": (0.5, Verdict.MISSED),
        "round trips of a booking to PostgreSQL": (9, Verdict.MISSED),
    }


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not show it")
def test_what_an_ended_child_has_used_counts() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    before = used_seconds(os.getpid())

    subprocess.run([sys.executable, "-c", busy], check=True)

    after = used_seconds(os.getpid())
    assert before is not None
    assert after is not None
    assert after - before >= 0.25


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("bench") / "servers"
    plan = Plan(seconds=0.15, clients=(2,), types=5, guests=3, warm_up_seconds=0.05)

    seen = run(plan, folder=folder, say=lambda _: None)

    assert not any(folder.glob("postgres*")), "its servers are gone"
    return seen


def test_a_short_run_gets_the_expected_answer_from_every_kind_of_work(report: Report) -> None:
    seen = {one.variant: (one.errors, one.requests > 0) for one in report.figures}

    assert seen == dict.fromkeys(EXPECTED, (0, True))
    assert report.deadlocks == 0


def test_a_short_run_counts_the_round_trips_of_every_kind_of_request(report: Report) -> None:
    found = {one.variant: one.round_trips for one in report.figures}

    assert found[NOTHING] == 0
    assert all((one.statements or 0) >= (one.round_trips or 0) for one in report.figures)
    assert (found[SPREAD] or 0) > (found[REPLAYED] or 0) > 0


def test_a_short_run_is_told_in_tables_and_for_machines(report: Report) -> None:
    text, machine = as_text(report), as_json(report)

    assert all(f"| {variant}" in text for variant in EXPECTED)
    assert "as many in the database" in text
    assert {row["variant"] for row in machine["figures"]} == set(EXPECTED)
    assert {row["clients"] for row in machine["targets"]} == {2}


def test_the_command_wants_a_time_to_measure_for() -> None:
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError, match="above 0"):
        call_command("bench", "bookings", "--seconds", "0")
