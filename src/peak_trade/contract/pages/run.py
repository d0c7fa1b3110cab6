"""Payloads that several pages share: entries of lists, curves, and the live dashboard."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, NotRequired

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.freshness import Freshness, freshness
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs import schema as runs_schema
from peak_trade.contract.runs import snapshot as runs
from peak_trade.contract.runs.books import BookCheckItem, wrong_checks
from peak_trade.derive.symbols import base_currency, quote_currency
from peak_trade.jsonio import finite
from peak_trade.schemas import INSTANT_COLUMN

TAIL_ROWS: Final = 50
TAIL_ALERTS: Final = 20


class EventRow(runs_schema.TailRow):
    """One row of the live dashboard's table of events."""

    seq: Annotated[int, f.about("Position of the event in the run, from 0", 41)]
    time: Annotated[datetime | None, f.about("`ts_event`, else `ts_bar`", f.EXAMPLE_TIME)]


class RunPayload(TypedDict):
    """What the live dashboard shows of one run, all of it at the same revision."""

    snapshot: Annotated[runs_schema.RunSnapshot, f.about("The run at its last event")]
    started_at: Annotated[datetime | None, f.about("When the run began", f.EXAMPLE_TIME)]
    root: NotRequired[f.Root]
    currency: f.Currency
    asset: Annotated[str, f.about("What the symbol trades, empty if unknown", "BTC")]
    start_equity: Annotated[float | None, f.about("First equity", 10000.0, unit=f.CURRENCY)]
    max_drawdown: Annotated[float | None, f.about("Deepest drawdown, <= 0", -0.05, unit=f.FRACTION)]
    peak: Annotated[float | None, f.about("Highest equity", 10250.0, unit=f.CURRENCY)]
    peak_at: Annotated[datetime | None, f.about("When it was that first", f.EXAMPLE_TIME)]
    position_size: Annotated[float | None, f.about("Position of the last event", 0.04, unit=f.BASE)]
    freshness: Annotated[Freshness, f.about("How old its data is")]
    wrong: Annotated[list[BookCheckItem], f.about("Checks of its books that failed")]
    events: Annotated[list[EventRow], f.about("The last 50, newest first")]
    alerts: Annotated[list[runs_schema.RunAlertItem], f.about("The newest 20, newest first")]


async def run_payload(context: Context, params: Params, run_id: str) -> RunPayload:
    """Give what the live dashboard shows of a run besides its curve."""
    state = await runs.find_run(context, run_id, rows=True)
    metrics = state.events.metrics
    rows = runs.last_rows(state, TAIL_ROWS)
    first = metrics.steps - len(rows)
    root = context.store.local.root_of(run_id).name
    payload: RunPayload = {
        "snapshot": runs.run_snapshot(state),
        "started_at": state.meta.started_at,
        "currency": quote_currency(state.meta.symbol),
        "asset": base_currency(state.meta.symbol),
        "start_equity": metrics.start_equity,
        "max_drawdown": metrics.max_drawdown,
        "peak": metrics.peak,
        "peak_at": metrics.peak_at,
        "position_size": finite((metrics.last_row or {}).get("position_size")),
        "freshness": freshness((await lives(context)).run(run_id, state.meta)),
        "wrong": await wrong_checks(context, run_id),
        "events": [event_row(row, first + index) for index, row in enumerate(rows)][::-1],
        "alerts": [
            runs.alert_item(alert, run_id) for alert in runs.newest_alerts(state)[:TAIL_ALERTS]
        ],
    }
    return {**payload, "root": root} if root else payload


def event_row(row: runs_schema.Row, seq: int) -> EventRow:
    """Return the table row of an event."""
    return {**runs.tail_row(row), "seq": seq, "time": row.get(INSTANT_COLUMN)}
