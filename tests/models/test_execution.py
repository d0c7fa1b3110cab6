"""The model of the execution page: filters, latencies, lanes, and when it builds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from contract.tree import Tree, telemetry
from models.conftest import Create
from peak_trade.contract.pages.execution import MAX_PER_LANE, ExecutionPayload
from peak_trade.models.execution import ExecutionModel
from peak_trade.store.slots import Change


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def model(create: Create) -> ExecutionModel:
    return create(ExecutionModel, session_id="s")


async def shown(model: ExecutionModel, **filters: str) -> ExecutionPayload:
    model.go_to(filters)
    await model.refresh()
    assert model.payload is not None, model.problem
    return model.payload


def write(tree: Tree, *kinds: str) -> None:
    for second, kind in enumerate(kinds):
        stamp = f"2026-01-15T18:00:{second:02}+00:00"
        tree.log("s", telemetry(stamp, kind, "s", client_id="c", note=second))


async def test_rows_are_filtered_then_cut(tree: Tree, model: ExecutionModel) -> None:
    write(tree, "intent", "order", "fill", "order", "", "strange")
    page = await shown(model)
    assert [row["seq"] for row in page["rows"]] == [5, 4, 3, 2, 1, 0]
    page = await shown(model, kind="order", limit="1")
    assert ([row["seq"] for row in page["rows"]], page["matching"]) == ([3], 2)
    assert model.filters == {"kind": "order", "limit": "1"}
    page = await shown(model, kind="unknown")
    assert [row["kind"] for row in page["rows"]] == ["unknown"]
    assert page["summary"]["event_count"] == 6


async def test_latencies_are_told_with_their_number(tree: Tree, model: ExecutionModel) -> None:
    write(tree, "intent", "order", "fill")
    stages = (await shown(model))["latencies"]
    assert [(s["n"], s["p50"], s["p95"]) for s in stages] == [
        (1, 1000.0, None),
        (1, 1000.0, None),
        (1, 2000.0, None),
    ]


async def test_an_unknown_session_is_empty(model: ExecutionModel) -> None:
    page = await shown(model)
    assert (page["has_log"], page["summary"]["found"], page["rows"]) == (False, False, [])
    assert model.lanes is not None
    assert (model.lanes["points"], model.lanes["end"]) == (0, None)


async def test_lanes_hold_a_window_and_say_how_much(tree: Tree, model: ExecutionModel) -> None:
    write(tree, "intent", "fill", "strange", "error")
    await shown(model)
    assert model.lanes is not None
    drawn = {name: lane["kinds"] for name, lane in model.lanes["lanes"].items() if lane["kinds"]}
    assert drawn == {
        "intent": ["intent"],
        "fill": ["fill"],
        "error": ["error"],
        "other": ["strange"],
    }
    begin = datetime(2026, 1, 15, 18, 0, 2, tzinfo=UTC)
    model.window = (begin, None)
    await model.update()
    assert (model.lanes["points"], model.lanes["drawn"]) == (2, 2)
    assert model.lanes["begin"] == np.datetime64("2026-01-15T18:00:00")


async def test_a_long_lane_is_thinned(tree: Tree, model: ExecutionModel) -> None:
    events = [
        telemetry(f"2026-01-15T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}+00:00", "fill", "s")
        for n in range(2000)
    ]
    tree.log("s", *events)
    await shown(model)
    assert model.lanes is not None
    assert (model.lanes["points"], model.lanes["drawn"]) == (2000, MAX_PER_LANE)


async def test_it_builds_only_for_its_own_changes(tree: Tree, model: ExecutionModel) -> None:
    write(tree, "intent")
    log = (await shown(model))["freshness"]
    assert log is not None
    assert log["cadence_source"] == "none"
    assert not await model.refresh()
    assert model.concerns(Change("telemetry", "s", 1))
    assert not model.concerns(Change("telemetry", "other", 1))
    tree.session("s", status="started")
    assert await model.refresh()
    page = model.payload
    assert page is not None
    assert page["is_session"]
    assert page["freshness"] is not None
    assert page["freshness"]["ended_at"] is None
