"""A tree of runs on disk, and the store that reads it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from peak_trade.store.local import LocalStore
from peak_trade.store.paths import Paths
from peak_trade.store.runs_state import RunState

COLUMNS = ("step", "ts_event", "equity", "orders_generated", "orders_filled", "orders_blocked")


def line(step: int, equity: float, generated: int = 0, filled: int = 0, blocked: int = 0) -> str:
    stamp = f"2026-01-15T{step // 3600 % 24:02}:{step // 60 % 60:02}:{step % 60:02}+00:00"
    return f"{step},{stamp},{equity},{generated},{filled},{blocked}\n"


class Tree:
    """An artifact tree and the store that reads it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        names = ("runs", "sessions", "alerts", "telemetry", "health.jsonl", "rules.jsonl")
        self.store = LocalStore(Paths(*(root / name for name in names)))

    def make(self, run_id: str, text: str | None = None, **meta: Any) -> Path:
        directory = self.root / "runs" / run_id
        directory.mkdir(parents=True)
        keys = ("mode", "strategy_name", "symbol", "timeframe")
        record = dict.fromkeys(keys, "x") | {"run_id": run_id} | meta
        (directory / "meta.json").write_text(json.dumps(record))
        if text is not None:
            self.csv(run_id).write_text(",".join(COLUMNS) + "\n" + text)
        return directory

    def csv(self, run_id: str) -> Path:
        return self.root / "runs" / run_id / "events.csv"

    def listed(self) -> list[str]:
        self.store.commit_index(self.store.refresh_index())
        for run_id in self.store.index.unsettled:
            self.run(run_id)
        return [summary.run_id for summary in self.store.index.ordered]

    def run(self, run_id: str, *, rows: bool = False) -> RunState:
        if run_id not in self.store.index.summaries:
            self.store.commit_index(self.store.refresh_index())
        state = self.store.refresh_run(run_id, rows=rows)
        assert state is not None
        self.store.commit_run(state)
        return state

    def last_event(self, run_id: str) -> datetime | None:
        self.listed()
        return self.store.index.summaries[run_id].last_event
