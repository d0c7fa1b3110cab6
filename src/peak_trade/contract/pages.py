"""Payloads of the pages that no JSON route gives: console tiles and the live dashboard's curve."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts.events import INSTANT_COLUMN
from peak_trade.contract import alerts, runs, sessions
from peak_trade.contract.route import Context, Params
from peak_trade.derive.downsample import extremes
from peak_trade.derive.figures import Floats, drawdowns, floats
from peak_trade.store.events_state import PEAK_COLUMN
from peak_trade.store.runs_state import RunState

MAX_POINTS: Final = 2000
FILTERED_ROWS: Final = 100


class Console(TypedDict):
    """What the console page shows."""

    total_sessions: int
    active_sessions: Annotated[int, Field(description="Sessions whose stored status is started")]
    active_runs: list[runs.RunItem]
    total_pnl: Annotated[float, Field(description="Sum of realized PnL, account currency")]
    critical_alerts: Annotated[int, Field(description="CRITICAL alerts of the last 24 hours")]
    losses: Annotated[int, Field(description="Rows and files that could not be read")]
    by_mode: dict[str, int]
    by_status: dict[str, int]
    matching: Annotated[int, Field(description="Sessions that match the filter")]
    sessions: list[sessions.SessionItem]
    newest_event: datetime | None


class Curve(TypedDict):
    """Equity and drawdown for drawing; arrays of the same length."""

    times: npt.NDArray[np.datetime64]
    equity: Floats
    drawdown: Annotated[Floats, Field(description="Fraction <= 0, NaN for none")]
    points: Annotated[int, Field(description="Events with a time and an equity")]
    drawn: int


async def console(context: Context, params: sessions.SessionsParams) -> Console:
    """Give tiles, filtered sessions and active runs."""
    registry = await context.store.sessions()
    index = await context.store.index()
    found = await context.store.alerts(context.now - timedelta(hours=24), context.now)
    stats = sessions.session_stats(registry.ordered)
    chosen = sessions.select(registry.ordered, params.mode, params.status)
    items = [runs.run_item(head, context.now) for head in index.ordered]
    return {
        "total_sessions": stats["total_sessions"],
        "active_sessions": stats["by_status"].get("started", 0),
        "active_runs": [item for item in items if item["is_active"]],
        "total_pnl": stats["total_pnl"],
        "critical_alerts": alerts.alert_stats(found, 24)["by_severity"]["CRITICAL"],
        "losses": context.store.losses().total,
        "by_mode": stats["by_mode"],
        "by_status": stats["by_status"],
        "matching": len(chosen),
        "sessions": [sessions.session_item(record) for record in chosen[:FILTERED_ROWS]],
        "newest_event": index.ordered[0].last_event if index.ordered else None,
    }


async def curve(context: Context, params: Params, run_id: str) -> Curve:
    """Give a run's equity and drawdown, downsampled with the extremes kept."""
    return equity_curve(await runs.find_run(context, run_id, rows=True))


def equity_curve(state: RunState, max_points: int = MAX_POINTS) -> Curve:
    """Return equity and drawdown of a run: at most `max_points` points, extremes kept."""
    table = state.events.table()
    if INSTANT_COLUMN not in table.column_names:
        nothing = np.array([], dtype=np.float64)
        return {
            "times": nothing.astype("datetime64[us]"),
            "equity": nothing,
            "drawdown": nothing,
            "points": 0,
            "drawn": 0,
        }
    instants = table[INSTANT_COLUMN].to_numpy().astype("datetime64[us]")
    equity = np.where(np.isnat(instants), np.nan, floats(table, "equity"))
    falls = drawdowns(equity, floats(table, PEAK_COLUMN))
    known = int(np.count_nonzero(~np.isnan(equity)))
    chosen = extremes(equity, max_points)
    return {
        "times": instants[chosen],
        "equity": equity[chosen],
        "drawdown": falls[chosen],
        "points": known,
        "drawn": int(chosen.size),
    }
