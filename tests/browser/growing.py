"""A run that grows while a page shows it: the test is the process that writes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from peak_trade import clock

COLUMNS = (
    *("step", "ts_bar", "ts_event", "equity", "realized_pnl", "position_size"),
    *("orders_filled", "orders_blocked", "risk_allowed", "risk_reasons"),
)
BEGIN = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


class GrowingRun:
    """A run directory below `root` that gets rows, one candle each."""

    def __init__(self, root: Path, run_id: str, rows: int = 0) -> None:
        self.run_id = run_id
        self.rows = 0
        self.directory = root / "live_runs" / run_id
        self.directory.mkdir(parents=True)
        meta = {
            "run_id": run_id,
            "mode": "shadow",
            "strategy_name": run_id,
            "symbol": "BTC/EUR",
            "timeframe": "1m",
            "started_at": clock.now().isoformat(),
        }
        (self.directory / "meta.json").write_text(json.dumps(meta))
        (self.directory / "events.csv").write_text(",".join(COLUMNS) + "\n")
        self.grow(rows)

    def equity(self, row: int) -> float:
        """Return the equity of a row."""
        return 10_000 + 7 * ((row * 37) % 23)

    def grow(self, count: int = 1) -> None:
        """Append rows in one write."""
        lines = [self._line(row) for row in range(self.rows, self.rows + count)]
        with (self.directory / "events.csv").open("a") as file:
            file.write("".join(lines))
        self.rows += count

    def _line(self, row: int) -> str:
        bar = BEGIN + timedelta(minutes=row)
        times = f"{bar.isoformat()},{clock.now().isoformat()}"
        return f"{row},{times},{self.equity(row)},{row / 4},0.5,1,0,True,\n"
