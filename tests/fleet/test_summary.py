"""What is summed up of the runs that a query finds, beside pandas and beside single rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fleet.made import run_row, write_fleet
from peak_trade.contract.fleet.dataset import version_of
from peak_trade.contract.fleet.search import FleetTableParams, table
from peak_trade.contract.fleet.summary import MAX_POINTS, FleetSummary, summary
from peak_trade.contract.pages.fleet import FleetSummaryParams, FleetView, fleet, fleet_summary_rows
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import load


def summed(path: Path, query: str = "") -> FleetSummary:
    version = version_of(path)
    assert version is not None
    return summary(version, query)


def test_groups_are_those_of_pandas(tmp_path: Path) -> None:
    rows = [run_row(place) for place in range(501)]
    rows[7].update(total_return=None, max_drawdown=None, trades=None, status="failed")
    rows[8].update(total_return=float("inf"), books_failed=3, trades=float("-inf"))
    for place, month in ((480, "2025-12"), (481, "unknown")):
        rows[place]["month"] = month
    path = write_fleet(tmp_path / "fleet", rows)
    frame = pd.DataFrame(rows).replace(float("inf"), float("nan"))
    frame = frame[frame["events"] > 63].astype({"total_return": float})
    found = summed(path, "events>63")
    for kind in ("strategy", "symbol", "month"):
        of = frame.groupby(kind)
        groups = {one["name"]: one for one in found[f"by_{kind}"]}  # type: ignore[literal-required]
        assert {name: one["runs"] for name, one in groups.items()} == of.size().to_dict()
        for name, median in of["total_return"].median().items():
            assert groups[str(name)]["median_return"] == pytest.approx(median)
        for name, worst in of["max_drawdown"].min().items():
            assert groups[str(name)]["worst_drawdown"] == worst
    assert [one["name"] for one in found["by_month"]] == ["2026-01", "2025-12", "unknown"]
    overall = found["overall"]
    assert (overall["runs"], overall["failed"], overall["books"]) == (497, 1, 1)
    assert len(found["points"]) == 495
    assert found["returns"] is not None
    assert sum(found["returns"]["counts"]) == 495


def test_too_many_points_are_a_density_that_leaves_none_out(tmp_path: Path) -> None:
    path = write_fleet(tmp_path / "fleet", map(run_row, range(MAX_POINTS + 1)))
    found = summed(path)
    assert found["points"] == []
    assert found["density"] is not None
    assert sum(map(sum, found["density"]["counts"])) == MAX_POINTS + 1
    assert len(summed(path, f"events<{60 + MAX_POINTS}")["points"]) == MAX_POINTS


@pytest.mark.parametrize("rows", [[], [run_row(0)], [run_row(0, max_drawdown=None)]])
def test_few_rows_are_no_fault(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    found = summed(write_fleet(tmp_path / "fleet", rows))
    assert found["overall"]["runs"] == len(rows)
    assert len(found["points"]) == sum(row["max_drawdown"] is not None for row in rows)


def test_pages_of_the_list_are_the_whole_list(tmp_path: Path) -> None:
    path = write_fleet(tmp_path / "fleet", map(run_row, range(25)))
    seen: list[str] = []
    for offset in (0, 10, 20, 30):
        params = FleetTableParams(q="events>62", sort="-return", rows=10, offset=offset)
        found = table(path, params, "json", "")
        assert isinstance(found, dict)
        assert (found["total"], found["matching"]) == (25, 22)
        seen += [row["run"] for row in found["rows"]]
    returns = {f"r{place:06}": run_row(place)["total_return"] for place in range(3, 25)}
    assert seen == sorted(returns, key=lambda name: -returns[name])


async def test_the_page_says_what_is_missing(tmp_path: Path) -> None:
    given = {"dashboard.root": str(tmp_path), "fleet.path": str(tmp_path / "fleet")}
    runtime = Runtime(load(None, given).settings)
    try:
        assert (await fleet(runtime.context(), FleetView()))["state"] == "missing"
        write_fleet(tmp_path / "fleet", map(run_row, range(MAX_POINTS + 1)))
        page = await fleet(runtime.context(), FleetView(offset=2_000))
        assert (page["state"], len(page["rows"]), page["watched"]) == ("ready", 1, [])
        for name in ("density", "returns"):
            params = FleetSummaryParams(table=name)
            rows = await fleet_summary_rows(runtime.context(), params)
            assert sum(row["runs"] for row in rows) == MAX_POINTS + 1
    finally:
        await runtime.stop()
