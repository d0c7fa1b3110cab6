"""The model of data quality: read errors by kind and place, faults of rows, and when it builds."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.conftest import Create
from peak_trade.artifacts.read_errors import BAD_VALUE
from peak_trade.contract.pages.quality import KINDS, QualityPayload
from peak_trade.models.quality import QualityModel
from peak_trade.store.slots import Change

NOW = datetime(2026, 1, 15, 18, 30, tzinfo=UTC)
META = dict.fromkeys(("run_id", "mode", "strategy_name", "symbol", "timeframe"), "r")


@pytest.fixture
def model(create: Create) -> QualityModel:
    return create(QualityModel)


async def shown(model: QualityModel) -> QualityPayload:
    await model.refresh()
    assert model.payload is not None
    return model.payload


def make_run(root: Path, run_id: str, *rows: str) -> Path:
    directory = root / "live_runs" / run_id
    directory.mkdir(parents=True)
    (directory / "meta.json").write_text(json.dumps(META))
    path = directory / "events.csv"
    path.write_text("step,ts_event,equity\n" + "".join(f"{row}\n" for row in rows))
    return path


def at(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


async def test_sound_artifacts_have_no_fault(model: QualityModel, tmp_path: Path) -> None:
    assert (await shown(model))["runs_checked"] == 0
    make_run(tmp_path, "sound", f"1,{at(3)},5", f"2,{at(2)},6", f"3,{at(-0.9)},6")
    page = await shown(model)
    assert (page["runs_total"], page["runs_checked"], page["runs"]) == (1, 1, [])
    assert (page["read_errors"], page["kinds"], page["examples"]) == (0, [], [])


async def test_each_fault_of_rows_is_named(model: QualityModel, tmp_path: Path) -> None:
    make_run(
        tmp_path, "odd", f"1,{at(9)},5", f"4,{at(8)},6", f"4,{at(8.5)},6", "5,,x", f"6,{at(-5)},1"
    )
    make_run(tmp_path, "mixed", f"1,{at(9)},5", f"3,{at(7)},5", f"2,{at(8)},5")
    odd, mixed = (await shown(model))["runs"]
    assert odd == {
        "run_id": "odd",
        "rows": 5,
        "gaps": 1,
        "missing": 2,
        "holes": 0,
        "missing_candles": 0,
        "repeated": 1,
        "out_of_order": 0,
        "backwards": 1,
        "untimed": 1,
        "ahead_seconds": 300.0,
        "read_errors": 1,
        "losses": 1,
    }
    assert (mixed["out_of_order"], mixed["gaps"], mixed["backwards"]) == (1, 0, 0)


async def test_read_errors_are_counted_by_kind_and_place(
    model: QualityModel, tmp_path: Path
) -> None:
    make_run(tmp_path, "r", f"1,{at(3)},five", "2,,6,7")
    (tmp_path / "live_runs" / "torn").mkdir()
    (tmp_path / "live_runs" / "torn" / "meta.json").write_text('{"run_id"')
    alerts = tmp_path / "live_runs" / "alerts"
    alerts.mkdir()
    future = {"timestamp": at(-10), "title": "t"}
    (alerts / "alerts_2026-01-15.jsonl").write_text(f"{json.dumps(future)}\n\nnot json\n")
    page = await shown(model)
    assert {kind["kind"]: kind["count"] for kind in page["kinds"]} == {
        "bad_cell": 1,
        "surplus_cells": 1,
        "unusable_meta": 1,
        "bad_line": 1,
    }
    assert page["read_errors"] == 4
    assert {(p["family"], p["run_id"], p["count"]) for p in page["places"]} == {
        *(("run", "r", 2), ("runs", None, 1), ("alerts", None, 1))
    }
    found = {(e["kind"], e["file"], e["line"]) for e in page["examples"]}
    assert ("bad_line", "alerts_2026-01-15.jsonl", 3) in found
    assert ("unusable_meta", "torn/meta.json", None) in found
    assert ("bad_cell", "events.csv", 2) in found
    assert page["future_alerts"] == 1


async def test_only_so_many_runs_are_read(model: QualityModel, tmp_path: Path) -> None:
    for number in range(52):
        make_run(tmp_path, f"r{number}", f"1,{at(number)},5", f"3,{at(number - 0.5)},5")
    page = await shown(model)
    assert (page["runs_total"], page["runs_checked"], len(page["runs"])) == (52, 50, 50)
    assert page["runs"][0]["run_id"] == "r0"


async def test_it_builds_only_what_changed(model: QualityModel, tmp_path: Path) -> None:
    path = make_run(tmp_path, "r", f"1,{at(3)},5")
    assert await model.update()
    assert not await model.refresh()
    with path.open("a") as file:
        file.write(f"3,{at(2)},5\n")
    assert await model.refresh()
    assert model.payload is not None
    assert model.payload["runs"][0]["missing"] == 1
    assert model.concerns(Change("alert", "", 1))
    assert not model.concerns(Change("run", "r", 1))


ROOMS = ("artifacts", "store", "storage")


def test_every_kind_of_loss_is_described() -> None:
    """Each kind that is counted stands in the table, and each of the table is counted."""
    sources = Path(__file__).parents[2] / "src" / "peak_trade"
    texts: set[str] = set()
    counted: set[str] = set()
    for path in (path for room in ROOMS for path in sources.glob(f"{room}/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            if isinstance(node, ast.Call) and node.args and callee(node) in COUNTING:
                first = node.args[0]
                counted |= {str(first.value)} if isinstance(first, ast.Constant) else set()
    assert len(counted) > 5
    assert counted <= set(KINDS) <= texts | {BAD_VALUE}


COUNTING = {"ReadError", "add", "add_lines", "UnreadableError"}


def callee(call: ast.Call) -> str:
    """Return the name of what is called."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
