"""The model of the console: filters, counts under them, and what makes it build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.conftest import Create
from peak_trade.contract.pages.console import ConsolePayload
from peak_trade.models.console import ConsoleModel
from peak_trade.store.slots import Change


@pytest.fixture
def model(create: Create) -> ConsoleModel:
    return create(ConsoleModel)


def write_session(root: Path, name: str, **values: Any) -> None:
    directory = root / "reports" / "experiments" / "live_sessions"
    directory.mkdir(parents=True, exist_ok=True)
    record = {
        "session_id": name,
        "run_type": "live_session_shadow",
        "mode": "shadow",
        "status": "completed",
        "started_at": "2026-01-15T10:00:00",
    }
    (directory / f"{name}.json").write_text(json.dumps(record | values))


def write_run(root: Path, name: str, *events: str, timeframe: str = "1m") -> None:
    directory = root / "live_runs" / name
    directory.mkdir(parents=True)
    meta = {"run_id": name, "mode": "paper", "strategy_name": "s", "symbol": "BTC/EUR"}
    (directory / "meta.json").write_text(json.dumps(meta | {"timeframe": timeframe}))
    rows = [f"{step},{event},100.0" for step, event in enumerate(events)]
    (directory / "events.csv").write_text("\n".join(["step,ts_event,equity", *rows, ""]))


async def shown(model: ConsoleModel) -> ConsolePayload:
    await model.refresh()
    assert model.payload is not None
    return model.payload


async def test_nothing_is_no_problem(model: ConsoleModel) -> None:
    console = await shown(model)
    assert (console["total_sessions"], console["sessions"], console["newest"]) == (0, [], None)
    assert model.problem == ""


async def test_filters_select_and_count_each_under_the_other(
    model: ConsoleModel, tmp_path: Path
) -> None:
    write_session(
        tmp_path,
        "a",
        symbol="BTC/EUR",
        metrics={"realized_pnl": 2.5, "max_drawdown": -0.5},
        finished_at="2026-01-15T11:00:00",
    )
    metrics = {"realized_pnl": -1.0, "max_drawdown": 0.25}  # with the other sign
    write_session(tmp_path, "b", mode="paper", symbol="BTC/USD", metrics=metrics)
    write_session(tmp_path, "c", mode="paper", status="failed", strategy_tier="core")
    model.go_to({"mode": "paper", "status": "completed", "other": "x"})
    console = await shown(model)
    assert model.chosen == {"mode": "paper", "status": "completed"}
    assert [session["session_id"] for session in console["sessions"]] == ["b"]
    assert console["sessions"][0]["max_drawdown"] == -0.25
    assert console["matching"] == 1
    assert console["by_mode"] == {"paper": 1, "shadow": 1}
    assert console["by_status"] == {"completed": 1, "failed": 1}
    assert console["by_tier"] == {"core": 0, "unclassified": 1}
    assert (console["avg_drawdown"], console["drawdowns"]) == (-0.375, 2)
    assert console["newest_session"] is not None
    assert console["newest_session"]["session_id"] == "a"
    assert (console["total_sessions"], console["pnl"]) == (3, {"EUR": 2.5, "USD": -1.0})


async def test_choosing_is_all_of_the_filters(model: ConsoleModel) -> None:
    model.go_to({"mode": "paper", "status": "failed"})
    model.go_to({"status": "started"})
    assert model.chosen == {"status": "started"}


async def test_a_live_account_is_counted_while_it_goes_on(
    model: ConsoleModel, tmp_path: Path
) -> None:
    write_session(tmp_path, "done", mode="live")
    assert (await shown(model))["live_accounts"] == 0
    write_session(tmp_path, "going", mode="live", status="started")
    assert (await shown(model))["live_accounts"] == 1


async def test_runs_that_have_not_ended_are_shown_the_dead_first(
    model: ConsoleModel, tmp_path: Path
) -> None:
    write_run(tmp_path, "fresh", "2026-01-15T18:29:00+00:00")
    write_run(tmp_path, "slow", "2026-01-15T18:20:00+00:00", timeframe="1h")
    write_run(tmp_path, "stale", "2026-01-15T18:24:00+00:00")
    write_run(tmp_path, "dead", "2026-01-15T18:01:00+00:00")
    write_run(tmp_path, "forgotten", "2026-01-13T18:01:00+00:00")
    console = await shown(model)
    assert [run["run_id"] for run in console["active_runs"]] == ["dead", "stale", "slow", "fresh"]
    assert console["run_states"] == {"crashed": 1, "stale": 1, "live": 2}
    assert (console["active"], console["older_runs"]) == (4, 1)
    assert console["newest"] == console["active_runs"][3]["freshness"]
    assert console["newest"] is not None
    assert console["newest"]["late_after"] == 75
    assert console["newest"]["stale_after"] == 240


async def test_it_builds_when_the_registry_changed_and_not_before(
    model: ConsoleModel, tmp_path: Path
) -> None:
    write_session(tmp_path, "a")
    before = await shown(model)
    assert await shown(model) is before
    write_session(tmp_path, "b")
    assert len((await shown(model))["sessions"]) == 2


@pytest.mark.parametrize(
    ("family", "concerned"),
    [("runs", True), ("session", True), ("alert", True), ("run", False), ("telemetry", False)],
)
def test_what_concerns_it(model: ConsoleModel, family: str, concerned: bool) -> None:
    assert model.concerns(Change(family, "x", 1)) is concerned
