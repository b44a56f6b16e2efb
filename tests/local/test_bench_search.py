"""The benchmark of search: one short run through a tiny world. Figures are not judged: they are the machine's."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.local.bench.running import BenchFailed
from config.local.bench.search import SearchFigure, SearchPlan, SearchReport, run_search, search_table


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SearchReport:
    folder = tmp_path_factory.mktemp("bench") / "servers"
    plan = SearchPlan(hotels=8, nights=80, cities=(3, 8), requests=2)

    seen = run_search(plan, folder=folder, say=lambda _: None)

    assert not any(folder.glob("postgres*")), "its servers are gone"
    return seen


def test_a_short_run_measures_every_kind_of_search_in_every_city(report: SearchReport) -> None:
    works = {one.work for one in report.figures if one.hotels is not None}

    assert len(works) == 6
    assert {(one.work, one.hotels) for one in report.figures if one.hotels} == {
        (work, hotels) for work in works for hotels in (3, 8)
    }
    assert {one.work for one in report.figures if one.hotels is None} == {
        "offers",
        "offers, explained",
        "lowest prices",
        "calendar",
    }
    assert all(one.requests == 2 and one.p95_ms >= one.p50_ms > 0 for one in report.figures)


def test_a_short_run_is_told_in_a_table(report: SearchReport) -> None:
    text = search_table(report)

    assert all(f"| {one.work}" in text for one in report.figures)
    assert "8 hotels, 3,200 nights" in text


def test_a_kept_world_is_measured_again_and_no_other_one(tmp_path: Path) -> None:
    said: list[str] = []
    plan = SearchPlan(hotels=2, nights=80, cities=(2,), requests=1, keep=True)
    run_search(plan, folder=tmp_path, say=said.append)

    report = run_search(plan, folder=tmp_path, say=said.append)

    assert len([line for line in said if line.startswith("loading")]) == 1
    assert "2 hotels and 800 nights" in report.loaded
    with pytest.raises(BenchFailed, match="--hotels 2 --nights 80"):
        run_search(replace(plan, hotels=3), folder=tmp_path, say=said.append)


def test_a_target_is_told_where_there_is_one() -> None:
    def figure(hotels: int, p95_ms: float) -> SearchFigure:
        return SearchFigure(
            work="search", hotels=hotels, requests=1, p50_ms=1, p95_ms=p95_ms, results=1, cpu_ms={"web": 2.0}
        )

    figures = (figure(100, 900), figure(1_000, 50), figure(1_000, 51), figure(10_000, 20))

    text = search_table(SearchReport(figures=figures, hotels=1, nights=1, loaded="", postgres="18"))

    lasts = [line.split("|")[-2].strip() for line in text.splitlines()[2:6]]
    assert lasts == ["-", "50: reached", "50: missed", "300: stretch"]


def test_the_command_wants_a_world() -> None:
    with pytest.raises(CommandError, match="at least 80"):
        call_command("bench", "search", "--nights", "10")
