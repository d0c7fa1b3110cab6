"""The panels of the console: a word each, and not built for each event of a run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.service import status
from peak_trade.contract.service.schema import StatusSnapshot
from peak_trade.models.console import ConsoleModel
from peak_trade.settings import load
from peak_trade.store.live import LiveStore

NOW = datetime(2026, 1, 15, 18, 30, tzinfo=UTC)
META = dict.fromkeys(("run_id", "mode", "strategy_name", "symbol", "timeframe"), "r")


async def test_panels_of_the_console_are_built_when_their_sources_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW.isoformat())
    settings = load(None, {"dashboard.root": str(tmp_path)}).settings
    store = LiveStore(settings)
    console = ConsoleModel(store, settings)
    directory = tmp_path / "live_runs" / "r"
    directory.mkdir(parents=True)
    (directory / "meta.json").write_text(json.dumps(META))
    path = directory / "events.csv"
    path.write_text(f"step,ts_event,equity\n1,{NOW.isoformat()},5\n")
    await console.refresh()
    words = {panel["id"]: panel["word"] for panel in console.panels}
    assert words == dict.fromkeys(words, "ok")
    assert len(words) == 6
    built: list[Context] = []
    snapshot = status.snapshot

    async def counted(context: Context, params: Params) -> StatusSnapshot:
        built.append(context)
        return await snapshot(context, params)

    monkeypatch.setattr(status, "snapshot", counted)
    with path.open("a") as file:
        file.write(f"2,{NOW.isoformat()},5\n")
    assert await console.refresh()
    assert not built
    registry = tmp_path / "reports" / "experiments" / "live_sessions"
    registry.mkdir(parents=True)
    record = {
        "session_id": "s",
        "run_type": "x",
        "started_at": NOW.isoformat(),
        "status": "started",
    }
    (registry / "s.json").write_text(json.dumps(record))
    await console.refresh()
    assert {"live_sessions": "active"}.items() <= {
        p["id"]: p["word"] for p in console.panels
    }.items()
    await store.stop()
