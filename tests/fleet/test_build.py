"""A fleet: the figures of its rows, what a second build does, and what is never harmed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from contract.tree import HOSTILE, Tree, as_csv, event, rich_tree
from fleet.conftest import Build, ended
from peak_trade import clock
from peak_trade.artifacts import times
from peak_trade.contract.base.route import Params
from peak_trade.contract.fleet.columns import COLUMNS, SCHEMA
from peak_trade.contract.fleet.dataset import FleetError, read
from peak_trade.contract.runs.books import books
from peak_trade.contract.runs.funnel import decision_funnel
from peak_trade.contract.runs.judged import statistics
from peak_trade.derive.funnel import Decisions, Funnel, funnel
from peak_trade.errors import NotInstalledError
from peak_trade.fleets import build as building
from peak_trade.fleets import judge
from peak_trade.fleets.build import Built
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import load
from serving import PEAK_TRADE


def rows(out: Path) -> dict[str, dict[str, Any]]:
    return {row["run_id"]: row for row in read(out).to_pylist()}


async def payloads(root: Path, run_id: str) -> dict[str, Any]:
    """Return what the routes of one run say, by the columns of the dataset."""
    runtime = Runtime(load(None, {"dashboard.root": str(root)}).settings)
    context = runtime.context()
    found = await statistics(context, Params(), run_id)
    checks = (await books(context, Params(), run_id))["checks"]
    way = await decision_funnel(context, Params(), run_id)
    await runtime.stop()
    return {
        **{
            item["name"]: times.parse(item["value"]) if item["unit"] == "time" else item["value"]
            for item in found["items"]
        },
        "events": found["basis"]["events"],
        "books_wrong": " ".join(c["name"] for c in checks if c["status"] == "failed"),
        "books_checked": sum(check["status"] != "unchecked" for check in checks),
        **{f"funnel_{stage['name']}": stage["count"] for stage in way["stages"]},
        "blocked": way["blocked"],
        "rejected": way["rejected"],
        "session_id": way["session_id"],
    }


async def test_a_row_says_what_the_routes_of_the_run_say(
    tree: Tree, out: Path, make: Build
) -> None:
    rich_tree(tree.root)
    columns = ("step", "ts_bar", "equity", "close", "position_size", "cash", "orders_filled")
    prices = {step: 100.0 + step % 7 for step in range(1, 400)}
    held = {step: float(step // 20 % 2) for step in prices}
    events = [
        event(
            step,
            ts_bar=f"2026-01-{1 + step // 24:02}T{step % 24:02}:00:00+00:00",
            close=price,
            position_size=held[step],
            cash=1000.0 - held[step] * 100.0,
            equity=1000.0 - held[step] * 100.0 + held[step] * price,
            orders_filled=int(held[step] != held.get(step - 1, 0.0)),
        )
        for step, price in prices.items()
    ]
    tree.run("traded", events, *columns, ended_at="2026-01-15T18:00:00+00:00", timeframe="1h")
    record = {"equity": 1.0, "num_orders": 3}
    tree.session("known", "other", run_id="traded", metrics=record)
    make()
    found = rows(out)
    assert len(found) == 3
    for run_id in ("traded", "known", HOSTILE):
        told = await payloads(tree.root, run_id)
        assert {name: found[run_id][name] for name in told} == told
    assert found["traded"]["sharpe"] is not None
    assert found["traded"]["session_id"] == "known"
    assert "session_equity" in found["traded"]["books_wrong"].split()


def test_only_new_and_changed_runs_are_judged_again(tree: Tree, out: Path, make: Build) -> None:
    directory = [ended(tree, name) for name in ("a", "b", "c")][1]
    assert make() == Built(3, 3, 0, 0)
    first = rows(out)
    version = out.resolve()
    assert make() == Built(3, 0, 3, 0)
    assert out.resolve() == version, "nothing changed, and nothing is written"
    tree.write(directory / "events.csv", as_csv(event(step) for step in range(1, 6)))
    ended(tree, "d")
    tree.session("s", run_id="a")
    assert make() == Built(4, 3, 1, 0)
    found = rows(out)
    files = sorted(out.resolve().rglob("*.parquet"))
    assert [pq.ParquetFile(path).num_row_groups for path in files] == [1], "not one a batch"
    assert found["c"] == first["c"]
    assert (found["b"]["events"], found["a"]["session_id"]) == (5, "s")
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
    assert make() == Built(3, 0, 3, 0)
    assert sorted(rows(out)) == ["a", "c", "d"]


def test_a_directory_that_is_no_run_is_not_counted(tree: Tree, make: Build) -> None:
    ended(tree, "a")
    tree.write(tree.runs / "no_run" / "events.csv", as_csv([event(1)]))
    assert make() == Built(1, 1, 0, 0)
    assert make() == Built(1, 0, 1, 0)


def test_a_run_that_was_active_is_judged_until_it_is_not(
    tree: Tree, out: Path, make: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.run("open", [event(step) for step in range(50, 60)])
    assert make().judged == 1
    assert rows(out)["open"]["active"]
    monkeypatch.setenv("PEAK_TRADE_NOW", "2026-01-15T19:30:00+00:00")
    assert make().judged == 1
    assert not rows(out)["open"]["active"]
    assert make().judged == 0


def test_another_version_judges_all_again(
    tree: Tree, make: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(tree, "a")
    assert make().judged == 1
    monkeypatch.setattr(judge, "VERSION", "9.9.9")
    assert make().judged == 1


def test_a_failing_run_is_a_row_with_its_reason(
    tree: Tree, out: Path, make: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(tree, "good")
    tree.write(tree.runs / "broken" / "meta.json", "{")
    tree.write(tree.runs / "half" / "events.csv", "step\n1\n")
    (tree.runs / "away").symlink_to("/")
    ended(tree, "odd")

    def some(run: Decisions, told: Sequence[Any]) -> Funnel:
        if run.rows == 5:
            raise ZeroDivisionError("no such figure")
        return funnel(run, told)

    monkeypatch.setattr("peak_trade.fleets.judge.funnel", some)
    ended(tree, "odd", 5)
    assert make() == Built(4, 4, 0, 3)
    found = {name: row["reason"] for name, row in rows(out).items()}
    assert found["good"] == ""
    assert found["broken"] == "not JSON"
    assert "no such figure" in found["odd"]
    assert "leads out" in found["away"]


def test_a_dataset_is_never_written_into_what_is_watched(tree: Tree, tmp_path: Path) -> None:
    ended(tree, "a")
    settings = load(None, {"dashboard.root": str(tree.root)}).settings
    (tmp_path / "by").symlink_to(tree.root)
    before = sorted(tree.root.rglob("*"))
    for out in (tree.runs / "fleet", tree.root / "fleet", tmp_path / "by" / "fleet", tree.root):
        with pytest.raises(FleetError, match="nothing is ever written there"):
            building.build(settings, out)
    assert sorted(tree.root.rglob("*")) == before


def test_nothing_else_is_replaced_by_a_dataset(tree: Tree, out: Path, make: Build) -> None:
    ended(tree, "a")
    out.mkdir()
    (out / "mine").write_text("kept")
    with pytest.raises(FleetError, match="no fleet dataset"):
        make()
    mine = out.rename(out.with_name("elsewhere"))
    out.symlink_to(mine)
    with pytest.raises(FleetError, match="no fleet dataset"):
        make()
    assert (out / "mine").read_text() == "kept"


def test_a_root_without_runs_leaves_the_dataset_as_it_was(
    tree: Tree, out: Path, make: Build
) -> None:
    ended(tree, "a")
    make()
    tree.runs.rename(tree.root / "elsewhere")
    with pytest.raises(FleetError, match="no directory of runs"):
        make()
    assert list(rows(out)) == ["a"]


def test_a_build_that_was_ended_goes_on(
    tree: Tree, out: Path, make: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "BATCH", 2)
    for name in "abcdef":
        ended(tree, name)
    make()
    for name in "abcd":
        ended(tree, name, 4)
    batches: list[list[Path]] = []
    judged = judge.judge_all

    def ends(job: judge.Job, paths: list[Path]) -> Any:
        batches.append(paths)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return judged(job, paths)

    monkeypatch.setattr("peak_trade.fleets.cluster.judge_all", ends)
    with pytest.raises(KeyboardInterrupt):
        make()
    assert [row["events"] for row in rows(out).values()] == [3] * 6, "the one before is whole"
    assert make() == Built(6, 2, 4, 0)
    assert sorted((k, row["events"]) for k, row in rows(out).items()) == [
        *((name, 4) for name in "abcd"),
        *((name, 3) for name in "ef"),
    ]


def test_one_build_at_a_time_and_two_versions_are_kept(
    tree: Tree, out: Path, make: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        ended(tree, f"run{number}")
        make()
    assert len([path for path in out.parent.glob(".fleet.*") if path.is_dir()]) == 2
    ended(tree, "last")

    def twice(job: judge.Job, paths: list[Path]) -> Any:
        with pytest.raises(FleetError, match="by another process"):
            make()
        return judge.judge_all(job, paths)

    monkeypatch.setattr("peak_trade.fleets.cluster.judge_all", twice)
    assert make().judged == 1


def test_pandas_duckdb_and_arrow_read_it(tree: Tree, out: Path, make: Build) -> None:
    ended(tree, "a", 9)
    ended(tree, "b", started_at="2025-11-30T23:59:59+00:00")
    tree.write(tree.runs / "c" / "meta.json", "{")
    make()
    frame = pd.read_parquet(out).set_index("run_id").sort_index()
    assert frame["events"].tolist()[:2] == [9, 3]
    assert frame["month"].tolist() == ["2026-01", "2025-11", "unknown"]
    assert set(frame.reset_index().columns) == set(SCHEMA.names)
    told = duckdb.sql(
        f"select run_id, events from read_parquet('{out}/*/*.parquet') where month = '2025-11'"
    )
    assert told is not None
    assert told.fetchall() == [("b", 3)]
    file = next(out.glob("month=2026-01/*.parquet"))
    metadata = pq.read_schema(file)
    assert metadata.metadata[b"as_of"] == clock.now().isoformat().encode()
    assert metadata.field("volatility").metadata[b"unit"] == b"fraction"


def test_months_of_hostile_times_are_bounded(tree: Tree, out: Path, make: Build) -> None:
    for year in (1, 1969, 2100, 9998):
        ended(tree, f"y{year}", started_at=f"{year:04}-01-01T00:00:00+00:00")
    make()
    assert {row["month"] for row in rows(out).values()} == {"unknown"}


def test_without_dask_it_is_said_what_to_install(
    tree: Tree, out: Path, make: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(tree, "a")
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setattr("peak_trade.fleets.cluster.FEW", 0)
    with pytest.raises(NotInstalledError, match="extra `fleet`"):
        make()
    assert not out.exists()


def test_columns_have_names_of_their_own() -> None:
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


@pytest.mark.ops
def test_the_command_builds_on_a_cluster_of_its_own(tree: Tree, out: Path) -> None:
    for number in range(300):
        ended(tree, f"run{number:03}", 2)
    command = [*PEAK_TRADE, "fleet", "build", "--root", str(tree.root), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, cwd=tree.root)
    assert done.returncode == 0, done.stderr
    assert "300 runs; 300 judged" in done.stdout
    assert "Traceback" not in done.stderr
    assert len(rows(out)) == 300
    assert {row["events"] for row in rows(out).values()} == {2}
