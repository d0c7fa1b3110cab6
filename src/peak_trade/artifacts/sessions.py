"""Records of the session registry: one JSON file a session.

A record without `session_id`, `run_type` or a usable `started_at` is unusable. Optional keys of a
wrong type count as absent, so that one bad value never disturbs other records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from peak_trade import jsonio
from peak_trade.artifacts.record import Record
from peak_trade.schemas import SESSION_REQUIRED

NUMBERS: Final = ("realized_pnl", "pnl", "unrealized_pnl", "max_drawdown", "total_notional")
COUNTS: Final = ("num_orders", "num_trades", "open_positions")
"""Metrics that answers show as numbers; all others are free."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A usable registry record. Times keep their stored offset, or have none."""

    session_id: str
    run_id: str | None
    run_type: str
    mode: str
    env_name: str
    symbol: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    created_at: datetime | None
    config: dict[str, Any]
    metrics: dict[str, Any]
    cli_args: list[Any]
    error: str | None
    strategy_tier: str
    root: str = ""
    """Its root, where there are several."""

    def metric(self, name: str) -> float | None:
        """Return a metric; None if it is no finite number, as a text is none."""
        return jsonio.finite(self.metrics.get(name))


def make_session(record: Record) -> SessionRecord | None:
    """Return the record, or None if it is unusable."""
    started = record.stored_time("started_at")
    if started is None or not record.has_texts(SESSION_REQUIRED):
        return None
    metrics = record.part("metrics")
    for name in NUMBERS:
        metrics.number(name, as_text=False)
    for name in COUNTS:
        metrics.count(name)
    return SessionRecord(
        session_id=record.text("session_id"),
        run_id=record.text("run_id") or None,
        run_type=record.text("run_type"),
        mode=record.text("mode"),
        env_name=record.text("env_name"),
        symbol=record.text("symbol"),
        status=record.text("status"),
        started_at=started,
        finished_at=record.stored_time("finished_at"),
        created_at=record.stored_time("created_at"),
        config=record.mapping("config"),
        metrics=metrics.values,
        cli_args=record.array("cli_args"),
        error=record.text("error") or None,
        strategy_tier=record.text("strategy_tier"),
    )
