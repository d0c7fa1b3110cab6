"""The tiles of every page are as fresh as what they sum up; their colours follow in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.tree import NOW, Tree, event, telemetry
from peak_trade.contract.registry.pages import NAMED
from peak_trade.serve.pages import build_page
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import load

BUILT = {"fleet"}
"""Pages whose tiles sum up no process: a fleet is as old as its build."""

AGE = '["peak-age",{"class":"chip","data-as-of":"2026-'


async def test_tiles_begin_with_the_age_of_what_they_sum_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)
    tree = Tree(tmp_path)
    tree.run("r", [event(1), event(2)])
    tree.session("s", status="started", run_id="r", started_at="2026-01-15T17:30:00+00:00")
    tree.log("s", telemetry(NOW, "error", "s", error="x"))
    runtime = Runtime(load(None, {"dashboard.root": str(tmp_path)}).settings)
    ids = {"run_id": "r", "session_id": "s"}
    tiled, aged = set(), set()
    for name, row in NAMED.items():
        page = build_page(row.stem, runtime, {row.id_name: ids[row.id_name]} if row.id_name else {})
        page.read({})
        await page._model.refresh()
        page.render()
        if tiles := page.areas().get("tiles"):
            tiled.add(name)
            aged |= {name} if AGE in tiles.elements._shown else set()
    await runtime.stop()
    assert {"console", "run"} <= aged == tiled - BUILT
