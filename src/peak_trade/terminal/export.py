"""The rows of a run as a file: whole tables, as the routes give them, in one of three forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from peak_trade import jsonio
from peak_trade.contract.base import downloads
from peak_trade.contract.base.route import JSON, Context, Params, Raw
from peak_trade.contract.pages.run_alerts import alert_rows
from peak_trade.contract.pages.run_tabs import all_events
from peak_trade.contract.runs.books import books
from peak_trade.contract.runs.funnel import decision_funnel
from peak_trade.contract.runs.judged import closed_trades, statistics
from peak_trade.contract.runs.rows import find_events, trades
from peak_trade.schemas import DERIVED_COLUMNS

Rows = Sequence[Mapping[str, Any]]


async def _events(context: Context, run_id: str) -> Rows:
    state = await find_events(context, run_id, "events_not_available: {}")
    table = state.events.table()
    stored = [name for name in table.column_names if name not in DERIVED_COLUMNS]
    rows: Rows = await context.store.compute(lambda: table.select(stored).to_pylist())
    return rows


async def _trades(context: Context, run_id: str) -> Rows:
    return (await trades(context, Params(), run_id))["rows"]


async def _closed(context: Context, run_id: str) -> Rows:
    return (await closed_trades(context, Params(), run_id))["rows"]


async def _statistics(context: Context, run_id: str) -> Rows:
    return (await statistics(context, Params(), run_id))["items"]


async def _books(context: Context, run_id: str) -> Rows:
    return (await books(context, Params(), run_id))["checks"]


async def _reasons(context: Context, run_id: str) -> Rows:
    return (await decision_funnel(context, Params(), run_id))["reasons"]


async def _alerts(context: Context, run_id: str) -> Rows:
    return await alert_rows(context, run_id)


TABLES: Final[Mapping[str, Callable[[Context, str], Awaitable[Rows]]]] = {
    "events": _events,
    "trades": _trades,
    "closed": _closed,
    "statistics": _statistics,
    "books": _books,
    "reasons": _reasons,
    "alerts": _alerts,
}


async def export(context: Context, run_id: str, table: str, form: str) -> Raw:
    """Return a table of a run as a file.

    Raises
    ------
    NotFoundError
        If the run has none.
    """
    if (table, form) == ("events", "parquet"):
        return await all_events(context, Params(), run_id)
    rows = await TABLES[table](context, run_id)
    name = f"{run_id}_{table}"
    if form == "json":
        return Raw(jsonio.dumps(list(rows)), JSON, filename=downloads.filename(name, form))
    return await context.store.compute(lambda: downloads.as_file(form, rows, name))
