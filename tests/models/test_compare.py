"""What the comparison asks for, and what differs between settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from peak_trade.contract.base.downloads import as_csv
from peak_trade.contract.base.flat import flatten
from peak_trade.contract.pages.compare import CompareView, differences, scaled
from peak_trade.models.compare import CompareModel
from peak_trade.settings import load
from peak_trade.store.live import LiveStore
from peak_trade.store.slots import Change


def make_run(root: Path, name: str, fast: int) -> None:
    directory = root / "live_runs" / name
    directory.mkdir(parents=True)
    meta = {"run_id": name, "mode": "shadow", "strategy_name": "s", "symbol": "BTC/EUR"}
    config = {"strategy": {"fast": fast, "slow": 30}, "api_key": f"secret {fast}"}
    meta |= {"timeframe": "1m", "config_snapshot": config}  # type: ignore[dict-item]
    (directory / "meta.json").write_text(json.dumps(meta))
    (directory / "events.csv").write_text("step,ts_event,equity\n1,2026-01-15T00:00:00Z,50\n")


async def test_known_runs_are_compared_and_unknown_ones_named(tmp_path: Path) -> None:
    make_run(tmp_path, "a", 10)
    make_run(tmp_path, "b", 20)
    settings = load(None, {"dashboard.root": str(tmp_path)}).settings
    store = LiveStore(settings)
    model = CompareModel(store, settings, chosen=CompareView(runs="a, b,none,a"))
    assert await model.update()
    assert not await model.update()
    found = model.payload
    assert found is not None
    assert [run["run_id"] for run in found["runs"]] == ["a", "b"]
    assert found["unknown"] == ["none"]
    assert found["differences"] == [{"key": "config.strategy.fast", "values": [10, 20]}]
    assert [curve["values"] for curve in found["curves"]] == [[100.0], [100.0]]
    assert model.concerns(Change("run", "b", 1))
    assert not model.concerns(Change("run", "c", 1))
    await store.stop()


def test_a_curve_without_a_positive_start_cannot_be_normalised() -> None:
    equity = np.array([0.0, 5.0])
    assert np.isnan(scaled(equity, 0.0, "start")).all()
    assert scaled(equity, 0.0, "absolute") is equity


def test_a_setting_that_is_missing_differs() -> None:
    known = [flatten({"a": {"b": 1}, "c": [1, 2]}), flatten({"a": {"b": 1}, "c": [1]})]
    assert differences(known) == [{"key": "c.1", "values": [2, None]}]


def test_what_is_empty_in_one_run_differs_by_its_parts_alone() -> None:
    known: list[dict[str, Any]] = [{"config": {}, "b": []}, {"config.fast": 10, "b": []}]
    assert differences(known) == [{"key": "config.fast", "values": [None, 10]}]


def test_a_value_against_an_object_differs_whole() -> None:
    known: list[dict[str, Any]] = [{"strategy": 0}, {"strategy.key": "fast"}]
    assert differences(known) == [
        {"key": "strategy", "values": [0, None]},
        {"key": "strategy.key", "values": [None, "fast"]},
    ]


def test_cells_cannot_start_a_formula() -> None:
    body = as_csv([{"a": "=1+1", "b": -1.5, "c": None}, {"a": "x", "d": True}], "n/a").body
    assert body.decode().splitlines() == ["a,b,c,d", "'=1+1,-1.5,,", "x,,,true"]
