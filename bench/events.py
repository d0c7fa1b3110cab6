"""Writes run directories of any length for the benchmarks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from peak_trade.schemas import EVENT_COLUMNS

START = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = ",".join(column.name for column in EVENT_COLUMNS) + "\n"


def write_run(root: Path, run_id: str, count: int) -> Path:
    """Write a run of `count` events below `root`; return its `events.csv`."""
    directory = root / "live_runs" / run_id
    directory.mkdir(parents=True)
    meta = {
        "run_id": run_id,
        "mode": "shadow",
        "strategy_name": "ma_crossover",
        "symbol": "BTC/EUR",
        "timeframe": "1m",
        "started_at": START.isoformat(),
        "ended_at": None,
    }
    (directory / "meta.json").write_text(json.dumps(meta))
    path = directory / "events.csv"
    path.write_text(HEAD)
    append(path, 1, count)
    return path


def append(path: Path, first_step: int, count: int) -> None:
    """Append `count` events of a random walk, whole lines in one write."""
    with path.open("a") as stream:
        stream.write(rows_text(first_step, count))


def rows_text(first_step: int, count: int, start: datetime = START, seed: int = 0) -> str:
    """Return lines of `count` events of a random walk, a second each."""
    generator = np.random.default_rng(first_step + seed)
    equity = np.round(10_000 + np.cumsum(generator.normal(0, 1, count)), 4)
    lines = []
    for offset in range(count):
        step = first_step + offset
        stamp = (start + timedelta(seconds=step)).isoformat()
        value = equity[offset]
        lines.append(
            f"{step},{stamp},{stamp},{value},{value},{value},{value},{value},12.5,0.1,"
            f"9000.0,{value},1.5,-0.5,0,False,{step % 7 == 0:d},{step % 7 == 0:d},0,0,True,\n"
        )
    return "".join(lines)
