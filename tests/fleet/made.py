"""A fleet dataset of rows that are made up: as many as wanted, without a run to judge."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from peak_trade.contract.fleet.columns import SCHEMA
from peak_trade.contract.fleet.dataset import PARTITIONING

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
STRATEGIES = ("ma", "rsi", "grid")
SYMBOLS = ("BTC/EUR", "ETH/EUR")


def run_row(place: int, run_id: str = "", **values: Any) -> dict[str, Any]:
    """Return the row of a run; the one at the next place began an hour later."""
    started = FIRST + timedelta(hours=place)
    return {
        "run_id": run_id or f"r{place:06}",
        "status": "ok",
        "reason": "",
        "mode": ("shadow", "paper")[place % 2],
        "strategy": STRATEGIES[place % len(STRATEGIES)],
        "symbol": SYMBOLS[place % len(SYMBOLS)],
        "started": started,
        "events": 60 + place,
        "total_return": math.sin(place) / 10,
        "max_drawdown": -abs(math.cos(place)) / 5,
        "sharpe": math.sin(place),
        "trades": float(place % 40),
        "books_failed": 0,
        "read_errors": 0,
        "month": f"{started:%Y-%m}",
        **values,
    }


def write_fleet(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Make these rows the dataset at a path, as a build does: a version, and a link to it."""
    number = len(list(path.parent.glob(f".{path.name}.*")))
    version = path.with_name(f".{path.name}.{number}")
    table = pa.Table.from_pylist(list(rows), schema=SCHEMA)
    version.mkdir(parents=True)
    ds.write_dataset(
        table,
        version,
        format="parquet",
        partitioning=PARTITIONING,
        existing_data_behavior="overwrite_or_ignore",
    )
    link = path.with_name(f".{path.name}.link")
    link.symlink_to(version.name)
    link.replace(path)
    return path
